"""Every setting of the server, in one place: flag, `PAULTRAP_…`, `paultrap.toml`, default.

A flag reaches `Settings` as an argument and wins over the environment, which wins over a
`paultrap.toml` in the working directory. This module reads settings; it acts on none.
"""

from __future__ import annotations

from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Literal

from platformdirs import user_data_path
from pydantic import Field
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

__all__ = ["Auth", "Settings", "is_loopback"]


class Auth(StrEnum):
    """Whose key the server takes."""

    OPEN = "open"
    REQUIRED = "required"


class Settings(BaseSettings):
    """The settings of one server."""

    model_config = SettingsConfigDict(
        env_prefix="PAULTRAP_", toml_file="paultrap.toml", extra="forbid", frozen=True
    )

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8080, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    data_dir: Path = Field(
        default_factory=lambda: user_data_path("paultrap"),
        description="Folder of the database.",
    )
    ephemeral: bool = Field(
        default=False, description="Keep the database in a temporary folder and drop it at the end."
    )
    auth: Auth | None = Field(
        None,
        description="open: any non-empty key is taken; required: only keys made by `paultrap keys`. "
        "Without a value: open on a loopback address, required on any other.",
    )
    workers: int = Field(1, ge=1, le=1024, description="Number of worker processes.")
    threads: int | None = Field(
        None, ge=1, le=1024, description="Threads per worker; every usable core without a value."
    )
    precision: Literal["double", "single"] = Field(
        "double",
        description="Of the simulator's amplitudes: single takes half the memory of a state and "
        "less time, and keeps about six digits.",
    )
    max_circuits: int = Field(5_000, ge=1, description="Circuits in one job.")
    max_gates: int = Field(150_000, ge=1, description="Gates in one job, over all its circuits.")
    max_qubits: int = Field(29, ge=1, le=64, description="Qubits of one circuit.")
    max_clifford_qubits: int = Field(
        512,
        ge=1,
        le=512,
        description="Qubits of one circuit of Clifford gates alone, which needs no state vector.",
    )
    max_shots: int = Field(1_000_000, ge=1, description="Shots of one job.")
    max_predicted_seconds: float = Field(
        21_600.0,
        gt=0,
        description="Seconds that one circuit may take on one core, by the server's own rough guess.",
    )
    max_body_bytes: int = Field(
        10_000_000, ge=1, description="Bytes of a request body, as sent and as unpacked."
    )
    max_program_bytes: int = Field(
        1_000_000, ge=1, description="Bytes of the text or bitcode of a program."
    )
    max_program_seconds: float = Field(
        60.0, gt=0, description="Seconds that reading and unrolling a program may take."
    )
    memory_limit: int | None = Field(
        None,
        ge=1,
        description="Bytes of memory that the simulations of all workers may take together; without "
        "a value, 80 % of what the machine or container has available when the server starts.",
    )
    noise_dir: Path | None = Field(
        None, description="Folder of noise models of one's own, in TOML; they add to those shipped."
    )
    devices_dir: Path | None = Field(
        None,
        description="Folder of emulated QPUs of one's own, in TOML; they add to those shipped.",
    )
    rate_limit_per_minute: int = Field(
        0, ge=0, description="Requests that one key may send in a minute; 0 for any number."
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

    @property
    def database(self) -> Path:
        """The database file of a server that is not ephemeral."""
        return self.data_dir / "paultrap.db"

    @property
    def effective_auth(self) -> Auth:
        """The `auth` setting, or what follows from the address when it has no value."""
        if self.auth is not None:
            return self.auth
        return Auth.OPEN if is_loopback(self.host) else Auth.REQUIRED

    @classmethod
    def settings_customise_sources(  # noqa: D102  # pydantic-settings names and describes it.
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def is_loopback(host: str) -> bool:
    """Return whether ``host`` is this machine, as seen from itself."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
