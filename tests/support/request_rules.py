"""What the ASGI specification says of a request, as checks: https://asgi.readthedocs.io/en/latest/specs/www.html."""

import re

from lambda_http_adapter.origins._http_request import HTTPRequest

TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
LOWER_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9a-z-]+")
# What a request line can carry; "%" only in front of two digits is for the client to keep, and decoders don't mind.
RAW_PATH = re.compile(rb"/[!$-~\"]*")
QUERY = re.compile(rb"[!$-~\"]*")


def require_valid(request: HTTPRequest) -> None:
    """Raises AssertionError for a request that no server would hand to an app."""
    assert type(request.method) is str
    assert TOKEN.fullmatch(request.method)
    require_text(request.path)
    assert request.path.startswith("/")
    require_text(request.root_path)
    assert request.path.startswith(request.root_path)
    assert not request.root_path.endswith("/")
    assert type(request.raw_path) is bytes
    assert RAW_PATH.fullmatch(request.raw_path)
    assert b"?" not in request.raw_path
    assert type(request.query_string) is bytes
    assert QUERY.fullmatch(request.query_string)
    assert type(request.body) is bytes
    assert request.scheme in ("http", "https")
    assert request.http_version in ("1.0", "1.1", "2", "3")
    require_address(request.server)
    if request.client is not None:
        require_address(request.client)
    for name, value in request.headers:
        assert type(name) is bytes
        assert type(value) is bytes
        assert LOWER_TOKEN.fullmatch(name)
        assert not re.search(rb"[\r\n\0]", value)
    lengths = [value for name, value in request.headers if name == b"content-length"]
    assert lengths == [b"%d" % len(request.body)] or (lengths, request.body) == ([], b"")


def require_text(text: object) -> None:
    """A Unicode string: without lone surrogates, which no codec encodes."""
    assert type(text) is str
    text.encode()


def require_address(address: tuple[str, int]) -> None:
    host, port = address
    require_text(host)
    host.encode("latin-1")  # PEP 3333 allows no other characters in an environ
    assert host
    assert not re.search(r"[\r\n\0]", host)
    assert type(port) is int
    assert 0 <= port < 65536
