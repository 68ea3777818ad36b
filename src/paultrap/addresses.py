"""Addresses of machines as texts: which are an IP address, and which are this machine."""

from ipaddress import IPv4Address, IPv6Address, ip_address


def is_loopback(host: str) -> bool:
    """Return whether ``host`` is this machine, as seen from itself."""
    if host == "localhost":
        return True
    address = address_of(host)
    return address is not None and address.is_loopback


def address_of(host: str) -> IPv4Address | IPv6Address | None:
    """Return the IP address that a text is, or None; one of version 4 within version 6 as itself.

    A socket for both versions shows a peer of version 4 as one of version 6.
    """
    try:
        found = ip_address(host)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found
