"""Every setting of the server, in one place: flag, `PAULTRAP_…` variable, configuration file, default.

A flag reaches `Settings` as an argument and wins over the environment, which wins over the files
of `config_files`. The flags of `paultrap serve` are made from `Settings`. This module reads
settings; it acts on none.
"""

from __future__ import annotations

import os
from enum import StrEnum
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, get_origin

from platformdirs import user_config_path, user_data_path
from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from paultrap import defaults
from paultrap.addresses import is_loopback
from paultrap.precision import Precision
from paultrap.sizes import parse_size
from paultrap.times import parse_duration, parse_end
from paultrap.variables import PREFIX, is_of_kubernetes

#: Names the one configuration file that is read, in the place of all others.
CONFIG_VARIABLE = "PAULTRAP_CONFIG"

#: The commands that run for long.
SERVE, WORKER = "serve", "worker"
# Those of a server that a worker host has too.
_OF_BOTH = {
    "database",
    "threads",
    "precision",
    "memory_limit",
    "lease_seconds",
    "log_level",
    "log_format",
    "tracing",
}

_FILE = "paultrap.toml"


def _split(value: Any) -> Any:
    """Return the words of a text with commas, as flags and variables give lists."""
    if not isinstance(value, str):
        return value
    return tuple(word for each in value.split(",") if (word := each.strip()))


def _check_networks(words: tuple[str, ...]) -> tuple[str, ...]:
    for word in words:
        if word in {"*", "unix"}:
            continue
        try:
            ip_network(word)
        except ValueError:
            raise ValueError(
                f'"{word[:60]}" is neither an address, a network such as 10.0.0.0/8, '
                "unix nor *; names of machines are not looked up"
            ) from None
    return words


def _check_root_path(path: str) -> str:
    stripped = path.rstrip("/")
    if stripped and not (stripped.startswith("/") and stripped.isascii()):
        raise ValueError('expected a path such as "/quantum"')
    return stripped


def _check_names(words: tuple[str, ...]) -> tuple[str, ...]:
    for word in words:
        if any(sign in word for sign in ":/@ "):
            raise ValueError(
                f'"{word[:60]}" is no name: expected one such as trap.example, without http:// and '
                "without a port"
            )
    return words


def _check_end(text: str | None) -> str | None:
    if text is not None:
        parse_end(text, 0.0)
    return text


def _of_worker_hosts(default: Any, **about: Any) -> Any:
    """Return the field of a setting that is of `paultrap worker` alone."""
    return Field(default, json_schema_extra={"command": WORKER}, **about)


_SIZE = BeforeValidator(parse_size)
_DURATION = BeforeValidator(parse_duration)

Size = Annotated[int, _SIZE]
Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
Names = Annotated[Words, AfterValidator(_check_names)]
Networks = Annotated[Words, AfterValidator(_check_networks)]


class Auth(StrEnum):
    """Whose key the server takes."""

    OPEN = "open"
    REQUIRED = "required"


