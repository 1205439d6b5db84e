"""The CORS configuration of a Function URL or an HTTP API: preflights are answered without the function.

https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html#urls-cors
https://docs.aws.amazon.com/lambda/latest/api/API_Cors.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
"""

# What the two front doors do, as documented and as seen in responses of deployed ones:
#
#                                 Function URL                        HTTP API
# preflight                       200, application/json, no body      204
# allowed origin "*"              the request's Origin is repeated    "*"
# the function's own CORS headers are kept beside the configured ones are dropped
# Vary                            Origin, on every response           not added
# no or another Origin            no CORS headers                     no CORS headers

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple, cast

from ...errors import ConfigurationError
from ...origins import RequestOrigin
from .client import ClientRequest, ClientResponse, header_value

if TYPE_CHECKING:
    from ..._values.request import Headers
    from .door import Door

_METHODS = ("GET", "PUT", "POST", "DELETE", "HEAD", "PATCH", "*")
_LONGEST_AGE = 86400  # seconds


class Cors(NamedTuple):
    """``max_age`` in seconds. ``is_function_url``: of a Function URL, otherwise of an HTTP API."""

    is_function_url: bool
    allow_credentials: bool = False
    allow_headers: tuple[str, ...] = ()
    allow_methods: tuple[str, ...] = ()
    allow_origins: tuple[str, ...] = ()
    expose_headers: tuple[str, ...] = ()
    max_age: int | None = None

    def preflight(self, request: ClientRequest) -> ClientResponse | None:
        """The response to a preflight; None for any other request."""
        is_preflight = header_value(request.headers, "origin") and header_value(
            request.headers, "access-control-request-method"
        )
        if request.method != "OPTIONS" or not is_preflight:
            return None
        headers = self._allowed_origin(request)
        if headers:
            headers += _listed(b"access-control-allow-headers", self.allow_headers)
            headers += _listed(b"access-control-allow-methods", self.allow_methods)
            if self.max_age is not None:
                headers.append((b"access-control-max-age", b"%d" % self.max_age))
        if self.is_function_url:
            head = [(b"content-type", b"application/json"), (b"content-length", b"0"), (b"vary", b"Origin")]
            return ClientResponse(200, head + headers, b"")
        return ClientResponse(204, headers, b"")

    def amended(self, request: ClientRequest, headers: Headers) -> Headers:
        """The headers of the response to a request that is no preflight."""
        added = self._allowed_origin(request)
        if added:
            added += _listed(b"access-control-expose-headers", self.expose_headers)
        if self.is_function_url:
            return [*headers, (b"vary", b"Origin"), *added]
        own = [(name, value) for name, value in headers if not name.lower().startswith(b"access-control-")]
        return [*own, *added]

    def _allowed_origin(self, request: ClientRequest) -> Headers:
        """Nothing if the request's origin isn't allowed."""
        origin = header_value(request.headers, "origin")
        if not origin or not any(_is_match(origin, pattern) for pattern in self.allow_origins):
            return []
        is_any = "*" in self.allow_origins and not self.is_function_url
        headers = [(b"access-control-allow-origin", b"*" if is_any else origin.encode("latin-1"))]
        if self.allow_credentials:
            headers.append((b"access-control-allow-credentials", b"true"))
        return headers


def _listed(name: bytes, values: tuple[str, ...]) -> Headers:
    return [(name, ",".join(values).encode("latin-1"))] if values else []


def _is_match(origin: str, pattern: str) -> bool:
    """An HTTP API has two patterns besides ``*``: ``https://*`` and ``http://*``."""
    if pattern.endswith("*"):
        return origin.startswith(pattern[:-1])
    return origin == pattern


# The configuration


def read_cors(value: object, door: Door) -> Cors:
    """The configuration in AWS's JSON. Raises ConfigurationError for what ``door`` would refuse."""
    is_function_url = door.origin is RequestOrigin.function_url
    if not isinstance(value, Mapping):
        raise ConfigurationError(f"Expected a JSON object as the CORS configuration, got {value!r}.")
    known = ("AllowCredentials", "AllowHeaders", "AllowMethods", "AllowOrigins", "ExposeHeaders", "MaxAge")
    unknown = [name for name in value if name not in known]
    if unknown:
        raise ConfigurationError(
            f"Unknown field {', '.join(map(repr, unknown))} in the CORS configuration; expected one of: "
            f"{', '.join(known)}."
        )
    cors = Cors(
        is_function_url,
        _flag(value),
        _texts(value, "AllowHeaders"),
        _texts(value, "AllowMethods"),
        _texts(value, "AllowOrigins"),
        _texts(value, "ExposeHeaders"),
        _max_age(value, 0 if is_function_url else -1),
    )
    _require_methods(cors)
    _require_origins(cors, door)
    return cors


def _flag(value: Mapping[str, object]) -> bool:
    flag = value.get("AllowCredentials")
    if not isinstance(flag, bool | None):
        raise ConfigurationError(f"AllowCredentials is true or false in the CORS configuration, got {flag!r}.")
    return flag is True


def _texts(value: Mapping[str, object], name: str) -> tuple[str, ...]:
    texts = value.get(name)
    if texts is None:
        return ()
    if not isinstance(texts, list) or not all(_is_field_text(text) for text in texts):
        raise ConfigurationError(f"{name} is a list of strings in the CORS configuration, got {texts!r}.")
    if len(texts) > 100:
        raise ConfigurationError(f"{name} has up to 100 strings in the CORS configuration, got {len(texts)}.")
    return tuple(cast("list[str]", texts))


def _is_field_text(text: object) -> bool:
    """One that can stand in a list in a header."""
    return isinstance(text, str) and text.isascii() and text.isprintable() and 0 < len(text) <= 1024


def _max_age(value: Mapping[str, object], lowest: int) -> int | None:
    age = value.get("MaxAge")
    if age is None:
        return None
    if isinstance(age, bool) or not isinstance(age, int) or not lowest <= age <= _LONGEST_AGE:
        raise ConfigurationError(
            f"MaxAge is a number of seconds from {lowest} to {_LONGEST_AGE} in the CORS configuration, got {age!r}."
        )
    return age


def _require_methods(cors: Cors) -> None:
    methods = _METHODS if cors.is_function_url else (*_METHODS, "OPTIONS")
    for method in cors.allow_methods:
        if method not in methods:
            reason = " A Function URL answers preflights anyway." if method == "OPTIONS" else ""
            raise ConfigurationError(
                f"AllowMethods has {method!r} in the CORS configuration; expected one of: {', '.join(methods)}.{reason}"
            )


def _require_origins(cors: Cors, door: Door) -> None:
    patterns = ("*",) if cors.is_function_url else ("*", "http://*", "https://*")
    for origin in cors.allow_origins:
        scheme, separator, host = origin.partition("://")
        is_origin = scheme and separator and host and not any(sign in host for sign in "/*, ")
        if origin not in patterns and not is_origin:
            raise ConfigurationError(
                f"AllowOrigins has {origin!r} in the CORS configuration; expected an origin such as "
                f"'https://www.example.com', without a path, or {', '.join(map(repr, patterns))}."
            )
    if cors.allow_credentials and "*" in cors.allow_origins and not cors.is_function_url:
        raise ConfigurationError(
            f"AllowCredentials is true in the CORS configuration, which {door.label} can't allow to all origins: name "
            "them in AllowOrigins."
        )
