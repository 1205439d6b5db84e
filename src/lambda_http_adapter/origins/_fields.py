"""Fields that several origins share: read from their events, written into their results.

A reader takes the origin's name and the object that holds the field. A field that is null or absent has the documented
default; one of another type raises MalformedEventError, which names the field by its path: ``at`` is the path of the
object, such as ``requestContext.``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, NoReturn, cast

from .._values import Remembered
from .._values.codec import b64decode
from ..errors import MalformedEventError
from ._http_request import HTTPRequest, build_request, client_behind, is_token, query_bytes

if TYPE_CHECKING:
    from typing import Any

    from .._values.config import Config
    from .._values.request import Headers, LambdaEvent

Pairs = list[tuple[str, str]]


# Values


def mapping(origin: str, parent: LambdaEvent, key: str, at: str = "") -> LambdaEvent:
    """An object; {} by default."""
    value = parent.get(key)
    if value is None:
        return {}
    if isinstance(value, dict):
        return cast("LambdaEvent", value)
    _wrong_type(origin, at + key, value, "an object")


def items(origin: str, parent: LambdaEvent, key: str) -> list[object]:
    """An array; [] by default."""
    value = parent.get(key)
    if value is None:
        return []
    if isinstance(value, list):
        return value
    _wrong_type(origin, key, value, "an array")


def text(origin: str, parent: LambdaEvent, key: str, default: str | None = None, at: str = "") -> str:
    """A string; required if ``default`` is None."""
    value = parent.get(key)
    if isinstance(value, str):
        return value
    if value is not None:
        _wrong_type(origin, at + key, value, "a string")
    if default is None:
        raise MalformedEventError(origin, at + key, "is missing")
    return default


def method(origin: str, parent: LambdaEvent, key: str = "httpMethod", at: str = "") -> str:
    """The request's method, which is required: a token, by RFC 9110 §9.1."""
    value = parent.get(key)
    if not isinstance(value, str):
        return text(origin, parent, key, at=at)
    if value not in _METHODS and not is_token(value):
        raise MalformedEventError(origin, at + key, "isn't a method")
    return value


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def stage(origin: str, context: LambdaEvent) -> str:
    """The name of API Gateway's stage; "" for the default stage and if there is none."""
    value = context.get("stage")
    if not isinstance(value, str) or value == "$default":
        return ""
    if not (value.isascii() and value.isprintable()):
        raise MalformedEventError(origin, "requestContext.stage", "isn't the name of a stage")
    return value


def scalar(origin: str, field: str, value: object) -> str:
    """The text of a header or query value. AWS sends strings; hand-written events have numbers and booleans as well."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, int | float):
        _wrong_type(origin, field, value, "a string")
    try:
        return str(value)
    except ValueError as error:  # more digits than Python converts
        raise MalformedEventError(origin, field, "has a number that is too large") from error


def pairs(origin: str, event: LambdaEvent, single: str, multi: str = "") -> Pairs:
    """Headers or query parameters as (name, value), one pair per value.

    The event has them in the map ``single``, or in the map ``multi`` with lists as values, or in both: then ``single``
    adds only the names that ``multi`` lacks. The one map of VPC Lattice has strings and lists as values.
    """
    fields = mapping(origin, event, single)
    several = mapping(origin, event, multi) if multi else {}
    if several and fields.keys() <= several.keys():
        fields = {}
    elif several:
        known = {name.lower() for name in several}
        fields = {name: value for name, value in fields.items() if name.lower() not in known}
    found: Pairs = []
    for name, value in [*several.items(), *fields.items()]:
        if type(value) is str:
            found.append((name, value))
            continue
        for item in value if isinstance(value, list) else [value]:
            if type(item) is str:
                found.append((name, item))
            elif item is not None:
                found.append((name, scalar(origin, multi if name in several else single, item)))
    return found


def _wrong_type(origin: str, field: str, value: object, expected: str) -> NoReturn:
    raise MalformedEventError(origin, field, f"is {type(value).__name__}, not {expected}")


# Request headers and body

# Never passed to the app. Lambda Web Adapter describes the invocation in the first three, so a client must not be able
# to send them. Transfer-Encoding would contradict Content-Length: the event holds the complete body.
_DROPPED = frozenset({"x-amzn-request-context", "x-amzn-lambda-context", "x-amz-tenant-id", "transfer-encoding"})

# Never passed to the app with "_" in place of "-". CGI's names have no hyphen: an app that looks headers up by them, as
# Django does on ASGI too, takes "x_forwarded_proto" for X-Forwarded-Proto, whatever that one says.
# These are the names that a front door writes, or that HTTP or this package gives a meaning. Other names with an
# underscore are the app's own and stay.
_RESERVED = frozenset(
    {
        "authorization",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "cookie",
        "forwarded",
        "host",
        "proxy-authorization",
        "true-client-ip",
        "via",
        "x-api-key",
        "x-real-ip",
    }
)
_RESERVED_PREFIXES = ("cloudfront-", "x-amz-", "x-amzn-", "x-edge-", "x-forwarded-", "x-original-")


def _header_name(name: str) -> bytes | None:
    """The name as ASGI has it; b"" for a header that the app must not see, None for a text that isn't a name."""
    if not is_token(name):
        return None
    lower = name.lower()
    hyphenated = lower.replace("_", "-")
    is_forged = lower != hyphenated and (hyphenated in _RESERVED or hyphenated.startswith(_RESERVED_PREFIXES))
    return b"" if is_forged or hyphenated in _DROPPED else lower.encode()


