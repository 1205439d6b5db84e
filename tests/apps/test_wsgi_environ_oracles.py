"""PEP 3333's environ as other libraries build it for the same request."""

import io
import json
from collections.abc import Callable
from inspect import signature
from typing import cast
from urllib.parse import quote

import apig_wsgi
import pytest
import serverless_wsgi
from asgiref.wsgi import WsgiToAsgiInstance
from werkzeug.test import EnvironBuilder

from lambda_http_adapter._apps.asgi import build_scope
from lambda_http_adapter._apps.exchange import Exchange, WarmUpPing, open_exchange
from lambda_http_adapter._apps.wsgi import build_environ
from lambda_http_adapter._types import Environ, WSGIApp
from lambda_http_adapter._values.config import Config
from lambda_http_adapter.errors import MalformedEventError
from lambda_http_adapter.origins import HTTPRequest, RequestOrigin
from tests.apps.test_wsgi_environ import EVENT, Event, environ_of
from tests.support.invocation import CONTEXT
from tests.support.paths import EVENTS
from tests.support.response_recorder import ResponseRecorder

# The keys of those who come from elsewhere


def keep(environs: list[Environ]) -> WSGIApp:
    def app(environ: Environ, start_response: Callable[[str, list[tuple[str, str]]], object]) -> list[bytes]:
        environs.append(environ)
        start_response("200 OK", [])
        return []

    return cast("WSGIApp", app)


RIVALS: list[tuple[str, Callable[[WSGIApp, Event], object]]] = [
    ("apig_wsgi.", lambda app, event: apig_wsgi.make_lambda_handler(app)(event, CONTEXT)),
    ("serverless.", lambda app, event: serverless_wsgi.handle_request(app, event, CONTEXT)),
]


@pytest.mark.parametrize(("prefix", "invoke"), RIVALS, ids=[row[0] for row in RIVALS])
@pytest.mark.parametrize(
    "name",
    ["alb/live", "api_gateway_v1/live", "api_gateway_v1/lambda_authorizer", "api_gateway_v2/live", "function_url/live"],
)
def test_rival_keys(prefix: str, invoke: Callable[[WSGIApp, Event], object], name: str) -> None:
    """With the option on, an app finds what it found there before it moved."""
    event = json.loads((EVENTS / f"{name}.json").read_bytes())
    environs: list[Environ] = []
    invoke(keep(environs), event)
    environs.append(environ_of(event, Config(rival_keys=True)))
    theirs, ours = ({key: value for key, value in x.items() if key.startswith(prefix)} for x in environs)
    assert ours == theirs
    assert len(theirs) >= 3


def test_rival_keys_are_for_who_asks() -> None:
    assert not [key for key in environ_of(EVENT) if key.startswith(("apig_wsgi.", "serverless."))]


def test_rival_keys_without_a_context() -> None:
    environ = environ_of({"httpMethod": "GET", "path": "/", "resource": "/"}, Config(rival_keys=True))
    assert {key: value for key, value in environ.items() if "_context" in key or "authorizer" in key} == {
        "apig_wsgi.request_context": None,
        "serverless.authorizer": None,
    }


# Other builders of environs. What they say instead is derived from ours, so nothing else can differ.

OWN = ("aws.event", "aws.context", "aws.request_origin", "wsgi.file_wrapper", "wsgi.input_terminated")


def without_input(environ: Environ) -> Environ:
    return {**environ, "wsgi.input": environ["wsgi.input"].read()}


def from_asgiref(exchange: Exchange, request: HTTPRequest) -> Environ:
    if "duplicate_header_limit" not in signature(WsgiToAsgiInstance).parameters:
        pytest.skip("an older asgiref's wsgi.errors takes bytes")
    instance = WsgiToAsgiInstance(None, duplicate_header_limit=0)  # type: ignore[no-untyped-call]
    instance.scope = build_scope(exchange, {})
    body = io.BytesIO(request.body)
    return cast("Environ", instance.build_environ(instance.scope, body))  # type: ignore[no-untyped-call]


