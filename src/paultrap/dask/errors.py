"""What can go wrong with workers on a Dask cluster; each message says what to do."""

from paultrap.errors import Error


class DaskError(Error):
    """The workers of a Dask cluster cannot run jobs; none of them was left half-started."""
