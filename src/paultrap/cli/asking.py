"""What commands have in common that ask a server."""

from typing import Annotated, TypeAlias

from cyclopts import Parameter

from paultrap.cli.errors import print_warnings
from paultrap.client import Client

Url: TypeAlias = Annotated[str, Parameter(env_var="PAULTRAP_URL")]
Key: TypeAlias = Annotated[str, Parameter(env_var=["PAULTRAP_API_KEY", "IONQ_API_KEY"])]
AsJson: TypeAlias = Annotated[bool, Parameter(name="--json", negative="", show_default=False)]

DEFAULT_URL = "http://127.0.0.1:8080"
OPEN_KEY = "open"  # What a server with open access takes; any other server says what it needs.


def client_of(url: str, key: str) -> Client:
    """Return a client of a server, whose warnings are printed."""
    return Client(url, key, on_warning=lambda text: print_warnings([text]))
