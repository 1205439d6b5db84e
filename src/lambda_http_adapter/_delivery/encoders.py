"""From the app's status, headers and body to the bytes the origin expects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._values import Remembered
from .._values.codec import b64encode, dumps, escaped
from ..errors import FailedStatusError, ProtocolError, ResponseTooLargeError
from . import CONTROLS, End, Head, is_header_value

if TYPE_CHECKING:
    from .._values.config import Config
    from .._values.request import Headers, LambdaEvent
    from ..origins import Origin


# RFC 9110 §7.6.1: they speak of a connection, and the app's is not the client's. Origins refuse or mangle them.
_HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)

_BODY_ENCODING = b"x-lambda-body-encoding"
"""A header of the app's response that overrides the option ``body_encoding`` for it. It never leaves the function."""

_NOT_FOR_CLIENTS = _HOP_BY_HOP | {_BODY_ENCODING}

# Formats that are text. A media type is a text type if one of them is a word of its subtype: `vnd.oai.openapi+json`
# has the words vnd, oai, openapi and json. Bytes that aren't UTF-8 are never sent as text, so one word too many is
# harmless. https://www.iana.org/assignments/media-types/media-types.xhtml
_TEXT_FORMATS = frozenset(
    {
        "csv",
        "ecmascript",
        "graphql",
        "html",
        "javascript",
        "jose",
        "json",
        "json5",
        "jsonl",
        "jsonlines",
        "jwt",
        "mpegurl",
        "ndjson",
        "openapi",
        "openmetrics",
        "pem",
        "quads",
        "sdp",
        "sparql",
        "sql",
        "toml",
        "trig",
        "triples",
        "turtle",
        "typescript",
        "urlencoded",
        "xhtml",
        "xml",
        "yaml",
        "yml",
    }
)
_UTF8 = ("", "utf-8", "utf8", "us-ascii", "ascii")


def has_no_body(method: str, status: int) -> bool:
    """RFC 9110 §6.4.1: whatever the app sent, these have no content."""
    return method == "HEAD" or status < 200 or status in (204, 304)


def encode_body(
    headers: Headers, body: bytes, policy: str = "auto", text_types: frozenset[str] = frozenset()
) -> tuple[bytes, bool]:
    """The body as JSON can hold it, in UTF-8, and whether that is base64.

    Text only where the text is the very bytes again: a text type or none, no content coding, a UTF-8 charset, and
    valid UTF-8. ``policy`` ``"text"`` asks for text whatever the type; what is not UTF-8 is base64 even then. The
    header ``x-lambda-body-encoding`` replaces ``policy``. Raises ProtocolError for a wrong value of it.
    """
    if not body:
        return body, False
    content_type, coding = b"", False
    for name, value in headers:
        key = name.lower()
        if key == b"content-type":
            content_type = value
        elif key == b"content-encoding":
            coding = coding or value.strip().lower() not in (b"", b"identity")
        elif key == _BODY_ENCODING:
            policy = _policy(value)
    if policy == "text" or (policy == "auto" and not coding and _is_text(content_type, text_types)):
        try:
            body.decode()
        except UnicodeDecodeError:
            pass
        else:
            return body, False
    return b64encode(body), True


def _policy(value: bytes) -> str:
    policy = value.decode("latin-1").strip().lower()
    if policy not in ("auto", "text", "base64"):
        raise ProtocolError(f"Expected 'text', 'base64' or 'auto' as {_BODY_ENCODING.decode()}, got {policy!r}.")
    return policy


def _read_type(content_type: bytes) -> tuple[str, bool | None]:
    """The media type, and whether it is text; None if neither a charset nor a known format says so."""
    media_type, *parameters = content_type.decode("latin-1").lower().split(";")
    media_type = media_type.strip()
    for parameter in parameters:
        attribute, _, charset = parameter.partition("=")
        if attribute.strip() == "charset":
            return media_type, charset.strip().strip("\"'") in _UTF8
    kind, _, subtype = media_type.partition("/")
    words = subtype.replace("+", "-").replace(".", "-").split("-")
    known = kind in ("", "text") or not _TEXT_FORMATS.isdisjoint(words)
    return media_type, True if known else None


_CONTENT_TYPES = Remembered(_read_type)


