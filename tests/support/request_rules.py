"""What ASGI and PEP 3333 say of a request, as checks that don't know our code. All raise AssertionError.

https://asgi.readthedocs.io/en/latest/specs/www.html, https://asgi.readthedocs.io/en/latest/specs/lifespan.html and
https://peps.python.org/pep-3333/#environ-variables
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from typing import cast
from urllib.parse import unquote, unquote_to_bytes
from wsgiref.validate import check_environ  # type: ignore[attr-defined]  # not in typeshed

from lambda_http_adapter._types import Message, Scope
from lambda_http_adapter._values.lambda_request import lambda_request
from lambda_http_adapter.origins._http_request import HTTPRequest

TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
LOWER_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9a-z-]+")
# What a request line can carry; "%" only in front of two digits is for the client to keep, and decoders don't mind.
RAW_PATH = re.compile(rb"/[!$-~\"]*")
QUERY = re.compile(rb"[!$-~\"]*")

# Of an HTTP scope: keys, the types of their values, and whether they must be there.
_SCOPE = {
    "type": (str, True),
    "asgi": (dict, True),
    "http_version": (str, True),
    "method": (str, True),
    "scheme": (str, False),
    "path": (str, True),
    "raw_path": (bytes, False),
    "query_string": (bytes, True),
    "root_path": (str, False),
    "headers": (list, True),
    "client": (tuple, False),
    "server": (tuple, False),
    "state": (dict, False),
    "extensions": (dict, False),
}
_MAY_BE_NONE = ("client", "server")
_NAMESPACED = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)+")


def require_valid(request: HTTPRequest) -> None:
    """A request as a server would hand it to an app.

    ASGI has the method in upper case. By RFC 9110, 9.1, ``get`` is another method than GET: it stays as it is.
    """
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
    assert request.path == unquote(request.raw_path.decode("ascii"))
    assert type(request.query_string) is bytes
    assert QUERY.fullmatch(request.query_string)
    assert type(request.body) is bytes
    assert request.scheme in ("http", "https")
    assert request.http_version in ("1.0", "1.1", "2", "3")
    require_address(request.server)
    if request.client is not None:
        require_address(request.client)
    require_headers(request.headers)
    lengths = [value for name, value in request.headers if name == b"content-length"]
    assert lengths == [b"%d" % len(request.body)] or (lengths, request.body) == ([], b"")


def require_headers(headers: object) -> None:
    """Of a request: pairs of bytes, names in lower case and without those that HTTP/2 begins with a colon."""
    assert type(headers) is list
    for pair in headers:
        name, value = pair
        assert type(name) is type(value) is bytes
        assert LOWER_TOKEN.fullmatch(name)
        assert not re.search(rb"[\r\n\0]", value)
    assert [name for name, _ in headers].count(b"cookie") < 2  # RFC 6265, 5.4


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


# ASGI


def require_scope(scope: Scope) -> None:
    """A scope of the type ``http``."""
    for key, value in scope.items():
        if key not in _SCOPE:
            assert _NAMESPACED.fullmatch(key), f"{key!r} is no key of ASGI's"
        elif value is not None or key not in _MAY_BE_NONE:
            assert type(value) is _SCOPE[key][0], f"{key} is {value!r}"
    for key, (_, is_required) in _SCOPE.items():
        assert key in scope or not is_required, f"{key} is missing"
    assert scope["type"] == "http"
    _require_versions(scope)
    require_valid(_request_of(scope))
    for name, extension in cast("dict[object, object]", scope.get("extensions", {})).items():
        assert type(name) is str
        assert type(extension) is dict


def _require_versions(scope: Scope) -> None:
    versions = cast("dict[str, object]", scope["asgi"])
    assert versions["version"] == "3.0"
    assert versions.get("spec_version", "2.0") in ("2.0", "2.1", "2.2", "2.3", "2.4", "2.5")


def _request_of(scope: Scope) -> HTTPRequest:
    """``scope`` with an empty body, or one of as many bytes as its headers say."""
    headers = cast("list[tuple[bytes, bytes]]", scope["headers"])
    length = dict(headers).get(b"content-length", b"0")
    assert re.fullmatch(rb"[0-9]+", length)
    return HTTPRequest(
        cast("str", scope["method"]),
        cast("str", scope["path"]),
        cast("bytes", scope["raw_path"]),
        cast("bytes", scope["query_string"]),
        headers,
        bytes(int(length)),
        cast("str", scope.get("scheme", "http")),
        cast("tuple[str, int]", scope["server"]),
        cast("tuple[str, int] | None", scope["client"]),
        cast("str", scope["http_version"]),
        cast("str", scope.get("root_path", "")),
    )


def require_lifespan(scope: Scope) -> None:
    assert scope["type"] == "lifespan"
    _require_versions(scope)
    assert scope.keys() <= {"type", "asgi", "state"}
    assert type(scope.get("state", {})) is dict


def require_request_message(message: Message, scope: Scope) -> None:
    """The first message of a request with its whole body."""
    assert message.keys() <= {"type", "body", "more_body"}
    assert message["type"] == "http.request"
    body = message.get("body", b"")
    assert type(body) is bytes
    assert type(message.get("more_body", False)) is bool
    lengths = [
        value for name, value in cast("list[tuple[bytes, bytes]]", scope["headers"]) if name == b"content-length"
    ]
    assert lengths in ([], [b"%d" % len(body)])


# PEP 3333


def require_environ(environ: Mapping[str, object]) -> None:
    assert type(environ) is dict
    for name, value in environ.items():
        assert type(name) is str
        if name.isupper() or name.startswith("HTTP_"):
            assert re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Z]+", name), f"{name!r} is no variable of CGI's"
            assert type(value) is str, f"{name} is {value!r}"
            value.encode("latin-1")
            assert not re.search(r"[\r\n]", value) or name in ("SCRIPT_NAME", "PATH_INFO")
        else:
            assert _NAMESPACED.fullmatch(name), f"{name!r} is neither CGI's nor a server's"
    cgi = cast("dict[str, str]", environ)
    assert TOKEN.fullmatch(cgi["REQUEST_METHOD"])
    require_path(cgi.get("SCRIPT_NAME", ""), cgi.get("PATH_INFO", ""))
    assert QUERY.fullmatch(cgi.get("QUERY_STRING", "").encode("latin-1"))
    assert cgi["SERVER_NAME"]
    assert re.fullmatch(r"[0-9]{1,5}", cgi["SERVER_PORT"])
    assert re.fullmatch(r"HTTP/[0-9](\.[0-9])?", cgi["SERVER_PROTOCOL"])
    assert {"HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH"}.isdisjoint(cgi)
    body = environ["wsgi.input"].read()
    assert type(body) is bytes
    assert cgi.get("CONTENT_LENGTH", "0") == str(len(body))
    assert environ["wsgi.version"] == (1, 0)
    assert environ["wsgi.url_scheme"] in ("http", "https")
    for name in ("wsgi.multithread", "wsgi.multiprocess", "wsgi.run_once"):
        assert name in environ
    with warnings.catch_warnings(action="ignore"):  # of methods that it doesn't know
        check_environ({name: value for name, value in environ.items() if name.isupper() or name.startswith("wsgi.")})


def require_path(script_name: str, path_info: str) -> None:
    assert script_name == "" or (script_name.startswith("/") and not script_name.endswith("/"))
    assert path_info == "" or path_info.startswith("/")
    assert script_name or path_info


def require_same(scope: Scope, environ: Mapping[str, object]) -> None:
    """The mapping of ASGI's section on the compatibility with WSGI. Raises for two that aren't one request."""
    cgi = cast("dict[str, str]", environ)
    assert cgi["REQUEST_METHOD"] == scope["method"]
    assert cgi["SCRIPT_NAME"].encode("latin-1") == cast("str", scope["root_path"]).encode()
    path = (cgi["SCRIPT_NAME"] + cgi["PATH_INFO"]).encode("latin-1")
    assert path == unquote_to_bytes(cast("bytes", scope["raw_path"]))
    assert cgi["QUERY_STRING"].encode("latin-1") == scope["query_string"]
    assert (cgi["SERVER_NAME"], int(cgi["SERVER_PORT"])) == scope["server"]
    assert cgi["SERVER_PROTOCOL"] == f"HTTP/{scope['http_version']}"
    assert environ["wsgi.url_scheme"] == scope["scheme"]
    client = cast("tuple[str, int] | None", scope["client"])
    assert cgi.get("REMOTE_ADDR") == (client and client[0])
    expected: dict[str, list[str]] = {}
    for name, value in cast("list[tuple[bytes, bytes]]", scope["headers"]):
        if b"_" not in name:
            expected.setdefault(name.decode().upper().replace("-", "_"), []).append(value.decode("latin-1"))
    own = ("CONTENT_TYPE", "CONTENT_LENGTH")
    fields = {name if name in own else f"HTTP_{name}": ", ".join(values) for name, values in expected.items()}
    assert {name: value for name, value in cgi.items() if name.startswith("HTTP_") or name in own} == fields
    for source in (scope, environ):
        found = lambda_request(source)
        assert (found.authorizer, found.query_parameters, found.path_parameters, found.stage_variables) is not None
