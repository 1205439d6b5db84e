"""Configuration: options and environment variables, read once before the first invocation."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NoReturn, cast
from urllib.parse import unquote

from ..errors import ConfigurationError

PREFIX = "LAMBDA_HTTP_ADAPTER_"


class _Unset:
    def __repr__(self) -> str:
        return "UNSET"


UNSET: Any = _Unset()
"""The default of every option in a signature: the environment variable counts, or the default of ``Config``."""


class Config:
    """The options of ``run_*`` and ``*_handler``.

    Each option is taken from the first of these that gives it: the argument, the environment variable
    ``LAMBDA_HTTP_ADAPTER_<NAME>`` (``LAMBDA_HTTP_ADAPTER_INVOKE_MODE``, say), the environment variable that Lambda Web
    Adapter has for the same purpose, the default below. An option that is a callable or an object has no environment
    variable. In a variable, a flag is ``true``, ``1``, ``false``, ``0`` or empty.
    """

    invoke_mode: str = "buffered"
    """``"buffered"`` sends a response when it is complete. ``"response_stream"`` sends each chunk when the app
    produces it.

    Streaming needs a Function URL with InvokeMode ``RESPONSE_STREAM`` or a REST API with responseTransferMode
    ``STREAM``. Events don't show how their front door is configured, so this option must match its configuration. Other
    front doors get a buffered response. The value may be in upper case.

    Environment: ``LAMBDA_HTTP_ADAPTER_INVOKE_MODE``, ``AWS_LWA_INVOKE_MODE``.
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html
    https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
    """

    base_path: str = ""
    """A path prefix that isn't part of the app's routes, such as an API mapping key or the path of an ALB rule.

    It is moved from the start of a request's path to ``root_path`` (ASGI) or ``SCRIPT_NAME`` (WSGI). It matches whole
    segments only; a request without it is unchanged. The servers that run an app outside Lambda do the same.

    Environment: ``LAMBDA_HTTP_ADAPTER_BASE_PATH``, ``AWS_LWA_REMOVE_BASE_PATH``.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mappings.html
    """

    root_path: str = "auto"
    """``root_path`` (ASGI) or ``SCRIPT_NAME`` (WSGI): the prefix of the URLs that the app generates.

    ``"auto"`` is the stage on execute-api domains, followed by ``base_path``. Any other value replaces it, ``""`` too:
    set one if a CDN in front of the function adds or removes a prefix. The ``root_path`` of a FastAPI app itself
    replaces this option, because FastAPI lets nothing else reach its routes.

    Environment: ``LAMBDA_HTTP_ADAPTER_ROOT_PATH``.
    """

    lifespan: str = "auto"
    """The ASGI lifespan protocol. ``"auto"`` runs it if the app supports it, ``"on"`` fails at start-up if the app
    doesn't, ``"off"`` never runs it.

    Environment: ``LAMBDA_HTTP_ADAPTER_LIFESPAN``.
    https://asgi.readthedocs.io/en/latest/specs/lifespan.html
    """

    pass_through_path: str | None = "/events"
    """The path to which events that aren't HTTP requests (from SQS, a schedule …) are sent, as a POST of their JSON.

    With None, or an empty environment variable, such an event is an error. Warm-up pings (an empty object, and those
    of serverless-plugin-warmup and lambda-warmer) are answered without the app.

    Environment: ``LAMBDA_HTTP_ADAPTER_PASS_THROUGH_PATH``, ``AWS_LWA_PASS_THROUGH_PATH``.
    """

    pass_through_host: str = "localhost"
    """The ``Host`` header of these requests, for apps that check it (Django's ``ALLOWED_HOSTS``).

    Environment: ``LAMBDA_HTTP_ADAPTER_PASS_THROUGH_HOST``.
    """

    trusted_proxies: int = 0
    """The number of proxies in front of the front door that append their caller's address to ``X-Forwarded-For``; 1 for
    CloudFront. They determine which entry of it is the client.

    With 0 the client is the front door's own caller. Use more only if clients can't reach the front door past the
    proxies: they could forge the entry.

    Environment: ``LAMBDA_HTTP_ADAPTER_TRUSTED_PROXIES``.
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html
    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html
    """

    forwarded_host: bytes = b""
    """The name of a request header with the host of the client's URL, such as ``"x-forwarded-host"``: ``Host`` and
    ``server`` are its first entry, so that the URLs an app makes lead to the proxy and not past it.

    No front door writes such a header: a proxy has to, such as a CloudFront function, and clients must not be able to
    reach the front door past it.

    Environment: ``LAMBDA_HTTP_ADAPTER_FORWARDED_HOST``.
    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-event-structure.html
    """

    forwarded_proto: bytes = b""
    """The scheme of the client's URL: ``"https"``, ``"http"``, or the name of a request header that has it, such as
    ``"cloudfront-forwarded-proto"``. It replaces what the front door says; a header that is absent changes nothing.

    For a VPC Lattice service with an HTTPS listener, whose events don't tell the scheme, and behind a proxy that talks
    HTTP to the front door.

    Environment: ``LAMBDA_HTTP_ADAPTER_FORWARDED_PROTO``.
    """

    body_encoding: str = "auto"
    """How response bodies are put into JSON. ``"auto"`` sends text as text and anything else as base64.

    ``"text"`` is for a REST API without ``binaryMediaTypes``: a body is base64 only if it isn't UTF-8. ``"base64"`` is
    for one with ``*/*``: every body is base64. The header ``x-lambda-body-encoding`` sets it for one response, and is
    not sent to the client.

    Environment: ``LAMBDA_HTTP_ADAPTER_BODY_ENCODING``.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/lambda-proxy-binary-media.html
    """

    text_types: frozenset[str] = frozenset()
    """Media types whose bodies ``body_encoding="auto"`` sends as text if they are UTF-8, beside those that it knows,
    such as ``"application/x-tex, model/*"`` or a list.

    Environment: ``LAMBDA_HTTP_ADAPTER_TEXT_TYPES``.
    """

    fail_on_status: frozenset[int] = frozenset()
    """Response statuses that fail the invocation, so that Lambda's error metric counts them and an asynchronous
    invocation is retried. As a text such as ``"500,502-504"``.

    Environment: ``LAMBDA_HTTP_ADAPTER_FAIL_ON_STATUS``, ``AWS_LWA_ERROR_STATUS_CODES``.
    https://docs.aws.amazon.com/lambda/latest/dg/invocation-retries.html
    """

    stream_empty_body: str = ""
    """What a streamed response consists of if the app sends an empty body: nothing, or with ``"newline"`` a line feed.

    In some AWS accounts a stream without a byte behind its head never ends: the client has the status and waits until
    the function's time-out or its own. One byte cures it. It is in every response without a body, redirects too; after
    a HEAD, or with the status 204 or 304, the front door drops it. A response with a ``Content-Encoding`` gets none,
    because no coding's data is a line feed.

    Environment: ``LAMBDA_HTTP_ADAPTER_STREAM_EMPTY_BODY``.
    https://github.com/aws/aws-lambda-nodejs-runtime-interface-client/issues/95
    """

    authorization_source: bytes = b""
    """The name of a request header whose value becomes ``Authorization``, which a front door with IAM authentication
    uses itself.

    Environment: ``LAMBDA_HTTP_ADAPTER_AUTHORIZATION_SOURCE``, ``AWS_LWA_AUTHORIZATION_SOURCE``.
    https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
    """

    rival_keys: bool = False
    """Add the environ keys of apig-wsgi and serverless-wsgi, and the request headers of Lambda Web Adapter
    (``x-amzn-request-context``, ``x-amzn-lambda-context``, ``x-amz-tenant-id``), so that an app can migrate from them
    step by step. What a client sends by these names never reaches an app.

    Environment: ``LAMBDA_HTTP_ADAPTER_RIVAL_KEYS``.
    """

    deadline_margin_ms: int | None = None
    """End the app this many milliseconds before the function's timeout, so that it can clean up and the client gets a
    response: 504, or an error at the end of a stream that has begun. The invocation of a handler fails.

    None leaves the timeout to Lambda. On Managed Instances, where a timeout doesn't end the process, the default for
    ASGI apps is 0. WSGI apps run in threads there, which can't be interrupted: the option has no effect on them, unless
    there is a process for each invocation.

    Environment: ``LAMBDA_HTTP_ADAPTER_DEADLINE_MARGIN_MS``.
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html
    """

    access_log: bool = False
    """Log one line per request: method, path, status, size in bytes, duration in milliseconds. For a handler of events:
    its name, ``ok`` or the type of its error, size, duration.

    Environment: ``LAMBDA_HTTP_ADAPTER_ACCESS_LOG``.
    """

    graceful_shutdown: bool = True
    """Register an internal extension, so that Lambda sends SIGTERM before it ends the environment: the lifespan's
    shutdown and ``on_shutdown`` run then. The registration takes two requests at start-up.

    Turn it off if another extension has the name ``lambda-http-adapter``, or to save that time.

    Environment: ``LAMBDA_HTTP_ADAPTER_GRACEFUL_SHUTDOWN``.
    https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
    """

    async_init: bool = False
    """Let a start that takes longer than 9.8 s, counted from the start of the process, go on into the first invocation,
    which waits for it. Without this, Lambda ends the init phase after 10 s and begins another, within the function's
    time-out and billed.

    The start is the lifespan's startup, and with ``lambda-http-adapter run`` also the import of the app; set the
    variable then. If it fails after that time, the first invocation fails, and the environment ends. Ignored where the
    init phase may take longer: under SnapStart and provisioned concurrency, and on Managed Instances.

    Environment: ``LAMBDA_HTTP_ADAPTER_ASYNC_INIT``, ``AWS_LWA_ASYNC_INIT``.
    https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
    """

    processes: int | str = "auto"
    """The number of processes that share the invocations of a Lambda Managed Instance, at most one per invocation that
    it may run at once. ``"auto"``: one per vCPU. Elsewhere one invocation runs at a time, in one process.

    ``lambda-http-adapter run`` forks before it imports the app, by the variable. ``run_*`` run the program again for
    each process, because what an import has opened can't be shared.

    Environment: ``LAMBDA_HTTP_ADAPTER_PROCESSES``.
    https://docs.aws.amazon.com/lambda/latest/dg/lambda-managed-instances.html
    """

    on_invocation_start: Callable[..., object] | None = None
    """Called with the ``LambdaContext`` before each invocation. It may be async if the app is."""

    on_invocation_end: Callable[..., object] | None = None
    """Called with the ``LambdaContext`` after each response is sent and before the next invocation. The client doesn't
    wait for it: flush telemetry here. It may be async if the app is. A ``*_handler`` calls it before it returns the
    response, so there the client waits."""

    on_shutdown: Callable[..., object] | None = None
    """Called without arguments when the environment ends. It may be async if the app is."""

    on_snapshot: Callable[..., object] | str | None = None
    """Called without arguments before SnapStart takes its snapshot, ahead of the hooks that are registered with
    ``snapshot_restore_py``: close connections here. It may be async if the app is.

    A path such as ``"/before-snapshot"`` gets a POST instead, which must be answered with 2xx; clients are answered 403
    there. If it fails, the environment ends.

    Environment: ``LAMBDA_HTTP_ADAPTER_ON_SNAPSHOT``, ``AWS_LWA_SNAPSTART_BEFORE_CHECKPOINT_PATH``.
    https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks.html
    """

    on_restore: Callable[..., object] | str | None = None
    """The same after each restore, behind the registered hooks: connect and fetch credentials anew here. Lambda gives
    them 10 s together.

    Environment: ``LAMBDA_HTTP_ADAPTER_ON_RESTORE``, ``AWS_LWA_SNAPSTART_AFTER_RESTORE_PATH``.
    """

    on_event: object = None
    """Handles events that aren't HTTP requests, in a function that serves a queue as well as HTTP.

    A handler as for ``run``, or a dict of handlers by the source of the event (``"sqs"``, ``"s3"``, ``"eventbridge"``,
    ``"cognito"`` …), with ``"*"`` for all others. Without it, events of other sources go to ``pass_through_path``.

    https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html
    """

    origins: tuple[object, ...] | None = None
    """The ``Origin`` objects that events are matched against, such as ``[MINE, *ORIGINS]``. None: the built-in ones."""

    def __init__(self, **options: object) -> None:
        vars(self).update(options)

    def has_hooks(self) -> bool:
        hooks = (self.on_invocation_start, self.on_invocation_end, self.on_shutdown)
        return any(hook is not None for hook in hooks)

    def hook_paths(self) -> frozenset[str]:
        """The paths of the app that only SnapStart may call."""
        return frozenset(hook for hook in (self.on_snapshot, self.on_restore) if isinstance(hook, str))

    def but(self, **options: object) -> "Config":
        """A copy with other values for some options."""
        return Config(**(vars(self) | options))


def given(arguments: Mapping[str, object]) -> dict[str, object]:
    """The options among the arguments of a function: those that its caller has set, and ``unknown`` ones."""
    options = {name: value for name, value in arguments.items() if name in _PARSERS and value is not UNSET}
    return options | cast("dict[str, object]", arguments.get("unknown", {}))


def load_config(options: Mapping[str, object], environ: Mapping[str, str]) -> Config:
    """The configuration by ``options`` (the arguments) and ``environ``.

    Raises ConfigurationError for an unknown option or environment variable of ours, and for a wrong value: with its
    source and what is expected.
    """
    for name in options:
        if name not in _PARSERS:
            _refuse("option", name, _PARSERS)
    for variable in environ:
        if variable.startswith(PREFIX) and variable.removeprefix(PREFIX).lower() not in _PARSERS:
            _refuse("environment variable", variable, [PREFIX + name.upper() for name in _PARSERS])
    values: dict[str, object] = {}
    for name, parse in _PARSERS.items():
        source, value = _lookup(name, options, environ)
        if source is None:
            continue
        try:
            values[name] = parse(value)
        except (ValueError, TypeError) as error:
            raise ConfigurationError(f"{source} is {value!r}; expected {error}.") from error
    return Config(**values)


def _refuse(kind: str, name: str, known: Iterable[str]) -> NoReturn:
    from difflib import get_close_matches

    near = get_close_matches(name, known, 1)
    remedy = f"did you mean {near[0]!r}?" if near else f"expected one of: {', '.join(known)}."
    raise ConfigurationError(f"Unknown {kind} {name!r}; {remedy}")


def _lookup(name: str, options: Mapping[str, object], environ: Mapping[str, str]) -> tuple[str | None, object]:
    """Where the option is given and its value; None if it isn't given."""
    if name in options:
        return f"The option {name}", options[name]
    for variable in (PREFIX + name.upper(), _FALLBACKS.get(name, "")):
        if variable in environ:
            return f"The environment variable {variable}", environ[variable]
    return None, None


def _path(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("a path such as '/v1'")
    path = unquote(value).strip("/")
    return "/" + path if path else ""


def _root_path(value: object) -> str:
    return "auto" if value == "auto" else _path(value)


def _optional_path(value: object) -> str | None:
    if value in (None, ""):
        return None
    return _path(value) or "/"


def _host(value: object) -> str:
    if not isinstance(value, str) or not value.isascii() or not value.isprintable() or not value or " " in value:
        raise TypeError("a host such as 'example.com'")
    return value


def _choice(*allowed: str) -> Callable[[object], str]:
    def parse(value: object) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise ValueError("one of " + ", ".join(map(repr, allowed)))
        return value

    return parse


def _invoke_mode(value: object) -> str:
    # In upper or lower case, because a Function URL's InvokeMode is in upper case.
    if isinstance(value, str):
        value = value.lower()
    return _choice("buffered", "response_stream")(value)


def _count(value: object) -> int:
    return _whole_number(value, 0, "a whole number, 0 or more")


def _processes(value: object) -> int | str:
    return "auto" if value == "auto" else _whole_number(value, 1, "'auto' or a whole number, 1 or more")


def _whole_number(value: object, least: int, expected: str) -> int:
    if isinstance(value, str) and value.isdecimal() and len(value) <= _DIGITS:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise ValueError(expected)
    return int(value)


def _media_types(value: object) -> frozenset[str]:
    names = value.split(",") if isinstance(value, str) else value
    if not isinstance(names, list | tuple | frozenset) or not all(isinstance(name, str) for name in names):
        raise TypeError("media types such as 'application/x-tex, model/*'")
    types = frozenset(name.strip().lower() for name in names if name.strip())
    if not all("/" in name for name in types):
        raise ValueError("media types such as 'application/x-tex, model/*'")
    return types


_DIGITS = 18  # int() refuses thousands of them with a sentence of its own


def _statuses(value: object) -> frozenset[int]:
    if isinstance(value, str):
        return frozenset().union(*map(_status_range, filter(None, value.replace(" ", "").split(","))))
    if isinstance(value, range):
        if not all(100 <= status <= 599 for status in value):
            raise ValueError(_STATUSES)
        return frozenset(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return frozenset(_status_range(str(value)))
    if isinstance(value, list | tuple | set | frozenset):
        return frozenset().union(*map(_statuses, value))
    raise TypeError(_STATUSES)


def _status_range(text: str) -> range:
    first, dash, last = text.partition("-")
    if not dash:
        last = first
    if not (_is_status(first) and _is_status(last) and int(first) <= int(last)):
        raise ValueError(_STATUSES)
    return range(int(first), int(last) + 1)


_STATUSES = "statuses from 100 to 599 such as '500,502-504'"


def _is_status(text: str) -> bool:
    return text.isdecimal() and len(text) == 3 and 100 <= int(text) <= 599


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("1", "true", "True"):
        return True
    if value in ("", "0", "false", "False"):
        return False
    raise ValueError("'true' or 'false'")


def _header_name(value: object) -> bytes:
    if not isinstance(value, str) or not value.isascii():
        raise TypeError("a header name")
    return value.strip().lower().encode("ascii")


def _callable(value: object) -> object:
    if not callable(value):
        raise TypeError("a callable, as an argument")
    return value


def _callable_or_path(value: object) -> object:
    if value is None or isinstance(value, str):
        return _optional_path(value)
    if not callable(value):
        raise TypeError("a callable, as an argument, or a path such as '/snapshot'")
    return value


def _handlers(value: object) -> object:
    if isinstance(value, str):
        raise TypeError("a handler or a dict of them, as an argument")
    return value


def _origins(value: object) -> tuple[object, ...]:
    if not isinstance(value, list | tuple) or not all(hasattr(origin, "matches") for origin in value):
        raise TypeError("a list of Origin")
    return tuple(value)


_PARSERS: dict[str, Callable[[object], object]] = {
    "invoke_mode": _invoke_mode,
    "base_path": _path,
    "root_path": _root_path,
    "lifespan": _choice("auto", "on", "off"),
    "pass_through_path": _optional_path,
    "pass_through_host": _host,
    "trusted_proxies": _count,
    "forwarded_host": _header_name,
    "forwarded_proto": _header_name,
    "body_encoding": _choice("auto", "text", "base64"),
    "text_types": _media_types,
    "fail_on_status": _statuses,
    "stream_empty_body": _choice("", "newline"),
    "authorization_source": _header_name,
    "rival_keys": _flag,
    "deadline_margin_ms": _count,
    "access_log": _flag,
    "graceful_shutdown": _flag,
    "async_init": _flag,
    "processes": _processes,
    "on_invocation_start": _callable,
    "on_invocation_end": _callable,
    "on_shutdown": _callable,
    "on_snapshot": _callable_or_path,
    "on_restore": _callable_or_path,
    "on_event": _handlers,
    "origins": _origins,
}

_FALLBACKS = {
    "invoke_mode": "AWS_LWA_INVOKE_MODE",
    "base_path": "AWS_LWA_REMOVE_BASE_PATH",
    "pass_through_path": "AWS_LWA_PASS_THROUGH_PATH",
    "fail_on_status": "AWS_LWA_ERROR_STATUS_CODES",
    "authorization_source": "AWS_LWA_AUTHORIZATION_SOURCE",
    "async_init": "AWS_LWA_ASYNC_INIT",
    "on_snapshot": "AWS_LWA_SNAPSTART_BEFORE_CHECKPOINT_PATH",
    "on_restore": "AWS_LWA_SNAPSTART_AFTER_RESTORE_PATH",
}