class Settings(BaseSettings):
    """The settings of one server."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, extra="forbid", frozen=True, allow_inf_nan=False
    )

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8080, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    uds: Path | None = Field(
        None, description="Path of a Unix socket to listen on, in the place of host and port."
    )
    root_path: Annotated[str, AfterValidator(_check_root_path)] = Field(
        "",
        description="Path under which a reverse proxy offers the server, such as /quantum; the "
        "proxy removes it from what it passes on.",
    )
    tls_cert: Path | None = Field(
        None, description="File of the certificate, with its chain, to speak TLS with (PEM)."
    )
    tls_key: Path | None = Field(
        None, description="File of the certificate's private key, where it is not in the same file."
    )
    allowed_hosts: Names = Field(
        (),
        description="Names of this server that open access answers to, beside localhost, the machine's "
        "name and IP addresses; separated by commas.",
    )
    forwarded_allow_ips: Networks = Field(
        (),
        description="Addresses and networks of reverse proxies whose X-Forwarded-For and "
        "X-Forwarded-Proto are believed, separated by commas; unix for those on a Unix socket, "
        "* for all.",
    )
    metrics_allow_ips: Networks = Field(
        ("127.0.0.0/8", "::1"),
        description="Addresses and networks that may read /metrics without a key, separated by "
        "commas; unix for clients on a Unix socket, * for all.",
    )
    data_dir: Path = Field(
        default_factory=lambda: user_data_path("paultrap"),
        description="Folder of the database paultrap.db, where `database` has no value.",
    )
    database: str | None = Field(
        None,
        repr=False,
        description="Database: the path of an SQLite file, or a URL such as sqlite:////data/jobs.db. "
        "Give a URL with a password in the variable or a file: other users see flags.",
    )
    ephemeral: bool = Field(
        default=False,
        description="Keep the database in a temporary folder and drop it at the end, whatever "
        "`database` and `data_dir` say.",
    )
    auth: Auth | None = Field(
        None,
        description="open: any non-empty key is taken; required: only keys made by `paultrap keys`. "
        "Without a value: open on a loopback address, required on any other and on a Unix socket.",
    )
    workers: int = Field(
        1,
        ge=0,
        le=1024,
        description="Number of worker processes of a server; 0 for a server that takes jobs and leaves "
        "them to `paultrap worker` and to other servers of its database.",
    )
    slots: int = _of_worker_hosts(
        1, ge=1, le=1024, description="Number of worker processes of a worker host."
    )
    backends: Words = _of_worker_hosts(
        (),
        description="What a worker host runs, separated by commas: names of its plug-in backends, and "
        "simulator for all that paultrap computes itself, emulated QPUs too. Without a value: everything.",
    )
    exit_when_idle: Annotated[float | None, _DURATION] = _of_worker_hosts(
        None,
        gt=0,
        description="After how long without work a worker host ends, such as 10m.",
    )
    until: Annotated[str | None, AfterValidator(_check_end)] = _of_worker_hosts(
        None,
        description="When a worker host ends: a local time such as 2026-12-01T18:00, or a duration from "
        "its start. Before that it takes only what is predicted to end in time.",
    )
    drain_seconds: float = _of_worker_hosts(
        25.0,
        ge=0,
        description="Seconds that a worker host that is told to end gives to what it runs; then it gives "
        "that back, and another runs it from its beginning.",
    )
    dask: str | None = _of_worker_hosts(
        None,
        description="Address of a Dask scheduler, such as tcp://10.0.0.1:8786: the workers of its cluster "
        "are worker hosts then, each with its threads and its memory, in the place of this machine.",
    )
    threads: int | None = Field(
        None, ge=1, le=1024, description="Threads per worker; every usable core without a value."
    )
    precision: Precision = Field(
        "double",
        description="Precision of the simulator's amplitudes: single takes half the memory of a state and "
        "less time, and keeps about six digits.",
    )
    pauliexp: Literal["product", "exact"] = Field(
        "product",
        description="What a pauliexp means whose terms do not commute, where the job does not say: product is "
        "one step of first order, the first term first, as on the real service; exact is the exponential.",
    )
    max_circuits: int = Field(defaults.CIRCUITS, ge=1, description="Circuits in one job.")
    max_gates: int = Field(
        defaults.GATES, ge=1, description="Gates in one job, over all its circuits."
    )
    max_qubits: int = Field(defaults.QUBITS, ge=1, le=64, description="Qubits of one circuit.")
    max_clifford_qubits: int = Field(
        defaults.CLIFFORD_QUBITS,
        ge=1,
        le=512,
        description="Qubits of one circuit of Clifford gates alone, which needs no state vector.",
    )
    max_shots: int = Field(defaults.SHOTS, ge=1, le=2**31 - 1, description="Shots of each circuit.")
    max_predicted_seconds: float = Field(
        21_600.0,
        gt=0,
        description="Seconds that one circuit may take on one core, by the server's rough estimate.",
    )
    max_body_bytes: Size = Field(
        10_000_000,
        ge=1,
        description="Bytes of a request body, as sent and as unpacked, such as 20MB.",
    )
    max_program_bytes: Size = Field(
        defaults.PROGRAM_BYTES,
        ge=1,
        description="Bytes of the text or bitcode of a program, such as 2MB.",
    )
    max_program_seconds: float = Field(
        defaults.PROGRAM_SECONDS,
        gt=0,
        description="Seconds that reading and unrolling a program may take.",
    )
    memory_limit: Annotated[int | None, _SIZE] = Field(
        None,
        ge=1,
        description="Bytes of memory that the simulations of all workers may take together, such as "
        "2GB (2e9) or 2GiB (2**31); without a value, 80 % of what the machine or container has available when the server starts.",
    )
    strict: bool = Field(
        default=False,
        description="Refuse what is not understood in a request, such as an unknown field. Without it, what "
        "the real service ignores is ignored, and told in the header paultrap-warning.",
    )
    noise_dir: Path | None = Field(None, description="Folder of additional noise models, in TOML.")
    devices_dir: Path | None = Field(
        None, description="Folder of additional emulated QPUs, in TOML."
    )
    rate_limit_per_minute: int = Field(
        0, ge=0, description="Requests that one key may send in a minute; 0 for any number."
    )
    duplicate_window_seconds: float = Field(
        0.0,
        ge=0,
        description="Seconds for which a request equal to an earlier one is answered like it, while "
        "nobody has asked for the earlier job; for clients behind a gateway that loses answers. 0: only "
        "where the server has seen that the earlier answer was lost.",
    )
    header_seconds: float = Field(
        10.0,
        gt=0,
        description="Seconds that a client may take for the headers of a request, from the "
        "connection or the request's first byte to their end.",
    )
    body_seconds: float = Field(
        30.0,
        gt=0,
        description="Seconds without a byte after which a request body is given up; a body that "
        "goes on may take any time.",
    )
    answer_seconds: float = Field(
        60.0,
        gt=0,
        description="Seconds without a byte of an answer being taken after which the connection is "
        "ended; an answer that goes on may take any time.",
    )
    max_downloads: int = Field(
        3,
        ge=1,
        description="Large results that one key may have under way at once; further ones wait for their "
        "turn. Each takes 15 to 40 MB while it is sent.",
    )
    max_connections: int | None = Field(
        None,
        ge=1,
        description="Connections that may be open at once; silent ones give way to others. Without a "
        "value, as many as the limit of open files leaves, 8,192 at most.",
    )
    event_loop: Literal["asyncio", "uvloop"] = Field(
        "asyncio",
        description="The event loop that serves connections; uvloop takes "
        'pip install ".[uvloop]" in a checkout.',
    )
    idempotency_seconds: float = Field(
        86_400.0,
        gt=0,
        description="Seconds for which the answer to a request with an Idempotency-Key is kept.",
    )
    lease_seconds: float = Field(
        30.0, gt=0, description="Seconds after which a silent worker's work is given to another."
    )
    hold_seconds: float = Field(
        0.25,
        ge=0,
        le=10,
        description="Seconds for which the answer to a GET of an unfinished job may wait for its "
        "end, so that clients that sleep between polls see small jobs done at once.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least severe level that is logged."
    )
    log_format: Literal["auto", "json", "text"] = Field(
        "auto",
        description="How lines are logged: json, one object a line; text, for people; auto, text at "
        "a terminal and else json.",
    )
    tracing: bool = Field(
        default=False,
        description="Send traces by OpenTelemetry; OTEL_... variables say where to. It takes "
        'pip install ".[otel]" in a checkout.',
    )

    @model_validator(mode="after")
    def _check_tls(self) -> Settings:
        if self.tls_key is not None and self.tls_cert is None:
            raise ValueError("tls_key needs tls_cert, the certificate that it belongs to")
        return self

    @property
    def effective_auth(self) -> Auth:
        """The `auth` setting, or what follows from the address when it has no value."""
        if self.auth is not None:
            return self.auth
        # A Unix socket is mostly a reverse proxy's, which others can reach.
        is_own_machine = self.uds is None and is_loopback(self.host)
        return Auth.OPEN if is_own_machine else Auth.REQUIRED

    @classmethod
    def settings_customise_sources(  # noqa: D102  # pydantic-settings names and describes it.
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        files = [TomlConfigSettingsSource(settings_cls, path) for path in config_files()]
        return init_settings, _Variables(settings_cls), *files


class _Variables(EnvSettingsSource):
    """The settings among the environment's variables, without what Kubernetes calls the same."""

    def __init__(self, settings_cls: type[BaseSettings]) -> None:
        super().__init__(settings_cls)
        self.env_vars = {
            name: value
            for name, value in self.env_vars.items()
            if not is_of_kubernetes(name, value or "")
        }


