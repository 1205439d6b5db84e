"""From an app or handler and its options to the loop that serves it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, cast

from .._apps import has_hooks, traced, traced_async
from .._values import Deferred
from .._values.config import UNSET, given, load_config
from ..errors import ConfigurationError
from .start import begin

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .. import _types as types
    from .._apps.kind import WebKind
    from .._types import ASGIApp, WSGIApp
    from .._values.config import Config
    from .hooks import AsyncHooks, SyncHooks
    from .start import Environment
else:
    # Imported when a tool asks what the signatures name, as typing.get_type_hints() does.
    types = Deferred("lambda_http_adapter._types")


def run_asgi(
    app: types.ASGIApp | types.WSGIApp,
    *,
    invoke_mode: types.InvokeMode = UNSET,
    base_path: str = UNSET,
    root_path: str = UNSET,
    lifespan: types.LifespanMode = UNSET,
    pass_through_path: str | None = UNSET,
    pass_through_host: str = UNSET,
    trusted_proxies: int = UNSET,
    forwarded_host: str = UNSET,
    forwarded_proto: str = UNSET,
    body_encoding: types.BodyEncoding = UNSET,
    text_types: types.TextTypes = UNSET,
    fail_on_status: types.Statuses = UNSET,
    stream_empty_body: types.StreamEmptyBody = UNSET,
    authorization_source: str = UNSET,
    rival_keys: bool = UNSET,
    deadline_margin_ms: int = UNSET,
    access_log: bool = UNSET,
    graceful_shutdown: bool = UNSET,
    async_init: bool = UNSET,
    processes: types.Processes = UNSET,
    on_invocation_start: types.InvocationHook = UNSET,
    on_invocation_end: types.InvocationHook = UNSET,
    on_shutdown: types.ShutdownHook = UNSET,
    on_snapshot: types.SnapshotHook = UNSET,
    on_restore: types.SnapshotHook = UNSET,
    on_event: types.OnEvent = UNSET,
    origins: types.Origins = UNSET,
    **unknown: types.Never,
) -> None:
    """Serve an ASGI app: FastAPI, Starlette, Litestar, Quart, Django, or any other. A WSGI app is recognised by its
    signature and served as ``run_wsgi`` serves it.

    On Lambda this is the function's runtime: it runs the app's lifespan startup, then answers invocations until the
    environment ends, and exits with 1 where the app can't start or the Runtime API is gone. On Managed Instances it
    answers as many at once as the environment allows, each in a task of its own. Elsewhere it serves the app with
    uvicorn on ``HOST`` (127.0.0.1) and ``PORT`` (8000).

    Raises ConfigurationError for a wrong option, for anything but an app, and outside Lambda without uvicorn. Follows
    https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html.

    Options; each but callables and objects also as environment variable ``LAMBDA_HTTP_ADAPTER_<NAME>``, which an
    argument overrides:

    invoke_mode: ``"buffered"``, or ``"response_stream"`` to send each chunk when the app produces it.
    base_path: A mount point such as ``"/v1"``: stripped from paths and moved to ``root_path``. Default ``""``.
    root_path: ``"auto"``: the stage on execute-api domains, then ``base_path``. Any other value replaces it.
    lifespan: ``"auto"``, ``"on"`` (an app without a lifespan fails at start) or ``"off"``.
    pass_through_path: The path that events other than HTTP requests are POSTed to, ``"/events"``. None: errors.
    pass_through_host: The ``Host`` of these requests, ``"localhost"``, for apps that check it.
    trusted_proxies: The number of proxies before the front door whose ``X-Forwarded-For`` entry is true. Default 0.
    forwarded_host: The request header with the host of the client's URL, if a proxy writes it. Default ``""``.
    forwarded_proto: The scheme of the client's URL, or the header that a proxy writes it to. Default ``""``.
    body_encoding: ``"auto"``, or ``"text"`` or ``"base64"`` for every response.
    text_types: Media types to send as text beside the known ones: ``"application/x-tex, model/*"``.
    fail_on_status: Statuses that fail the invocation: ``"500,502-504"``, or ints and ranges. Default: none.
    stream_empty_body: ``"newline"`` streams a line feed in place of an empty body. Default ``""``.
    authorization_source: The request header whose value becomes ``Authorization``. Default ``""``.
    rival_keys: Add the environ keys of apig-wsgi and serverless-wsgi, and Lambda Web Adapter's headers. Default False.
    deadline_margin_ms: Milliseconds before the function's time-out at which the app is ended: 504. Default: never.
    access_log: Log one line per answered request. Default False.
    graceful_shutdown: Ask Lambda for SIGTERM before the environment ends. Default True.
    async_init: Let a start that takes longer than 9.8 s go on into the first invocation. Default False.
    processes: The number of processes that share the invocations of a Managed Instance. Default: one per vCPU.
    on_invocation_start: Called with the ``LambdaContext`` before each invocation.
    on_invocation_end: Called with the ``LambdaContext`` behind each response.
    on_shutdown: Called without arguments when the environment ends.
    on_snapshot: Called before SnapStart's snapshot, or the path of the app that gets a POST then.
    on_restore: The same after each restore.
    on_event: A handler, or handlers by source, for events other than HTTP requests.
    origins: The front doors to recognise: ``[MINE, *ORIGINS]``. Default: all of ours.
    """
    _run_web(app, "asgi", given(locals()))


def run_as_asgi(app: ASGIApp, environment: Environment | None, options: Mapping[str, object]) -> None:
    """``run_asgi`` for what is known to be an ASGI app. ``environment`` is None outside Lambda."""
    if environment is None:
        from .local import serve_asgi

        serve_asgi(app, load_config(options, os.environ))
        return
    from .._apps.asgi import asgi_function
    from .async_loop import run as serve

    try:
        config = _configure(environment, options)
        function = asgi_function(app, config)
    except BaseException as error:
        environment.fail_start(error)
    serve(environment, function, _async_hooks(config, environment), config)


def run_wsgi(
    app: types.WSGIApp | types.ASGIApp,
    *,
    invoke_mode: types.InvokeMode = UNSET,
    base_path: str = UNSET,
    root_path: str = UNSET,
    lifespan: types.LifespanMode = UNSET,
    pass_through_path: str | None = UNSET,
    pass_through_host: str = UNSET,
    trusted_proxies: int = UNSET,
    forwarded_host: str = UNSET,
    forwarded_proto: str = UNSET,
    body_encoding: types.BodyEncoding = UNSET,
    text_types: types.TextTypes = UNSET,
    fail_on_status: types.Statuses = UNSET,
    stream_empty_body: types.StreamEmptyBody = UNSET,
    authorization_source: str = UNSET,
    rival_keys: bool = UNSET,
    deadline_margin_ms: int = UNSET,
    access_log: bool = UNSET,
    graceful_shutdown: bool = UNSET,
    async_init: bool = UNSET,
    processes: types.Processes = UNSET,
    on_invocation_start: types.InvocationHook = UNSET,
    on_invocation_end: types.InvocationHook = UNSET,
    on_shutdown: types.ShutdownHook = UNSET,
    on_snapshot: types.SnapshotHook = UNSET,
    on_restore: types.SnapshotHook = UNSET,
    on_event: types.OnEvent = UNSET,
    origins: types.Origins = UNSET,
    **unknown: types.Never,
) -> None:
    """Serve a WSGI app: Flask, Django, Bottle, Falcon, Pyramid, or any other. An ASGI app is recognised by its
    signature and served as ``run_asgi`` serves it.

    On Lambda this is the function's runtime, without an event loop: it answers invocations until the environment ends,
    and exits with 1 where the Runtime API is gone. On Managed Instances it answers as many at once as the environment
    allows, each in a thread of its own. Elsewhere it serves the app with werkzeug's development server on ``HOST``
    (127.0.0.1) and ``PORT`` (8000).

    Raises ConfigurationError for a wrong option and for anything but an app.
    Follows https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html.

    Options; each but callables and objects also as environment variable ``LAMBDA_HTTP_ADAPTER_<NAME>``, which an
    argument overrides:

    invoke_mode: ``"buffered"``, or ``"response_stream"`` to send each chunk when the app produces it.
    base_path: A mount point such as ``"/v1"``: stripped from paths and moved to ``root_path``. Default ``""``.
    root_path: ``"auto"``: the stage on execute-api domains, then ``base_path``. Any other value replaces it.
    lifespan: ``"auto"``, ``"on"`` (an app without a lifespan fails at start) or ``"off"``.
    pass_through_path: The path that events other than HTTP requests are POSTed to, ``"/events"``. None: errors.
    pass_through_host: The ``Host`` of these requests, ``"localhost"``, for apps that check it.
    trusted_proxies: The number of proxies before the front door whose ``X-Forwarded-For`` entry is true. Default 0.
    forwarded_host: The request header with the host of the client's URL, if a proxy writes it. Default ``""``.
    forwarded_proto: The scheme of the client's URL, or the header that a proxy writes it to. Default ``""``.
    body_encoding: ``"auto"``, or ``"text"`` or ``"base64"`` for every response.
    text_types: Media types to send as text beside the known ones: ``"application/x-tex, model/*"``.
    fail_on_status: Statuses that fail the invocation: ``"500,502-504"``, or ints and ranges. Default: none.
    stream_empty_body: ``"newline"`` streams a line feed in place of an empty body. Default ``""``.
    authorization_source: The request header whose value becomes ``Authorization``. Default ``""``.
    rival_keys: Add the environ keys of apig-wsgi and serverless-wsgi, and Lambda Web Adapter's headers. Default False.
    deadline_margin_ms: Milliseconds before the function's time-out at which the app is ended: 504. Default: never.
    access_log: Log one line per answered request. Default False.
    graceful_shutdown: Ask Lambda for SIGTERM before the environment ends. Default True.
    async_init: Let a start that takes longer than 9.8 s go on into the first invocation. Default False.
    processes: The number of processes that share the invocations of a Managed Instance. Default: one per vCPU.
    on_invocation_start: Called with the ``LambdaContext`` before each invocation.
    on_invocation_end: Called with the ``LambdaContext`` behind each response.
    on_shutdown: Called without arguments when the environment ends.
    on_snapshot: Called before SnapStart's snapshot, or the path of the app that gets a POST then.
    on_restore: The same after each restore.
    on_event: A handler, or handlers by source, for events other than HTTP requests.
    origins: The front doors to recognise: ``[MINE, *ORIGINS]``. Default: all of ours.
    """
    _run_web(app, "wsgi", given(locals()))


def run_as_wsgi(app: WSGIApp, environment: Environment | None, options: Mapping[str, object]) -> None:
    """``run_wsgi`` for what is known to be a WSGI app. ``environment`` is None outside Lambda."""
    if environment is None:
        from .local import serve_wsgi

        serve_wsgi(app, load_config(options, os.environ))
        return
    from .._apps.wsgi import wsgi_function
    from .sync_loop import run as serve

    try:
        config = _configure(environment, options)
        function = wsgi_function(app, config, threads=not environment.alone, processes=environment.share is not None)
        hooks = _sync_hooks(config, environment)
    except BaseException as error:
        environment.fail_start(error)
    serve(environment, function, hooks, config)


def _run_web(app: ASGIApp | WSGIApp, asked: WebKind, options: Mapping[str, object]) -> None:
    """By what the app is, not by the function that it was given to."""
    from .._apps.exchange import web_kind

    environment = begin(os.environ, options)
    try:
        kind = web_kind(app, asked)
    except BaseException as error:
        if environment is not None:
            environment.fail_start(error)
        raise
    if kind == "asgi":
        run_as_asgi(cast("ASGIApp", app), environment, options)
    else:
        run_as_wsgi(cast("WSGIApp", app), environment, options)


def run_http(
    handler: types.HTTPHandler,
    *,
    invoke_mode: types.InvokeMode = UNSET,
    base_path: str = UNSET,
    root_path: str = UNSET,
    lifespan: types.LifespanMode = UNSET,
    pass_through_path: str | None = UNSET,
    pass_through_host: str = UNSET,
    trusted_proxies: int = UNSET,
    forwarded_host: str = UNSET,
    forwarded_proto: str = UNSET,
    body_encoding: types.BodyEncoding = UNSET,
    text_types: types.TextTypes = UNSET,
    fail_on_status: types.Statuses = UNSET,
    stream_empty_body: types.StreamEmptyBody = UNSET,
    authorization_source: str = UNSET,
    rival_keys: bool = UNSET,
    deadline_margin_ms: int = UNSET,
    access_log: bool = UNSET,
    graceful_shutdown: bool = UNSET,
    async_init: bool = UNSET,
    processes: types.Processes = UNSET,
    on_invocation_start: types.InvocationHook = UNSET,
    on_invocation_end: types.InvocationHook = UNSET,
    on_shutdown: types.ShutdownHook = UNSET,
    on_snapshot: types.SnapshotHook = UNSET,
    on_restore: types.SnapshotHook = UNSET,
    on_event: types.OnEvent = UNSET,
    origins: types.Origins = UNSET,
    **unknown: types.Never,
) -> None:
    """Serve a function of a ``werkzeug.Request``, sync or async, whatever HTTP front door the request comes through.

    A parameter with another annotation is given the body, decoded from JSON to that type; ``bytes`` and ``str`` are the
    body as it is. A body that doesn't fit is answered with 422, and the path of the field that is wrong.

    It may return a ``str``, ``bytes``, a ``dict`` or ``list`` for JSON, ``None`` for 204, an iterator to stream, a
    werkzeug ``Response``, any other WSGI app, and ``(body, status)`` or ``(body, status, headers)``. A werkzeug
    ``HTTPException`` that it raises is the response.

    On Lambda this is the function's runtime, as ``run_wsgi`` and ``run_asgi`` are. Elsewhere a sync handler is served
    with werkzeug's development server and an async one with uvicorn, on ``HOST`` (127.0.0.1) and ``PORT`` (8000).

    Options; each but callables and objects also as environment variable ``LAMBDA_HTTP_ADAPTER_<NAME>``, which an
    argument overrides:

    invoke_mode: ``"buffered"``, or ``"response_stream"`` to send each chunk when the app produces it.
    base_path: A mount point such as ``"/v1"``: stripped from paths and moved to ``root_path``. Default ``""``.
    root_path: ``"auto"``: the stage on execute-api domains, then ``base_path``. Any other value replaces it.
    lifespan: ``"auto"``, ``"on"`` (an app without a lifespan fails at start) or ``"off"``.
    pass_through_path: The path that events other than HTTP requests are POSTed to, ``"/events"``. None: errors.
    pass_through_host: The ``Host`` of these requests, ``"localhost"``, for apps that check it.
    trusted_proxies: The number of proxies before the front door whose ``X-Forwarded-For`` entry is true. Default 0.
    forwarded_host: The request header with the host of the client's URL, if a proxy writes it. Default ``""``.
    forwarded_proto: The scheme of the client's URL, or the header that a proxy writes it to. Default ``""``.
    body_encoding: ``"auto"``, or ``"text"`` or ``"base64"`` for every response.
    text_types: Media types to send as text beside the known ones: ``"application/x-tex, model/*"``.
    fail_on_status: Statuses that fail the invocation: ``"500,502-504"``, or ints and ranges. Default: none.
    stream_empty_body: ``"newline"`` streams a line feed in place of an empty body. Default ``""``.
    authorization_source: The request header whose value becomes ``Authorization``. Default ``""``.
    rival_keys: Add the environ keys of apig-wsgi and serverless-wsgi, and Lambda Web Adapter's headers. Default False.
    deadline_margin_ms: Milliseconds before the function's time-out at which the app is ended: 504. Default: never.
    access_log: Log one line per answered request. Default False.
    graceful_shutdown: Ask Lambda for SIGTERM before the environment ends. Default True.
    async_init: Let a start that takes longer than 9.8 s go on into the first invocation. Default False.
    processes: The number of processes that share the invocations of a Managed Instance. Default: one per vCPU.
    on_invocation_start: Called with the ``LambdaContext`` before each invocation.
    on_invocation_end: Called with the ``LambdaContext`` behind each response.
    on_shutdown: Called without arguments when the environment ends.
    on_snapshot: Called before SnapStart's snapshot, or the path of the app that gets a POST then.
    on_restore: The same after each restore.
    on_event: A handler, or handlers by source, for events other than HTTP requests.
    origins: The front doors to recognise: ``[MINE, *ORIGINS]``. Default: all of ours.
    """
    options = given(locals())
    environment = begin(os.environ, options)
    try:
        from .._apps.http import asgi_app, prepare, wsgi_app
        from .._apps.signature import is_async

        prepared = prepare(handler)
    except BaseException as error:
        if environment is not None:
            environment.fail_start(error)
        raise
    if is_async(handler):
        run_as_asgi(asgi_app(prepared), environment, options | {"lifespan": "off"})
    else:
        run_as_wsgi(wsgi_app(prepared), environment, options)


def run(
    handler: types.PlainHandler,
    *,
    layers: types.Layers = (),
    deadline_margin_ms: int = UNSET,
    access_log: bool = UNSET,
    graceful_shutdown: bool = UNSET,
    async_init: bool = UNSET,
    processes: types.Processes = UNSET,
    on_invocation_start: types.InvocationHook = UNSET,
    on_invocation_end: types.InvocationHook = UNSET,
    on_shutdown: types.ShutdownHook = UNSET,
    on_snapshot: types.SnapshotHook = UNSET,
    on_restore: types.SnapshotHook = UNSET,
    **unknown: types.Never,
) -> None:
    """Serve a handler of any events: a function of the event, the context, both or neither, sync or async; or an object
    with ``invoke(payload, context)``.

    The event is decoded to what the handler's annotation asks for, and the result encoded as JSON; bytes are sent as
    they are, an iterator or file of bytes as a stream. A layer takes the next handler and returns one around it, each
    of them ``handler(event, context)``; the first is the outermost.

    On Lambda this is the function's runtime: it answers invocations until the environment ends. Raises
    ConfigurationError outside Lambda. Follows https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html.

    Options; each but callables and objects also as environment variable ``LAMBDA_HTTP_ADAPTER_<NAME>``, which an
    argument overrides:

    deadline_margin_ms: Milliseconds before the function's time-out at which the app is ended: 504. Default: never.
    access_log: Log one line per answered request. Default False.
    graceful_shutdown: Ask Lambda for SIGTERM before the environment ends. Default True.
    async_init: Let a start that takes longer than 9.8 s go on into the first invocation. Default False.
    processes: The number of processes that share the invocations of a Managed Instance. Default: one per vCPU.
    on_invocation_start: Called with the ``LambdaContext`` before each invocation.
    on_invocation_end: Called with the ``LambdaContext`` behind each response.
    on_shutdown: Called without arguments when the environment ends.
    on_snapshot: Called before SnapStart's snapshot, or the path of the app that gets a POST then.
    on_restore: The same after each restore.
    """
    options = given(locals())
    environment = begin(os.environ, options)
    if environment is None:
        from .local import not_on_lambda

        raise not_on_lambda(handler)
    from .._apps.handler import prepare

    try:
        config = _configure(environment, options)
        if config.hook_paths():
            raise ConfigurationError("on_snapshot and on_restore can be paths of an app only; a handler has none.")
        prepared = prepare(handler, layers)
        if not prepared.is_async:
            hooks = _sync_hooks(config, environment)
    except BaseException as error:
        environment.fail_start(error)
    if prepared.is_async:
        from .._apps.handler import AsyncHandlerFunction
        from .async_loop import run as serve_async

        serve_async(
            environment,
            traced_async(AsyncHandlerFunction(prepared, config), config, is_web=False),
            _async_hooks(config, environment),
            config,
        )
    else:
        from .._apps.handler import HandlerFunction
        from .sync_loop import run as serve_sync

        serve_sync(environment, traced(HandlerFunction(prepared, config), config, is_web=False), hooks, config)


def _configure(environment: Environment, options: Mapping[str, object]) -> Config:
    """The configuration on Lambda; raises ConfigurationError."""
    config = load_config(options, os.environ)
    if config.async_init:
        environment.poll_in_time(config)
    if environment.managed and config.deadline_margin_ms is None:
        # A time-out ends no process here: the work would go on, and its poller be lost for as long.
        config = config.but(deadline_margin_ms=0)
    return config


def _sync_hooks(config: Config, environment: Environment) -> SyncHooks | None:
    """Raises ConfigurationError for an async hook."""
    if not has_hooks(config):
        return None
    from .hooks import SyncHooks

    return SyncHooks(config, not environment.several)


def _async_hooks(config: Config, environment: Environment) -> AsyncHooks | None:
    if not has_hooks(config):
        return None
    from .hooks import AsyncHooks

    return AsyncHooks(config, not environment.several)
