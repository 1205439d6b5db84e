"""An event recognised and decoded, and the encoder for its response chosen."""

from __future__ import annotations

import logging
from functools import cache
from typing import TYPE_CHECKING, cast

from .. import _apps
from .._delivery.encoders import BufferedEncoder, StreamingEncoder
from .._values.codec import loads
from ..errors import EventError, MalformedEventError, UnknownOriginError
from ..origins import ORIGINS, Origin, detect

if TYPE_CHECKING:
    from .._delivery import Encoder, ReplyState
    from .._values.config import Config
    from .._values.context import LambdaContext
    from .._values.request import Headers, LambdaEvent
    from ..origins._http_request import HTTPRequest
    from .kind import WebKind

_logger = logging.getLogger("lambda_http_adapter")


class Exchange:
    """One request, and the invocation it came with. ``streams``: its response leaves as the app makes it."""

    __slots__ = ("context", "event", "origin", "request", "streams")

    def __init__(
        self, origin: str, event: LambdaEvent, context: LambdaContext | None, request: HTTPRequest, streams: bool
    ) -> None:
        self.origin = origin
        self.event = event
        self.context = context
        self.request = request
        self.streams = streams


class WarmUpPing(Exception):  # noqa: N818  # not an error
    """The event only keeps the environment warm. It is answered with an empty 200, and the app doesn't get it."""


def open_exchange(payload: object, context: LambdaContext | None, config: Config, reply: ReplyState) -> Exchange:
    """Decode ``payload``, bytes from the Runtime API or an event that AWS's runtime has decoded, and prepare ``reply``.

    Raises EventError where no front door awaits an HTTP response. Raises MalformedEventError where one does, and the
    reply is ready for the error's status. Raises WarmUpPing, with the reply ready as well.
    """
    event = payload
    if isinstance(payload, bytes):
        try:
            event = loads(payload)
        except (ValueError, RecursionError) as error:
            raise EventError(f"The event is not JSON: {error}. Invoke this function with an HTTP event.") from error
    try:
        origin = detect(event, cast("tuple[Origin, ...]", config.origins or ORIGINS))
    except UnknownOriginError:
        if config.pass_through_path is None:
            raise
        return _open_pass_through(payload, event, context, config, reply)
    event = cast("LambdaEvent", event)
    try:
        request = origin.decode(event, config)
    except MalformedEventError as error:
        _logger.warning("Answered %d: %s", error.status, error)
        reply.encode_with(_encoder(origin, event, "GET", config))
        raise
    encoder = _encoder(origin, event, request.method, config)
    reply.encode_with(encoder)
    _complete_headers(request.headers, event, context, config)
    return Exchange(origin.name, event, context, request, isinstance(encoder, StreamingEncoder))


def _open_pass_through(
    payload: object, event: object, context: LambdaContext | None, config: Config, reply: ReplyState
) -> Exchange:
    from ..origins import pass_through

    event = cast("LambdaEvent", event)
    origin = pass_through.origin_at(cast("str", config.pass_through_path))
    reply.encode_with(_encoder(origin, event, "POST", config))
    if pass_through.is_warm_up(event):
        _logger.debug("Answered a warm-up ping without the app")
        raise WarmUpPing
    request = pass_through.decode(event, config, payload if isinstance(payload, bytes) else None)
    _complete_headers(request.headers, event, context, config)
    return Exchange(origin.name, event, context, request, streams=False)


def _complete_headers(headers: Headers, event: LambdaEvent, context: LambdaContext | None, config: Config) -> None:
    """Add what isn't the client's to say: the traces, and on demand Lambda Web Adapter's headers."""
    trace_id = getattr(context, "xray_trace_id", None)
    if trace_id:
        # The front door's own is the parent of Lambda's, which is what the app's calls have to follow.
        for field in headers.copy():
            if field[0] == b"x-amzn-trace-id":
                headers.remove(field)
        headers.append((b"x-amzn-trace-id", trace_id.encode("latin-1", "replace")))
    if _apps.tracing is not None:
        _apps.tracing.pass_on(headers)
    if config.rival_keys:
        from .rival_headers import rival_headers

        headers += rival_headers(event, context)