def config_files() -> list[Path]:
    """Return the configuration files that are read; the first one that names a setting counts.

    The file that `CONFIG_VARIABLE` names is read alone. Otherwise they are the working directory's, the
    user's and the machine's, where they exist.
    """
    if named := os.environ.get(CONFIG_VARIABLE):
        return [Path(named)]
    places = [Path(_FILE), user_config_path("paultrap") / _FILE, Path("/etc") / _FILE]
    return [path for path in places if _is_file(path)]


def _is_file(path: Path) -> bool:
    """Return whether there is such a file; there is none in a folder that this user cannot enter."""
    try:
        return path.is_file()
    except OSError:
        return False


def origins(flags: dict[str, Any]) -> dict[str, str]:
    """Return for each setting where its value comes from, in words for a person.

    Args:
        flags: The settings that were given as flags.
    """
    found = dict.fromkeys(Settings.model_fields, "default")
    for path in reversed(config_files()):
        named = TomlConfigSettingsSource(Settings, path)()
        found |= dict.fromkeys(named.keys() & found.keys(), str(path.absolute()))
    found |= {name: variable_of(name) for name in _Variables(Settings)()}
    found |= {name: flag_of(name) for name in flags}
    return found


def settings_of(command: str) -> dict[str, FieldInfo]:
    """Return the settings that are flags of `SERVE` or of `WORKER`."""
    fields = Settings.model_fields.items()
    return {name: field for name, field in fields if command in commands_of(name)}


def commands_of(name: str) -> set[str]:
    """Return the commands that have a setting as a flag."""
    if name in _OF_BOTH:
        return {SERVE, WORKER}
    return {WORKER} if Settings.model_fields[name].json_schema_extra else {SERVE}


def flag_of(name: str) -> str:
    """Return the flag of a setting."""
    return f"--{name.replace('_', '-')}"


def variable_of(name: str) -> str:
    """Return the environment variable of a setting."""
    return f"{PREFIX}{name.upper()}"


def is_list(field: FieldInfo) -> bool:
    """Return whether a setting is several words, which flags and variables separate by commas."""
    return get_origin(field.annotation) is tuple


def is_size(field: FieldInfo) -> bool:
    """Return whether a setting is a number of bytes, which may be given as "2GB" or "2GiB"."""
    return _SIZE in field.metadata


def is_duration(field: FieldInfo) -> bool:
    """Return whether a setting is a number of seconds, which may be given as "10m"."""
    return _DURATION in field.metadata


def default_of(field: FieldInfo) -> str:
    """Return a setting's default as it would be given; nothing where it has none."""
    default = field.get_default(call_default_factory=True)
    if default in (None, False, (), ""):
        return ""
    return ",".join(default) if isinstance(default, tuple) else str(default)
