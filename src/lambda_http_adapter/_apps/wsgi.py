"""One HTTP exchange through one WSGI app.

https://peps.python.org/pep-3333/
"""

from __future__ import annotations

import io
import logging
import sys
import threading
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from .._delivery import END, Failure, Head
from .._delivery.encoders import require_valid
from .._values import Remembered
from ..errors import AppError, MalformedEventError, ProtocolError
from . import error_of, failure_watch, seconds_left, send_last, traced
from .exchange import Exchange, WarmUpPing, arity, open_exchange

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType

    from .._delivery import Part, SyncReply
    from .._types import Environ, SyncFunction, WSGIApp
    from .._values.config import Config
    from .._values.context import LambdaContext
    from ..origins._http_request import HTTPRequest
    from .deadline_sync import Deadline

    ExcInfo = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]

_logger = logging.getLogger("lambda_http_adapter")


def wsgi_function(app: WSGIApp, config: Config, threads: bool = False, processes: bool = False) -> SyncFunction:
    """``app``, and the handlers of ``on_event`` beside it. Raises ConfigurationError for what is neither."""
    if config.hook_paths():
        from .hook_paths import with_hook_origin

        config = with_hook_origin(config)
    function: SyncFunction = WSGIFunction(app, config, threads, processes)
    if config.on_event is not None:
        from .handler import HandlerFunction, prepare_sync
        from .on_event import EventRouter

        function = EventRouter(function, lambda handler: HandlerFunction(prepare_sync(handler), config), config)
    return traced(function, config)


class WSGIFunction:
    """A WSGI app as a Lambda function: events in, responses out."""

    def __init__(self, app: WSGIApp, config: Config, threads: bool = False, processes: bool = False) -> None:
        """``threads``: several call it at once, none of them the main thread. ``processes``: others have the
        app too.

        Raises ConfigurationError for what is not a WSGI app.
        """
        if arity(app) != 2:
            from .kind import require_app

            require_app(app, 2, "a WSGI app, which is called with (environ, start_response)")
        if config.hook_paths():
            from .hook_paths import GuardedWSGI

            app = GuardedWSGI(app, config.hook_paths())
        self._app = app
        self._config = config
        self._threads = threads
        self._processes = processes

    def __call__(self, payload: object, context: LambdaContext | None, reply: SyncReply) -> None:
        """Raises EventError where there is no front door to answer; any other error becomes a part of the reply."""
        try:
            exchange = open_exchange(payload, context, self._config, reply)
        except MalformedEventError as error:
            reply.send(*_page(error.status, str(error)))
            return
        except WarmUpPing:
            reply.send(Head(200, []), END)
            return
        send: Callable[..., None] = reply.send
        if self._config.access_log:
            from .access_log import log_sync

            send = log_sync(send, exchange.request)
        environ = build_environ(exchange, self._config.rival_keys)
        environ["wsgi.multithread"] = self._threads
        environ["wsgi.multiprocess"] = self._processes
        margin = self._config.deadline_margin_ms
        if margin is None:
            Cycle(reply, send).run(self._app, environ)
        else:
            run_until(seconds_left(context, margin), self._app, environ, reply, send)


def run_until(
    seconds: float | None, app: WSGIApp, environ: Environ, reply: SyncReply, send: Callable[..., None]
) -> None:
    """Run the app, ended with a 504 after so many ``seconds``; None is as long as the app takes."""
    # Only the main thread can be interrupted. The late reply of another is refused, and that is all.
    if seconds is None or threading.current_thread() is not threading.main_thread():
        Cycle(reply, send).run(app, environ)
        return
    from .deadline_sync import Deadline, Expired

    deadline = Deadline(seconds)
    cycle = Cycle(reply, deadline.after(send), deadline)
    try:
        with deadline:
            cycle.run(app, environ)
    except Expired:
        cycle.expire()


