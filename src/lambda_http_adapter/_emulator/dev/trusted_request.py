"""Which requests may reach the emulator itself: its pages, the Invoke API, ``@connections``, the choice of a caller.

A browser on this machine sends requests to it for any site that the developer visits. The function's own paths stay
open to them, because an app has its own rules.
"""

from __future__ import annotations

import socket
from collections.abc import Collection
from ipaddress import ip_address

from ..doors.client import ClientRequest, ClientResponse, header_value
from ..doors.host_header import host_name, is_local_name

_SAFE_METHODS = ("GET", "HEAD")  # a site can send them but can't read the response


def is_trusted(request: ClientRequest, listens_at: str = "127.0.0.1") -> bool:
    """Whether no foreign site has sent ``request``. ``listens_at``: the option ``--host``."""
    if not _is_own_host(host_name(request.host), listens_at):
        return False
    return request.method in _SAFE_METHODS or _is_same_origin(request)


def may_choose_caller(request: ClientRequest, listens_at: str, domains: Collection[str]) -> bool:
    """Whether no foreign site has sent ``request``, by any method, and it comes from this machine.

    A site that has chosen the caller could read what the function answers, if the API's CORS lets it, or do what the
    caller may do. ``domains``: the API's own, of the option ``--domain``.
    """
    name = host_name(request.host)
    is_own = name in domains or _is_own_host(name, listens_at)
    return is_own and _is_same_origin(request) and _is_from_this_machine(request)


def refusal(request: ClientRequest) -> ClientResponse:
    """The response to a request that isn't trusted. It says what to do."""
    origin = header_value(request.headers, "origin")
    sent = f"Host: {request.host}, Origin: {origin}" if origin else f"Host: {request.host}"
    sentence = (
        f"`dev` refuses this request ({sent}), because the page of another site may have sent it. "
        "Use http://127.0.0.1 or http://localhost with the port of `dev`. For another name, start `dev --host NAME`; "
        "behind a tunnel, let the tunnel send `Host: localhost`.\n"
    )
    return ClientResponse(403, [(b"content-type", b"text/plain; charset=utf-8")], sentence.encode())


def _is_own_host(name: str, listens_at: str) -> bool:
    if is_local_name(name) or name == listens_at.lower():
        return True
    return _is_open(listens_at) and _is_private_name(name)


def _is_open(listens_at: str) -> bool:
    """Whether other machines and containers are meant to reach the emulator."""
    try:
        return not ip_address(listens_at).is_loopback
    except ValueError:
        return not is_local_name(listens_at)


def _is_private_name(name: str) -> bool:
    """Names of containers and machines that the public DNS doesn't have, and this machine's own."""
    own_name = socket.gethostname().lower()
    return "." not in name or name.endswith((".internal", ".local")) or name == own_name


def _is_same_origin(request: ClientRequest) -> bool:
    """Whether a browser says so, or nothing says that the request comes from a browser's page.

    A tunnel may change the Host but not Sec-Fetch-Site, which is therefore read first. A browser sends it to loopback
    addresses and over HTTPS, else only Origin.
    """
    site = header_value(request.headers, "sec-fetch-site")
    if site == "same-origin":
        return True
    origin = header_value(request.headers, "origin")
    return site in ("", "none") and origin in ("", f"{request.scheme}://{request.host}")


def _is_from_this_machine(request: ClientRequest) -> bool:
    """A tunnel runs on this machine too, but names the client that it forwards for."""
    _, _, forwarded_for = header_value(request.headers, "x-forwarded-for").rpartition(",")
    client = forwarded_for.strip() or request.client
    try:
        return ip_address(client.partition("%")[0]).is_loopback
    except ValueError:
        return False  # a proxy has named something else