def as_asgiref_has_it(environ: Environ, request: HTTPRequest) -> Environ:
    # It knows no keys but PEP 3333's.
    theirs = {key: value for key, value in environ.items() if key not in (*OWN, "REQUEST_URI", "RAW_URI")}
    # It runs apps in threads, and can't tell how many processes there are.
    theirs |= {"wsgi.multithread": True, "wsgi.multiprocess": True}
    # It is given a path that was decoded as UTF-8, where other bytes have become U+FFFD.
    theirs["PATH_INFO"] = request.path[len(request.root_path) :].encode().decode("latin-1")
    # It joins what is repeated with a comma alone.
    names = [name for name, _ in request.headers]
    for name in names:
        if names.count(name) > 1:
            values = [value.decode("latin-1") for other, value in request.headers if other == name]
            theirs[f"HTTP_{name.decode().upper().replace('-', '_')}"] = ",".join(values)
    return theirs


def from_werkzeug(exchange: Exchange, request: HTTPRequest) -> Environ:
    root = quote(request.root_path)
    builder = EnvironBuilder(
        path=request.raw_path.decode().removeprefix(root),
        base_url=f"{request.scheme}://host{root}",
        method=request.method,
        query_string=request.query_string.decode(),
        input_stream=io.BytesIO(request.body),
        headers=[(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers],
        environ_base={"REMOTE_ADDR": request.client[0]} if request.client else {},
    )
    builder.host = builder.headers["host"]
    builder.server_protocol = f"HTTP/{request.http_version}"
    return builder.get_environ()


def as_werkzeug_has_it(environ: Environ, request: HTTPRequest) -> Environ:
    # It is a client: it knows neither Lambda nor how far its input goes.
    theirs = {key: value for key, value in environ.items() if key not in OWN}
    # It has its target from its path alone.
    path = request.raw_path.decode().removeprefix(quote(request.root_path))
    theirs |= {"REQUEST_URI": path, "RAW_URI": path}
    # It knows no port but the one in Host, where we believe X-Forwarded-Port as well.
    port = environ["HTTP_HOST"].partition(":")[2]
    theirs["SERVER_PORT"] = port or {"http": "80", "https": "443"}[request.scheme]
    # It counts every body, where a request without one has no Content-Length for us.
    theirs.setdefault("CONTENT_LENGTH", "0")
    # It decodes the path as UTF-8 before it encodes it again.
    theirs["PATH_INFO"] = request.path[len(request.root_path) :].encode().decode("latin-1")
    return theirs


def asgiref_is_able(request: HTTPRequest) -> bool:
    return True


def werkzeug_is_able(request: HTTPRequest) -> bool:
    """It takes Host apart at the first colon, invents one that is missing, and reads "//a" as a host."""
    (host,) = [value for name, value in request.headers if name == b"host"] or [b"["]
    return not host.startswith(b"[") and b"//" not in request.raw_path


Builder = Callable[[Exchange, HTTPRequest], Environ]
Derive = Callable[[Environ, HTTPRequest], Environ]

ORACLES: list[tuple[str, Callable[[HTTPRequest], bool], Builder, Derive, int]] = [
    ("asgiref", asgiref_is_able, from_asgiref, as_asgiref_has_it, 240),
    ("werkzeug", werkzeug_is_able, from_werkzeug, as_werkzeug_has_it, 180),
]


@pytest.mark.parametrize("config", [Config(), Config(root_path="/größe/a b")], ids=["at the root", "mounted"])
@pytest.mark.parametrize(
    ("able", "build", "derive", "least"), [row[1:] for row in ORACLES], ids=[row[0] for row in ORACLES]
)
def test_other_libraries_agree(
    able: Callable[[HTTPRequest], bool], build: Builder, derive: Derive, least: int, config: Config
) -> None:
    compared = 0
    for path in sorted(EVENTS.glob("*/*.json")):
        try:
            exchange = open_exchange(path.read_bytes(), CONTEXT, config, ResponseRecorder())
        except (MalformedEventError, WarmUpPing):
            continue
        request = exchange.request
        if not able(request):
            continue
        ours = without_input(build_environ(exchange))
        assert without_input(build(exchange, request)) == derive(ours, request), path
        compared += 1
    assert compared >= least


def test_every_origin_is_compared() -> None:
    assert {path.name for path in EVENTS.iterdir() if path.is_dir()} == set(RequestOrigin)