def build_environ(exchange: Exchange, rival_keys: bool = False) -> Environ:
    """PEP 3333's environ, and what Lambda knows beside it."""
    environ = request_environ(exchange.request)
    environ["aws.event"] = exchange.event
    environ["aws.context"] = exchange.context
    environ["aws.request_origin"] = exchange.origin
    if rival_keys:
        environ.update(_rival_keys(exchange))
    return environ


def request_environ(request: HTTPRequest) -> Environ:
    """PEP 3333's environ. Its texts are bytes in disguise: each character stands for the byte of its number."""
    method, _, raw_path, query_string, headers, body, scheme, server, client, http_version, root_path = request
    root = root_path.encode()
    path = unquote_to_bytes(raw_path) if b"%" in raw_path else raw_path
    query = query_string.decode("latin-1")
    target = raw_path.decode("ascii") + (f"?{query}" if query else "")
    environ = _CONSTANT.copy()
    environ["REQUEST_METHOD"] = method
    environ["SCRIPT_NAME"] = root.decode("latin-1")
    environ["PATH_INFO"] = path[len(root) :].decode("latin-1")
    environ["QUERY_STRING"] = query
    environ["REQUEST_URI"] = environ["RAW_URI"] = target
    environ["SERVER_NAME"], port = server
    environ["SERVER_PORT"] = str(port)
    environ["SERVER_PROTOCOL"] = f"HTTP/{http_version}"
    environ["wsgi.url_scheme"] = scheme
    environ["wsgi.input"] = io.BytesIO(body)
    environ["wsgi.errors"] = sys.stderr
    if client is not None:
        environ["REMOTE_ADDR"] = client[0]
    repeated: dict[str, list[str]] = {}
    for name, value in headers:
        key = _ENVIRON_KEY[name]
        if key in environ:
            repeated.setdefault(key, [environ[key]]).append(value.decode("latin-1"))
        elif key:
            environ[key] = value.decode("latin-1")
    if repeated:
        environ.update({key: ", ".join(values) for key, values in repeated.items()})
    return environ


def file_wrapper(file: object, block_size: int = 8192) -> Iterable[bytes]:
    """PEP 3333's optional one. Few apps send files, and every cold start would pay for the standard library's."""
    from wsgiref.util import FileWrapper

    return FileWrapper(file, block_size)  # type: ignore[arg-type]  # of what it reads from the app knows more


_CONSTANT: Environ = {
    "wsgi.version": (1, 0),
    "wsgi.input_terminated": True,
    "wsgi.file_wrapper": file_wrapper,
    "wsgi.multithread": False,
    "wsgi.multiprocess": False,
    "wsgi.run_once": False,
}


def _environ_key(name: bytes) -> str:
    # "X_Real_Ip" and "X-Real-Ip" would be the same key: a client could forge the second by sending the first.
    if b"_" in name:
        return ""
    key = name.upper().replace(b"-", b"_").decode("latin-1")
    return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else "HTTP_" + key


_ENVIRON_KEY = Remembered(_environ_key)


def _rival_keys(exchange: Exchange) -> dict[str, object]:
    event: object = exchange.event  # one that isn't an HTTP request may be any JSON
    fields = event if isinstance(event, dict) else {}
    context = fields.get("requestContext")
    return {
        "apig_wsgi.context": exchange.context,
        "apig_wsgi.full_event": event,
        "apig_wsgi.multi_value_headers": "multiValueHeaders" in fields,
        "apig_wsgi.request_context": context,
        "serverless.authorizer": context.get("authorizer") if isinstance(context, dict) else None,
        "serverless.context": exchange.context,
        "serverless.event": event,
    }


# How an app can end badly, for the log. What the client gets follows from whether a byte of the answer is out.
_RAISED_EARLY = "Exception in WSGI application before its response started"
_RAISED_LATE = "Exception in WSGI application before its response was complete"
_NO_START = "The WSGI app returned without calling start_response"
_CLOSE_RAISED = "Exception in WSGI application in close(), after its response was complete"

_EXPIRED = "The app was interrupted: the invocation's deadline is near"


