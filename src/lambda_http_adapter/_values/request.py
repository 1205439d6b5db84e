"""The event as it comes, and the neutral request: what every origin decodes to and every colour is driven from."""

from typing import NamedTuple

# What came from JSON. ``object`` instead of Any: whoever reads a field must look at it.
LambdaEvent = dict[str, object]

Headers = list[tuple[bytes, bytes]]


class HTTPRequest(NamedTuple):
    """One HTTP request, its fields named and encoded as in the ASGI HTTP connection scope.

    ``path`` is percent-decoded and, like ``raw_path``, starts with ``root_path``; a colour that
    wants them apart (PEP 3333) splits them itself. ``raw_path`` is ASCII and percent-encoded:
    the client's own bytes where the origin still has them, the canonical encoding where not.
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
