"""Hosts at which only this machine answers.

A page of any site can make its own name resolve to a loopback address (DNS rebinding); a browser then takes this
machine's servers for that site's. Such a request still names the site in its Host header. What a site can't be called:
an IP address, and ``localhost`` (RFC 6761).
"""

from __future__ import annotations

from ipaddress import ip_address


def host_name(value: str) -> str:
    """The Host header ``value`` in lower case and without its port."""
    name = value.strip().lower()
    if name.startswith("["):
        return name.partition("]")[0].removeprefix("[")
    return name.partition(":")[0]


def is_local_name(name: str) -> bool:
    """Whether ``name`` is an IP address or ``localhost``. An empty one is: a browser always sends a Host."""
    return not name or name == "localhost" or name.endswith(".localhost") or _is_address(name)


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
