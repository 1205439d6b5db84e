"""What an app sees of an event and what a client gets of its answer, through us and through each peer."""

import asyncio
import json
from base64 import b64decode
from collections.abc import Callable
from http.client import responses
from typing import Any, cast

import serverless_wsgi
from apig_wsgi import make_lambda_handler
from mangum import Mangum

from lambda_http_adapter import asgi_handler, wsgi_handler
from lambda_http_adapter._types import Environ, Receive, Scope, Send, StartResponse
from tests.differential.difference import Event, Fields, Response
from tests.support.invocation import CONTEXT
from tests.support.paths import EVENTS

Handler = Callable[[object, object], object]


class _Stage:
    """What the two apps are to answer, and what they saw."""

    response = Response()
    seen: Fields
    lifespans = 0


_stage = _Stage()


async def _asgi_app(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        _stage.lifespans += 1
        raise ValueError(scope["type"])
    for name, value in cast("list[tuple[bytes, bytes]]", scope["headers"]):
        _stage.seen.setdefault("header:" + name.decode(), []).append(value.decode("latin-1"))
    _stage.seen |= {key: value for key, value in scope.items() if key != "headers"}
    _stage.seen["body"] = (await receive())["body"]
    if _stage.response.raises == "before":
        raise ZeroDivisionError
    status, headers, body = _stage.response[:3]
    pairs = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    if _stage.response.raises == "behind":
        raise ZeroDivisionError
    await send({"type": "http.response.body", "body": body})


def _wsgi_app(environ: Environ, start_response: StartResponse) -> list[bytes]:
    _stage.seen |= {key: value for key, value in environ.items() if key not in ("wsgi.input", "wsgi.errors")}
    _stage.seen["body"] = environ["wsgi.input"].read()
    if _stage.response.raises == "before":
        raise ZeroDivisionError
    status, headers, body = _stage.response[:3]
    start_response(f"{status} {responses.get(status, 'Unknown')}", list(headers))
    if _stage.response.raises == "behind":
        raise ZeroDivisionError
    return [body]


_LOOP = asyncio.new_event_loop()


def _with_loop(call: Callable[[], object]) -> object:
    # Mangum takes the thread's event loop, and since Python 3.14 there is none without this.
    asyncio.set_event_loop(_LOOP)
    try:
        return call()
    finally:
        asyncio.set_event_loop(None)


def mangum(app: object, **options: object) -> Handler:
    handler = cast("Handler", _with_loop(lambda: Mangum(cast("Any", app), **cast("Any", options))))
    return lambda event, context: _with_loop(lambda: handler(event, context))


def _serverless_wsgi(event: object, context: object) -> object:
    return serverless_wsgi.handle_request(_wsgi_app, event, context)


def peer_with(name: str, **options: object) -> Handler:
    """One of PEERS with options."""
    if name == "Mangum":
        return mangum(_asgi_app, **options)
    if name == "apig-wsgi":
        return cast("Handler", make_lambda_handler(_wsgi_app, **cast("Any", options)))
    return _serverless_wsgi


# An event loop that is collected before it is closed warns: on Lambda it lives as long as the process, here too.
KEPT: list[Handler] = []


def ours_with(name: str, **options: object) -> Handler:
    """What takes the place of a peer, with options."""
    arguments = cast("Any", options)
    KEPT.append(asgi_handler(_asgi_app, **arguments) if name == "Mangum" else wsgi_handler(_wsgi_app, **arguments))
    return KEPT[-1]


PEERS = {name: peer_with(name) for name in ("Mangum", "apig-wsgi", "serverless-wsgi")}
_WSGI = ours_with("apig-wsgi", rival_keys=True)
OURS = {"Mangum": ours_with("Mangum"), "apig-wsgi": _WSGI, "serverless-wsgi": _WSGI}


def load(origin: str, fixture: str, method: str = "") -> Event:
    """An event of tests/events, or ``underscore``: one with such a header, which is no concern of its decoding."""
    name = "plain" if fixture == "underscore" else fixture
    event = cast("Event", json.loads((EVENTS / origin / f"{name}.json").read_bytes()))
    if fixture == "underscore":
        event["headers"]["x_real_ip"] = "203.0.113.9"
    if method and "Records" in event:
        event["Records"][0]["cf"]["request"]["method"] = method
    elif method and "http" in event["requestContext"]:
        event["requestContext"]["http"]["method"] = method
    elif method:
        event["httpMethod"] = method
    return event


def request_seen(handler: Handler, event: Event) -> Fields:
    """The scope, headers one field each, or the environ; ``outcome`` alone where the app wasn't asked."""
    answer, seen = _run(handler, event, Response(204))
    if isinstance(answer, str):
        return {"outcome": answer}
    if not seen:
        answered = cast("Event", answer)
        return {"outcome": int(answered["status" if "Records" in event else "statusCode"])}
    return {"outcome": "served", **seen}


def answer_seen(handler: Handler, event: Event, response: Response) -> Fields:
    """The answer as its client gets it: headers one field each, with their spelling, and the body's bytes."""
    answer, _ = _run(handler, event, response)
    if not isinstance(answer, dict):
        return {"outcome": answer}
    rest = dict(answer)
    text, in_base64 = rest.pop("body", ""), rest.pop("isBase64Encoded", False)
    if "Records" in event:
        in_base64 = rest.pop("bodyEncoding", "text") == "base64"
    body = b64decode(text) if in_base64 else text.encode()
    fields: Fields = {"body": body, "base64": in_base64 and body != b""}
    maps = {name: rest.pop(name, None) for name in ("headers", "multiValueHeaders")}
    if "elb" in event.get("requestContext", ()):
        del maps["headers" if event.get("multiValueHeaders") is not None else "multiValueHeaders"]
    for headers in maps.values():
        for key, value in (headers or {}).items():
            for item in value if isinstance(value, list) else [value]:
                pair = key, item["value"] if isinstance(item, dict) else item
                fields.setdefault("header:" + key.lower(), []).append(pair)
    fields |= {key: value for key, value in rest.items() if value != []}
    return {"outcome": "answered", **{"answer." + key: value for key, value in fields.items()}}


def outcome_of(handler: Handler, event: Event) -> tuple[object, bool]:
    """What the handler returns for an event that isn't a request, or "fails", and whether the app was called."""
    result, seen = _run(handler, event, Response(200, (("content-type", "application/json"),), b'{"by":"app"}'))
    return result, bool(seen)


def lifespans(serve: Callable[[], object]) -> int:
    """How often the lifespan begins in the meantime."""
    before = _stage.lifespans
    serve()
    return _stage.lifespans - before


def _run(handler: Handler, event: Event, response: Response) -> tuple[object, Fields]:
    """What the handler returns, "fails" where it raises, and what the app saw."""
    _stage.response, _stage.seen = response, {}
    try:
        return handler(json.loads(json.dumps(event)), CONTEXT), _stage.seen
    except Exception:
        return "fails", _stage.seen
