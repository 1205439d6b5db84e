"""Apps as plain handlers, for AWS's managed Python runtime and whatever wraps its handlers.

https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html
"""

from __future__ import annotations

import os
from contextvars import copy_context
from typing import TYPE_CHECKING, cast

from .._apps import has_hooks
from .._values import Deferred
from .._values.config import UNSET, given, load_config
from ..errors import ConfigurationError
from .managed_calls import ServedInCaller, ServedInLoop

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .. import _types as types
    from .._apps.kind import WebKind
    from .._types import ASGIApp, Handler, WSGIApp
    from .._values.config import Config
    from .._values.context import LambdaContext
    from .hooks import AsyncHooks, SyncHooks
else:
    # Imported when a tool asks what the signatures name, as typing.get_type_hints() does.
    types = Deferred("lambda_http_adapter._types")


def asgi_handler(
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
) -> types.Handler:
    """An ASGI app as ``handler(event, context)``. A WSGI app is recognised by its signature and called as
    ``wsgi_handler`` calls it.

    The app's lifespan starts once, on Lambda now, which is the init phase, elsewhere at the first call, and ends with
    the process, before ``on_shutdown``. All calls share one event loop; calls from several threads wait for each other.
    The response is buffered.

    Raises ConfigurationError for a wrong option and for anything but an app. The handler raises it where its thread has
    a running event loop already.

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
    return _web_handler(app, "asgi", given(locals()))


def wsgi_handler(
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
) -> types.Handler:
    """A WSGI app as ``handler(event, context)``. An ASGI app is recognised by its signature and called as
    ``asgi_handler`` calls it.

    Calls from several threads are independent. ``on_shutdown`` is called when the process ends. The response is
    buffered.
    Raises ConfigurationError for a wrong option and for anything but an app.

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
    return _web_handler(app, "wsgi", given(locals()))


def http_handler(
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
) -> types.Handler:
    """A function of a ``werkzeug.Request``, its body or both as ``handler(event, context)``: what ``run_http`` serves,
    buffered.

    An async one is called like an app of ``asgi_handler``, a sync one like an app of ``wsgi_handler``. Raises
    ConfigurationError for a wrong option, and for what can't be called with a request.

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
    from .._apps.http import asgi_app, prepare, wsgi_app
    from .._apps.signature import is_async

    prepared = prepare(handler)
    if is_async(handler):
        return _asgi_handler(asgi_app(prepared), options | {"lifespan": "off"})
    return _wsgi_handler(wsgi_app(prepared), options)


def _web_handler(app: ASGIApp | WSGIApp, asked: WebKind, options: Mapping[str, object]) -> Handler:
    """By what the app is, not by the function that it was given to."""
    from .._apps.exchange import web_kind

    if web_kind(app, asked) == "asgi":
        return _asgi_handler(cast("ASGIApp", app), options)
    return _wsgi_handler(cast("WSGIApp", app), options)


def _asgi_handler(app: ASGIApp, options: Mapping[str, object]) -> Handler:
    from .._apps.asgi import asgi_function

    config = _buffered_config(options)
    served = ServedInLoop(asgi_function(app, config), _async_hooks(config))
    if "AWS_LAMBDA_RUNTIME_API" in os.environ:
        served.start()
    _register_hooks(config, served)

    def handler(event: object, context: object) -> object:
        return served.call(event, context)

    return handler


def _wsgi_handler(app: WSGIApp, options: Mapping[str, object]) -> Handler:
    from .._apps.wsgi import wsgi_function

    config = _buffered_config(options)
    served = ServedInCaller(wsgi_function(app, config), _sync_hooks(config))
    _register_hooks(config, served)

    def handler(event: object, context: object) -> object:
        # In a context of its own: what the app puts in a ContextVar must not be there for the next client.
        return copy_context().run(served.call, event, cast("LambdaContext", context))

    return handler


def _register_hooks(config: Config, served: ServedInLoop | ServedInCaller) -> None:
    """``on_snapshot`` and ``on_restore``, with the package by which AWS's runtime learns of SnapStart hooks."""
    if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") != "snap-start":
        return
    if config.on_snapshot is not None:
        from snapshot_restore_py import register_before_snapshot

        register_before_snapshot(served.call_hook, config.on_snapshot)
    if config.on_restore is not None:
        from snapshot_restore_py import register_after_restore

        register_after_restore(served.call_hook, config.on_restore)


def _buffered_config(options: Mapping[str, object]) -> Config:
    config = load_config(options, os.environ)
    if config.invoke_mode != "buffered":
        raise ConfigurationError(
            "A handler of AWS's Python runtime can't stream: that runtime sends the whole answer at once. To stream, "
            "run the app with run_asgi() or run_wsgi() as a container's entry point, or keep the managed runtime and "
            "replace its loop: `python -m lambda_http_adapter wrapper` writes the AWS_LAMBDA_EXEC_WRAPPER for that."
        )
    return config


def _async_hooks(config: Config) -> AsyncHooks | None:
    if not has_hooks(config):
        return None
    from .hooks import AsyncHooks

    return AsyncHooks(config, alone=True)


def _sync_hooks(config: Config) -> SyncHooks | None:
    """Raises ConfigurationError for an async hook."""
    if not has_hooks(config):
        return None
    from .hooks import SyncHooks

    return SyncHooks(config, alone=True)