def _is_text(content_type: bytes, text_types: frozenset[str]) -> bool:
    media_type, is_text = _CONTENT_TYPES[content_type]
    if is_text is None:
        return media_type in text_types or f"{media_type.partition('/')[0]}/*" in text_types
    return is_text


def end_to_end(headers: Headers, size: int | None) -> Headers:
    """The headers that are the client's to see; content-length only where it is true (``size`` bytes, if known)."""
    length = None if size is None else b"%d" % size
    kept: Headers = []
    for field in headers:
        name = field[0].lower()
        if name == b"content-length":
            if field[1] == length:
                kept.append(field)
        elif name not in _NOT_FOR_CLIENTS:
            kept.append(field)
    return kept


_TOKEN = b"!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SINGLE = (b"content-length", b"content-type", b"location")


def require_valid(status: int, headers: Headers) -> Head:
    """The head of a response that every front door takes. Raises ProtocolError for what none does.

    RFC 9110 has statuses of three digits (§15), of which the first hundred announce another response (§15.2); header
    names that are tokens (§5.1), values without control characters (§5.5), and headers that must not be repeated
    (§5.3). On the way to the client these would be joined to one value: equal ones are reduced to the first.
    """
    if not 200 <= status <= 599:
        raise ProtocolError(f"Expected a status from 200 to 599, got {status}.")
    single: dict[bytes, bytes] = {}
    repeated = False
    for name, value in headers:
        kind = HEADER_KIND[name]
        if kind is None:
            raise ProtocolError(f"Expected a header name, got {name!r}.")
        if not kind:
            continue
        if kind not in single:
            single[kind] = value
        elif single[kind] == value or kind == b"content-length":  # of different lengths the true one is chosen later
            repeated = True
        else:
            raise ProtocolError(f"Expected one header {name.decode()!r}, got several that differ.")
    whole = b"".join([value for _, value in headers])
    # Nearly every head is printable, which is soon told. To look for the control characters is what decides.
    if not whole.decode("latin-1").isprintable() and whole.translate(None, CONTROLS) != whole:
        _refuse_value(headers)
    return Head(status, _without_repeats(headers) if repeated else headers)


def _kind(name: bytes) -> bytes | None:
    """The name in lower case if it must not be repeated, else ``b""``. None if a name can't have these bytes."""
    if not name or name.translate(None, _TOKEN):
        return None
    name = name.lower()
    return name if name in _SINGLE else b""


HEADER_KIND = Remembered(_kind)


def _refuse_value(headers: Headers) -> None:
    # Not the value itself: a cookie is nothing for a log.
    name = next(name for name, value in headers if not is_header_value(value))
    raise ProtocolError(f"Expected no control character in the value of the header {name.decode()!r}.")


def _without_repeats(headers: Headers) -> Headers:
    kept: Headers = []
    seen: set[tuple[bytes, bytes]] = set()
    for name, value in headers:
        kind = HEADER_KIND[name]
        if kind:
            if (kind, value) in seen:
                continue
            seen.add((kind, value))
        kept.append((name, value))
    return kept


_RUNTIME_API_LIMIT = 6_291_556  # 6 MiB and 100 bytes
_LARGE = 65536