def _encoder(origin: Origin, event: LambdaEvent, method: str, config: Config) -> Encoder:
    if config.invoke_mode == "response_stream":
        if origin.prelude is not None and (origin.streams is None or origin.streams(event)):
            return StreamingEncoder(origin, method, config)
        _warn_of_buffering(origin.name)
    return BufferedEncoder(origin, event, method, config)


@cache
def _warn_of_buffering(origin: str) -> None:
    _logger.warning("This %s can't stream a response: its events are answered buffered", origin)


def mounted_config(app: object, config: Config) -> Config:
    """``config`` for an app that brings its own ``root_path``, as FastAPI does; itself for any other app.

    FastAPI replaces the scope's ``root_path`` by its own, so ``path`` must start with that, or with no prefix at all:
    otherwise every route is a 404. A request whose path starts with it already (the key of an API mapping, say) keeps
    its path.
    """
    own = _own_root_path(app)
    if not own:
        return config
    root_path = "/" + own.strip("/")
    if root_path == "/":
        return config.but(root_path="")
    base_path = config.base_path or root_path
    if own == root_path:
        return config.but(base_path=base_path, root_path=root_path)
    _logger.warning("FastAPI(root_path=%r) should be %r: the URL of a request lacks it otherwise", own, root_path)
    return config.but(base_path=base_path, root_path="")


def _own_root_path(app: object) -> str:
    """The ``root_path`` of a FastAPI app, also inside of middleware, which keeps what it wraps as ``app``."""
    seen: list[object] = []
    while app is not None and all(app is not other for other in seen):
        # By its class: the root_path of Quart, like Flask's, is a directory.
        names = [(kind.__module__.partition(".")[0], kind.__name__) for kind in type(app).__mro__]
        if ("fastapi", "FastAPI") in names:
            root_path = getattr(app, "root_path", "")
            return root_path if isinstance(root_path, str) else ""
        seen.append(app)
        app = getattr(app, "app", None)
    return ""


def web_kind(app: object, asked: WebKind) -> WebKind:
    """Whether ``app`` is an ASGI or a WSGI app; ``asked``, which the caller takes it for, where nothing tells.

    Raises ConfigurationError for what is neither.
    """
    kind = _kind_at_a_look(app)
    if kind is None:
        from .kind import web_kind_by_signature

        kind = web_kind_by_signature(app, asked)
    if kind != asked:
        _logger.info("%s is %s app and is served as one", type(app).__name__, _LONG_NAMES[kind])
    return kind


_LONG_NAMES = {"asgi": "an ASGI", "wsgi": "a WSGI"}


def _kind_at_a_look(app: object) -> WebKind | None:
    match _parameter_names(app):
        case (_, _, _):
            return "asgi"
        case (_, "start_response"):
            return "wsgi"
    return None


def arity(app: object) -> int | None:
    """How many arguments ``app`` takes, if it is a function or an object with ``__call__``, as nearly every app is."""
    names = _parameter_names(app)
    return None if names is None else len(names)


def _parameter_names(app: object) -> tuple[str, ...] | None:
    """The names of the parameters of a function, or of an object's ``__call__``; None where that isn't all there is to
    know: ``*args``, defaults, keywords, code in C.

    A signature would tell of all apps, at the price of two modules and half a millisecond at every cold start.
    """
    function = app if hasattr(app, "__code__") else type(app).__call__
    code = getattr(function, "__code__", None)
    if code is None or code.co_flags & _VARIABLE or code.co_kwonlyargcount or getattr(function, "__defaults__", None):
        return None
    is_bound = function is not app or hasattr(app, "__self__")
    return cast("tuple[str, ...]", code.co_varnames[is_bound : code.co_argcount])


# inspect.CO_VARARGS and CO_VARKEYWORDS: inspect is one of the modules that this file does without.
_VARIABLE = 0x04 | 0x08