_NAMES = Remembered(_header_name)


def _header_value(value: str) -> bytes:
    """latin-1, as in HTTP; UTF-8 for a character that latin-1 lacks and JSON can carry."""
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode("utf-8", "replace")


def event_headers(origin: str, event: LambdaEvent, multi: str = "", cookies: Sequence[object] = ()) -> Headers:
    """The header fields of an event, as ``pairs`` finds them and ``request_headers`` returns them."""
    headers = _plain_headers(event, multi)
    if headers is None:
        headers = request_headers(origin, pairs(origin, event, "headers", multi))
    if cookies and not any(name == b"cookie" for name, _ in headers):
        lines = [("cookie", scalar(origin, "cookies", cookie)) for cookie in cookies if cookie is not None]
        headers += request_headers(origin, lines, "cookies")
    return headers


def _plain_headers(event: dict[str, Any], multi: str) -> Headers | None:
    """The header fields of nearly every event: ASCII texts. None where one needs a closer look.

    All values are checked and encoded as one text: one after the other, that takes as long as to parse the event.
    """
    single: Any = event.get("headers")
    several = event.get(multi) if multi else None
    try:
        if several is not None and several != {}:
            if (
                set(map(type, several.values())) != {list}
                or not ({} if single is None else single).keys() <= several.keys()
            ):
                return None
            values = [value for items in several.values() for value in items]
            fields = [name for name, items in several.items() for _ in items]
        else:
            fields, values = single, single.values()
        text = "\n".join(values)
        encoded = text.encode("ascii").split(b"\n")
        names = _NAMES_OF_ALL["\n".join(fields)]
    except (AttributeError, TypeError, ValueError):
        return None
    if not (names and len(fields) == len(names) == len(encoded)) or "\r" in text or "\0" in text:
        return None
    return list(zip(names, encoded, strict=True))


def _plain_names(lines: str) -> list[bytes]:
    """The names as ASGI has them; none of them where one is dropped or refused, or several are Cookie."""
    names = [_header_name(name) for name in lines.split("\n")]
    plain = [name for name in names if name]
    return plain if len(plain) == len(names) and plain.count(b"cookie") < 2 else []


# Clients of one kind send the same names in the same order.
_NAMES_OF_ALL = Remembered(_plain_names, longest=1000)


def request_headers(origin: str, fields: Iterable[tuple[str, str]], at: str = "headers") -> Headers:
    """Header fields as ASGI has them.

    All Cookie fields become one, joined with "; ", because frameworks read only one. Raises MalformedEventError for a
    name or value that a header can't have.
    """
    headers: Headers = []
    jar: list[bytes] = []
    place = 0
    for field, value in fields:
        name = _NAMES[field]
        if name == b"cookie":
            if not jar:
                place = len(headers)
                headers.append((name, b""))  # replaced below
            jar.append(_header_value(value))
        elif name:
            headers.append((name, value.encode() if value.isascii() else _header_value(value)))
        elif name is None:
            raise MalformedEventError(origin, at, f"has the name {field[:80]!r}, which no header can have")
        # It would begin another header wherever the app passes the value on.
        if "\n" in value or "\r" in value or "\0" in value:
            raise MalformedEventError(origin, at, "has a value with a line break or NUL")
    if jar:
        headers[place] = (b"cookie", b"; ".join(jar))
    return headers


def header(headers: Headers, name: bytes) -> str:
    """The first value of ``name``; "" if there is none."""
    for key, value in headers:
        if key == name:
            return value.decode("latin-1")
    return ""