class BufferedEncoder:
    """Collects one response and makes the single JSON document of it that the origin reads."""

    content_type = "application/json"

    def __init__(self, origin: Origin, event: LambdaEvent, method: str, config: Config) -> None:
        self._origin = origin
        self._event = event
        self._method = method
        self._config = config
        self._limit = _RUNTIME_API_LIMIT if origin.response_limit is None else origin.response_limit(event)
        self._head: Head | None = None
        self._chunks: list[bytes] = []
        self._size = 0

    def encode(self, part: Head | bytes | End) -> list[bytes]:
        """Nothing until ``END``, then the document in pieces.

        Raises as ``result`` does, and ResponseTooLargeError where the whole document is too large.
        """
        if isinstance(part, bytes):
            self._size += len(part)
            if self._size <= self._limit:
                self._chunks.append(part)
            else:
                self._chunks.clear()  # none of it will be sent, however much is to come
        elif isinstance(part, Head):
            self._head = part
            self._chunks = []
            self._size = 0
        else:
            return self._document()
        return []

    def result(self) -> object:
        """What goes into JSON.

        Raises FailedStatusError where the configuration counts the status as a failure, and ResponseTooLargeError
        where the body alone is too large.
        """
        status, headers, body, is_base64 = self._content()
        return self._origin.encode(status, headers, body.decode(), is_base64, self._event)

    def _document(self) -> list[bytes]:
        status, headers, body, is_base64 = self._content()
        text = body.decode()
        result = self._origin.encode(status, headers, text, is_base64, self._event)
        if len(body) >= _LARGE and isinstance(result, dict) and len(result) > 1 and result.get("body") is text:
            del result["body"], text
            # The body is not copied once more: that takes longer than all the rest. Base64 needs no escapes.
            pieces = [dumps(result)[:-1], b',"body":"', *([body] if is_base64 else escaped(body)), b'"}']
        else:
            pieces = [dumps(result)]
        size = sum(map(len, pieces))
        if size > self._limit:
            raise self._too_large(size)
        return pieces

    def _content(self) -> tuple[int, Headers, bytes, bool]:
        """Status, headers, the body as JSON can hold it, and whether that is base64."""
        if self._head is None:
            raise ProtocolError("Expected a head before the end of a response.")
        status = self._head.status
        if has_no_body(self._method, status):
            content = b""
        elif self._size > self._limit:
            raise self._too_large(self._size)
        else:
            content = b"".join(self._chunks)
        headers = end_to_end(self._head.headers, None if status == 204 else len(content))
        body, is_base64 = encode_body(self._head.headers, content, self._config.body_encoding, self._config.text_types)
        if status in self._config.fail_on_status:
            raise FailedStatusError(status, body.decode())
        if len(body) > self._limit:
            raise self._too_large(len(body))
        return status, headers, body, is_base64

    def _too_large(self, size: int) -> ResponseTooLargeError:
        return ResponseTooLargeError(self._origin.name, size, self._limit)


class StreamingEncoder:
    """Hands on one response as it is made, behind a prelude with its status and headers.

    https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming
    """

    content_type = "application/vnd.awslambda.http-integration-response"

    def __init__(self, origin: Origin, method: str, config: Config) -> None:
        self._prelude = origin.prelude
        self._method = method
        self._config = config
        self._started = self._silent = False
        self._failed: _FailedBody | None = None
        self._if_empty = b""

    def encode(self, part: Head | bytes | End) -> list[bytes]:
        """Raises FailedStatusError for a response that fails the invocation, with what its body begins with.

        Raises AppError where the prelude is more than the origin accepts.
        """
        if isinstance(part, Head):
            self._started = True
            self._failed = _FailedBody(part.status) if part.status in self._config.fail_on_status else None
            return [] if self._failed is not None else [self._start(part)]
        if not self._started:
            raise ProtocolError("Expected a head before the body of a streamed response.")
        if self._failed is not None:
            self._failed.add(part)
        elif not isinstance(part, bytes):
            return [self._if_empty] if self._if_empty else []
        elif part and not self._silent:
            self._if_empty = b""
            return [part]
        return []

    def _start(self, head: Head) -> bytes:
        assert self._prelude is not None
        status = head.status
        self._silent = has_no_body(self._method, status)
        if self._config.stream_empty_body and not any(name.lower() == b"content-encoding" for name, _ in head.headers):
            self._if_empty = b"\n"
        # The length of a stream isn't known, and the origin renames or distrusts the header; zero is useful where true.
        size = None if status == 204 or self._if_empty else 0
        # Eagerly, and with its delimiter in one piece: an empty body must still have a head.
        return self._prelude(status, end_to_end(head.headers, size)) + _DELIMITER


_DELIMITER = bytes(8)


class _FailedBody:
    """The start of the body of a streamed response that fails the invocation. Nothing of the response is sent."""

    def __init__(self, status: int) -> None:
        self._status = status
        self._body = b""

    def add(self, part: bytes | End) -> None:
        """Raises FailedStatusError at the end, or once there is as much as the error reports."""
        if isinstance(part, bytes):
            self._body += part[: FailedStatusError.body_limit]
            if len(self._body) < FailedStatusError.body_limit:
                return
        raise FailedStatusError(self._status, self._body.decode(errors="replace"))
