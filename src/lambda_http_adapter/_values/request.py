"""An event as it comes, and the HTTP request that every origin decodes it to and every app is called with."""

from typing import NamedTuple

# An object of JSON. Its values are ``object`` and not Any, so that code has to check a value before it uses it.
LambdaEvent = dict[str, object]

Headers = list[tuple[bytes, bytes]]


class HTTPRequest(NamedTuple):
    """One HTTP request. Its fields are named and encoded as in the ASGI HTTP connection scope.

    ``path`` is percent-decoded and starts with ``root_path``, as does ``raw_path``. ``raw_path`` is percent-encoded
    ASCII: as the client sent it, or the canonical encoding if the origin doesn't preserve that.

    https://asgi.readthedocs.io/en/latest/specs/www.html#http-connection-scope
    """

    method: str
    path: str
    raw_path: bytes
    query_string: bytes
    headers: Headers
    body: bytes
    scheme: str
    server: tuple[str, int]
    client: tuple[str, int] | None
    http_version: str
    root_path: str