def body_bytes(origin: str, event: LambdaEvent, flag: str = "isBase64Encoded") -> bytes:
    """The field ``body``, which is base64 if the field ``flag`` is true. A hand-written event may have it as bytes."""
    body = event.get("body")
    if body is None:
        return b""
    if not isinstance(body, (str, bytes)):  # not str | bytes, which is made anew for each request
        is_json = isinstance(body, dict | list)
        _wrong_type(origin, "body", body, "a string: write the JSON as a text" if is_json else "a string")
    if event.get(flag) is True:
        return base64_bytes(origin, body if isinstance(body, str) else body.decode("latin-1"), "body")
    return body if isinstance(body, bytes) else body.encode("utf-8", "replace")


def base64_bytes(origin: str, data: str, field: str) -> bytes:
    """The decoded ``data``, the value of ``field``."""
    try:
        return b64decode(data)
    except ValueError as error:
        raise MalformedEventError(origin, field, "is not valid base64") from error


# Results: response headers with names in lower case and values as text


def joined_headers(headers: Headers) -> tuple[dict[str, str], list[str]]:
    """One value per name, joined with commas, and the cookies: a comma would break Set-Cookie."""
    joined: dict[str, str] = {}
    repeated: dict[str, list[str]] = {}
    cookies: list[str] = []
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        if name == "set-cookie":
            cookies.append(value)
        elif name in joined:
            # Joined once, behind the loop: to add one value after the other would copy those before it each time.
            repeated.setdefault(name, [joined[name]]).append(value)
        else:
            joined[name] = value
    for name, values in repeated.items():
        joined[name] = ", ".join(values)
    return joined, cookies


def single_headers(headers: Headers) -> dict[str, str]:
    """One value per name, for an origin that has no other field for cookies.

    HTTP's names are case-insensitive and JSON's keys are not: each cookie has its own spelling of Set-Cookie.
    """
    joined, cookies = joined_headers(headers)
    for number, cookie in enumerate(cookies):
        joined[_spelling("set-cookie", number)] = cookie
    return joined


def _spelling(name: str, number: int) -> str:
    """A different mix of upper and lower case for each number: its bits, lowest first, tell which letters are upper.

    0  set-cookie
    1  Set-cookie
    2  sEt-cookie
    3  SEt-cookie
    """
    spelling = ""
    for character in name:
        if not character.isalpha():
            spelling += character
            continue
        number, upper = divmod(number, 2)
        spelling += character.upper() if upper else character
    return spelling


def multi_value_headers(headers: Headers) -> dict[str, list[str]]:
    """All values of each name."""
    values: dict[str, list[str]] = {}
    for name, value in headers:
        values.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    return values


@cache
def reason_phrase(status: int) -> str:
    """Such as "Not Found" for 404."""
    from http import HTTPStatus

    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


# Payload format 2.0, which HTTP APIs and Function URLs share. They differ in the path and in the cookies.


def payload_v2_domain(event: LambdaEvent) -> str | None:
    """The domain name of a request in payload format 2.0; None for any other event, such as an authorizer's."""
    context = event.get("requestContext")
    if event.get("version") != "2.0" or not isinstance(context, dict) or "http" not in context or "routeArn" in event:
        return None
    domain = context.get("domainName")
    return domain if isinstance(domain, str) else ""


def decode_payload_v2(event: LambdaEvent, config: Config, origin: str, path: str, stage: str = "") -> HTTPRequest:
    """``path`` is percent-encoded and doesn't include the stage."""
    context = mapping(origin, event, "requestContext")
    http = mapping(origin, context, "http", "requestContext.")
    # HTTP APIs send cookies[] only. Function URLs send the Cookie header as well, which then counts.
    cookies = items(origin, event, "cookies") if "cookies" in event else []
    fields = event_headers(origin, event, cookies=cookies)
    return build_request(
        method=method(origin, http, "method", "requestContext.http."),
        path=path,
        # Not queryStringParameters: that is decoded, and joins the values of a repeated name with commas.
        query_string=query_bytes(text(origin, event, "rawQueryString", "")),
        headers=fields,
        body=body_bytes(origin, event),
        default_scheme="https",
        domain=text(origin, context, "domainName", "", "requestContext."),
        stage=stage,
        client=client_behind(http.get("sourceIp"), fields, config.trusted_proxies),
        protocol=http.get("protocol"),
        config=config,
    )


def payload_v2_head(status: int, headers: Headers) -> dict[str, object]:
    """A result without its body; also the prelude of a streamed response."""
    joined, cookies = joined_headers(headers)
    result: dict[str, object] = {"statusCode": status, "headers": joined}
    if cookies:
        result["cookies"] = cookies
    return result


def encode_payload_v2(
    status: int, headers: Headers, body: str, is_base64: bool, event: LambdaEvent
) -> dict[str, object]:
    result = payload_v2_head(status, headers)
    result["body"] = body
    result["isBase64Encoded"] = is_base64
    return result
