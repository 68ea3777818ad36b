"""Whose each `PAULTRAP_…` variable is: a setting's, another reader's, Kubernetes', or nobody's.

It must not know the settings: their names are given to it.
"""

import re
from collections.abc import Collection, Mapping

PREFIX = "PAULTRAP_"

#: Where a server's database is, often with a password.
DATABASE_VARIABLE = "PAULTRAP_DATABASE"
_SECRETS = {DATABASE_VARIABLE, "PAULTRAP_API_KEY"}

# Read by the clients of the command line, the kernels and the tests; a test finds what is missing.
_OTHERS = {"API_KEY", "CONFIG", "EXAMPLES", "ISA", "URL"}
_OTHER_PREFIXES = ("CONTRACT_", "FUZZ_", "OFFICIAL_", "ORACLE_", "TEST_", "VERDICT_")

# What Kubernetes sets in every pod beside a Service called paultrap, or paultrap-web: the address of
# the Service, as a pair and as Docker once did it.
_SERVICE = re.compile(
    r"PAULTRAP_(\w+_)?(SERVICE_(HOST|PORT(_\w+)?)|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)"
)
_PORT = re.compile(r"PAULTRAP_(\w+_)?PORT")
_ADDRESS = re.compile(r"(tcp|udp|sctp)://")


def without_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what a process that is started inherits of an environment: all but passwords and keys.

    Settings are read in any case, so names are dropped in any.
    """
    return {name: value for name, value in environment.items() if name.upper() not in _SECRETS}


def is_of_kubernetes(name: str, value: str) -> bool:
    """Return whether a variable is one that Kubernetes sets for a Service, and no setting."""
    name = name.upper()
    if _PORT.fullmatch(name) and _ADDRESS.match(value):
        return True
    return _SERVICE.fullmatch(name) is not None


def unknown_variables(environment: Mapping[str, str], settings: Collection[str]) -> list[str]:
    """Return the names of ``PAULTRAP_…`` variables that nobody reads.

    Args:
        environment: The names of variables and their values.
        settings: The names of the settings, in lower case.
    """
    return [
        name
        for name, value in environment.items()
        if name.upper().startswith(PREFIX)
        and not is_of_kubernetes(name, value)
        and not _is_known(name.upper().removeprefix(PREFIX), settings)
    ]


def _is_known(word: str, settings: Collection[str]) -> bool:
    return word.lower() in settings or word in _OTHERS or word.startswith(_OTHER_PREFIXES)
