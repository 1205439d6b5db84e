"""Options and environment variables become one value, once, before the first invocation."""

from collections.abc import Callable, Mapping
from urllib.parse import unquote

from ..errors import ConfigurationError

PREFIX = "LAMBDA_HTTP_ADAPTER_"


class Config:
    """What was configured.

    Each option is an argument of ``run_*`` and ``*_handler``, else the environment variable
    ``LAMBDA_HTTP_ADAPTER_<NAME>``, else the variable that Lambda Web Adapter reads for the same thing.
    """

    invoke_mode: str = "buffered"
    """``"response_stream"`` sends each chunk to the client as the app makes it, where the origin can: Function URLs
    with InvokeMode RESPONSE_STREAM, REST APIs with responseTransferMode STREAM. Nothing in an event tells: the two
    configurations must agree. Also ``AWS_LWA_INVOKE_MODE``."""

    base_path: str = ""
    """A mount point in front of the app's own paths (an API mapping key, an ALB path rule): stripped once, whole
    segments only, and moved to ``root_path``/``SCRIPT_NAME``. Also ``AWS_LWA_REMOVE_BASE_PATH``."""

    root_path: str = "auto"
    """``"auto"``: the stage on execute-api domains plus ``base_path``. Anything else replaces it, ``""`` too:
    for who fronts the function with a CDN that adds or removes a prefix."""

    lifespan: str = "auto"
    """ASGI lifespan: ``"auto"`` (unsupported is fine), ``"on"`` (unsupported is an init error) or ``"off"``."""

    pass_through_path: str | None = "/events"
    """Where events that no HTTP origin claims are POSTed; None makes them errors. In the environment the empty string
    is None. Also ``AWS_LWA_PASS_THROUGH_PATH``."""

    trusted_proxies: int = 0
    """How many proxies in front of an ALB or Lattice service add a true ``X-Forwarded-For`` entry (CloudFront: 1)."""

    body_encoding: str = "auto"
    """``"text"`` or ``"base64"`` for every response body whatever its type: for a REST API that has no
    ``binaryMediaTypes`` and one that has ``*/*``."""

    fail_on_status: frozenset[int] = frozenset()
    """Statuses such as ``"500,502-504"`` that fail the invocation instead of being answered, so that alarms and
    retries see them. Also ``AWS_LWA_ERROR_STATUS_CODES``."""

    authorization_source: bytes = b""
    """The request header whose value becomes ``Authorization``: where an IAM-signed front door needs that name for
    itself. Also ``AWS_LWA_AUTHORIZATION_SOURCE``."""

    rival_keys: bool = False
    """Add the keys of apig-wsgi and serverless-wsgi to the environ: for moving from them one step at a time."""

    deadline_margin_ms: int | None = None
    """Milliseconds before Lambda's own time-out at which the app is cancelled and the client answered 504, or its
    stream ended with an error: for who must clean up, and for clients that can read a 504 but not a 502."""

    access_log: bool = False
    """One line in the log for each request: method, path, status, bytes, milliseconds."""

    graceful_shutdown: bool = True
    """Ask Lambda for SIGTERM before the environment ends, by registering an extension: the lifespan's shutdown and
    ``on_shutdown`` run then. Off for who registers one under the same name, or counts every millisecond of init."""

    on_invocation_start: Callable[..., object] | None = None
    """Called with the LambdaContext before each invocation; sync, or async where there is an event loop."""

    on_invocation_end: Callable[..., object] | None = None
    """The same behind each answer and before the next invocation, for flushing telemetry: the client doesn't wait."""

    on_shutdown: Callable[..., object] | None = None
    """Called without arguments when the environment ends."""

    on_event: object = None
    """What handles the events that no HTTP origin claims: a handler as ``run`` takes it, or a dict of them by the
    source of the event (``"sqs"``, ``"sns"``, ``"s3"``, ``"dynamodb"``, ``"kinesis"``, ``"eventbridge"`` …), the others
    going where ``pass_through_path`` says. For who serves a queue and HTTP from one deployment."""

    origins: tuple[object, ...] | None = None
    """The ``Origin`` objects to recognise instead of the built-in ones: ``[MINE, *ORIGINS]``."""

    def __init__(self, **options: object) -> None:
        vars(self).update(options)

    def but(self, **options: object) -> "Config":
        """The same with other values for some options."""
        return Config(**(vars(self) | options))


def load_config(options: Mapping[str, object], environ: Mapping[str, str]) -> Config:
    """Check and merge; raises ConfigurationError that names the option, its value and what would do."""
    unknown = options.keys() - _PARSERS.keys()
    if unknown:
        raise ConfigurationError(
            f"Unknown option {', '.join(map(repr, sorted(unknown)))}; there are: {', '.join(_PARSERS)}."
        )
    values: dict[str, object] = {}
    for name, parse in _PARSERS.items():
        source, value = _lookup(name, options, environ)
        if source is None:
            continue
        try:
            values[name] = parse(value)
        except (ValueError, TypeError, AttributeError) as error:
            raise ConfigurationError(f"{source} is {value!r}; expected {error}.") from error
    return Config(**values)


def _lookup(name: str, options: Mapping[str, object], environ: Mapping[str, str]) -> tuple[str | None, object]:
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
    return None if value in (None, "") else _path(value) or "/"


def _choice(*allowed: str) -> Callable[[object], str]:
    def parse(value: object) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise ValueError("one of " + ", ".join(map(repr, allowed)))
        return value

    return parse


def _invoke_mode(value: object) -> str:
    # In any case, as in AWS's own configuration of a Function URL.
    return _choice("buffered", "response_stream")(value.lower() if isinstance(value, str) else value)


def _count(value: object) -> int:
    count = int(value) if isinstance(value, int) or (isinstance(value, str) and value.isdecimal()) else -1
    if count < 0:
        raise ValueError("a whole number, 0 or more")
    return count


def _statuses(value: object) -> frozenset[int]:
    if not isinstance(value, str):
        raise TypeError("statuses such as '500,502-504'")
    statuses: set[int] = set()
    for part in filter(None, value.replace(" ", "").split(",")):
        first, dash, last = part.partition("-")
        last = last if dash else first
        if not (first.isdecimal() and last.isdecimal() and int(first) <= int(last)):
            raise ValueError("statuses such as '500,502-504'")
        statuses.update(range(int(first), int(last) + 1))
    return frozenset(statuses)


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
    "trusted_proxies": _count,
    "body_encoding": _choice("auto", "text", "base64"),
    "fail_on_status": _statuses,
    "authorization_source": _header_name,
    "rival_keys": _flag,
    "deadline_margin_ms": _count,
    "access_log": _flag,
    "graceful_shutdown": _flag,
    "on_invocation_start": _callable,
    "on_invocation_end": _callable,
    "on_shutdown": _callable,
    "on_event": _handlers,
    "origins": _origins,
}

_FALLBACKS = {
    "invoke_mode": "AWS_LWA_INVOKE_MODE",
    "base_path": "AWS_LWA_REMOVE_BASE_PATH",
    "pass_through_path": "AWS_LWA_PASS_THROUGH_PATH",
    "fail_on_status": "AWS_LWA_ERROR_STATUS_CODES",
    "authorization_source": "AWS_LWA_AUTHORIZATION_SOURCE",
}