class Cycle:
    """The server's side of one request: ``start_response``, ``write``, and what becomes of how the app ends."""

    def __init__(self, reply: SyncReply, send: Callable[..., None], deadline: Deadline | None = None) -> None:
        """``send`` is the reply's, or a function around it."""
        self._deadline = deadline
        self._reply = reply
        self._send = send
        self._head: Head | None = None
        self._head_sent = False
        self._complete = False

    def run(self, app: WSGIApp, environ: Environ) -> None:
        result: Iterable[bytes] = ()
        try:
            try:
                result = app(environ, self.start_response)
                for chunk in result:
                    self.write(chunk)
                self._finish()
            except BaseException as raised:
                self._fail(error_of(raised))
        finally:
            # Behind the answer, as every server has it: what an app does in close() costs the client nothing.
            if hasattr(result, "close"):
                self._close(result.close)

    def start_response(
        self, status: str, headers: list[tuple[str, str]], exc_info: ExcInfo | None = None
    ) -> Callable[[bytes], object]:
        if exc_info is not None:
            try:
                if self._head_sent and exc_info[1] is not None:
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None  # the traceback holds this frame
        elif self._head is not None:
            raise ProtocolError("Expected no second start_response() without exc_info.")
        self._head = _head(status, headers)
        return self.write

    def write(self, data: bytes) -> None:
        if not isinstance(data, bytes):
            raise ProtocolError(f"Expected bytes as body of the response, got {type(data).__name__}.")
        if not data:
            return  # PEP 3333: the head waits for the first bytes there are, so that the app can still change it
        if self._head_sent:
            self._send(data)
        else:
            self._send(self._take_head(), data)

    def _finish(self) -> None:
        if self._head_sent:
            self._send(END)
        else:
            self._send(self._take_head(), END)
        self._complete = True

    def _take_head(self) -> Head:
        if self._head is None:
            raise ProtocolError(f"{_NO_START}.")
        self._head_sent = True
        return self._head

    def expire(self) -> None:
        """Lambda is about to end the invocation, and the app has been interrupted."""
        _logger.error("%s", _EXPIRED)
        self._end(504, "Gateway Timeout", AppError(f"{_EXPIRED}."))

    def _fail(self, error: Exception) -> None:
        if self._reply.gone:
            return  # the loop logs the reason; the app's error only follows from it
        if self._deadline is not None:
            self._deadline.require_time()  # as it does from its interruption
        if watch := failure_watch.get():
            watch(error)
        if isinstance(error, ProtocolError) and self._head is None:
            _logger.error("%s", error)
        else:
            _logger.error("%s", _RAISED_LATE if self._head_sent else _RAISED_EARLY, exc_info=error)
        self._end(500, "Internal Server Error", error)

    def _end(self, status: int, text: str, error: Exception) -> None:
        if self._complete:
            return
        parts = (Failure(error),) if self._reply.begun else _page(status, text)
        send_last(self._reply, self._send, *parts)
        self._complete = True  # last: a deadline that strikes before must find something left to do

    def _close(self, close: Callable[[], object]) -> None:
        try:
            close()
        except Exception as error:
            _logger.error(_CLOSE_RAISED, exc_info=error)


def _head(status: str, headers: list[tuple[str, str]]) -> Head:
    try:
        code = _CODE[status]
        fields = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    except (ValueError, TypeError, AttributeError) as error:
        # Not the headers themselves: a cookie is nothing for a log.
        raise ProtocolError(
            f"Expected start_response('200 OK', [(name, value), …]) with latin-1 texts: {error}."
        ) from error
    return require_valid(code, fields)


def _code(status: str) -> int:
    code, _, _ = status.partition(" ")
    if len(code) != 3 or not (code.isascii() and code.isdecimal()):
        raise ValueError(f"the status is {status!r}")
    return int(code)


_CODE = Remembered(_code)


def _page(status: int, text: str) -> tuple[Part, ...]:
    return Head(status, [(b"content-type", b"text/plain; charset=utf-8")]), text.encode(), END
