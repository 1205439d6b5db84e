"""The front doors of the table: where each has the app, and what AWS documents that it changes.

Nothing here is taken from the emulator: its front doors are what is compared with this.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode

from .exchange import Response, Visit

_STAGE = "https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com/live"
_OWN_DOMAIN = "https://shop.example.com"
_SEVEN = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})


class RequestRule(NamedTuple):
    """``apply`` makes of the target of a request, path and query, what the app gets of it."""

    reason: str
    apply: Callable[[str], str]


class ResponseRule(NamedTuple):
    """``apply`` makes of an app's response to this method what the client gets of it."""

    reason: str
    apply: Callable[[Response], Response]


class FrontDoor(NamedTuple):
    """``refusal`` is the response to methods other than ``methods`` (None: it takes all)."""

    name: str
    url: str = _OWN_DOMAIN
    refusal: Response | None = None
    requests: Sequence[RequestRule] = ()
    responses: Sequence[ResponseRule] = ()

    @property
    def prefix(self) -> str:
        """The path of the stage."""
        return "/live" if self.url == _STAGE else ""

    def refuses(self, method: str) -> bool:
        return self.refusal is not None and method not in _SEVEN

    def passed_on(self, target: str) -> tuple[str, list[str]]:
        """What the app gets of the target of a request, and the reasons of the rules that changed it."""
        reasons = []
        for rule in self.requests:
            changed = rule.apply(target)
            if changed != target:
                reasons.append(rule.reason)
                target = changed
        return target, reasons

    def changes(self, visit: Visit) -> bool:
        """Whether any of the visit's requests reaches the app otherwise than the client sent it."""
        return any(self.refuses(exchange.method) or self.passed_on(exchange.target)[1] for exchange in visit.exchanges)


METHOD = "The front door doesn't take the method, and answers itself."


# Requests


def _decoded_path(target: str) -> str:
    path, mark, query = target.partition("?")
    return re.sub("%2f", "/", path, flags=re.IGNORECASE) + mark + query


def _form_query(target: str) -> str:
    path, _, query = target.partition("?")
    values: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        values.setdefault(name, []).append(value)
    return f"{path}?{urlencode(values, doseq=True)}" if values else path


def _last_values(target: str) -> str:
    path, mark, query = target.partition("?")
    values = {parameter.partition("=")[0]: parameter for parameter in query.split("&")}
    return path + mark + "&".join(values.values())


DECODED_PATH = RequestRule("The path of an HTTP API's event is decoded: `%2F` and `/` are the same.", _decoded_path)
FORM_QUERY = RequestRule("A REST API decodes the query: it is encoded again, as form data.", _form_query)
LAST_VALUES = RequestRule(
    "Without multi-value headers, only the last value of a query parameter is sent.", _last_values
)


# Responses


def _joined(response: Response) -> Response:
    joined: dict[str, str] = {}
    cookies = [field for field in response.headers if field[0] == "set-cookie"]
    for name, value in response.headers:
        if name != "set-cookie":
            joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return response._replace(headers=(*joined.items(), *cookies))


def _renamed(response: Response) -> Response:
    names = {"www-authenticate": "x-amzn-remapped-www-authenticate"}
    return response._replace(headers=tuple((names.get(name, name), value) for name, value in response.headers))


def _typed(content_type: str) -> Callable[[Response], Response]:
    def apply(response: Response) -> Response:
        if any(name == "content-type" for name, _ in response.headers):
            return response
        return response._replace(headers=(*response.headers, ("content-type", content_type)))

    return apply


JOINED = ResponseRule("The values of a repeated header arrive in one line.", _joined)
RENAMED = ResponseRule("`WWW-Authenticate` is renamed to `x-amzn-remapped-www-authenticate`.", _renamed)
TYPED_JSON = ResponseRule("A response without a content type gets `application/json`.", _typed("application/json"))
TYPED_TEXT = ResponseRule(
    "A response without a content type gets `text/plain; charset=utf-8`.", _typed("text/plain; charset=utf-8")
)


def _refusal(status: int, content_type: str, body: str) -> Response:
    return Response(status, (("content-type", content_type),), body.encode())


_BY_URL = _refusal(405, "application/json", '{"message":"Method Not Allowed"}')
_BY_REST = _refusal(403, "application/json", '{"message":"Missing Authentication Token"}')
_BY_EDGE = _refusal(
    403, "text/html", "<html><head><title>403 Forbidden</title></head><body><h1>403 Forbidden</h1></body></html>"
)

FRONT_DOORS = {
    door.name: door
    for door in (
        FrontDoor("function-url", refusal=_BY_URL, responses=(JOINED, RENAMED, TYPED_JSON)),
        FrontDoor("http-api", requests=(DECODED_PATH,), responses=(JOINED, TYPED_TEXT)),
        FrontDoor("rest", _STAGE, _BY_REST, (FORM_QUERY,), (RENAMED, TYPED_JSON)),
        FrontDoor("rest streamed", _STAGE, _BY_REST, (FORM_QUERY,), (RENAMED, TYPED_JSON)),
        FrontDoor("alb", requests=(LAST_VALUES,), responses=(JOINED,)),
        FrontDoor("alb-multi"),
        FrontDoor("vpc-lattice", "http://shop.example.com", responses=(JOINED,)),
        FrontDoor("lambda-edge-origin", refusal=_BY_EDGE),
    )
}

REASONS = {
    METHOD,
    *(rule.reason for door in FRONT_DOORS.values() for rule in door.requests),
    *(rule.reason for door in FRONT_DOORS.values() for rule in door.responses),
}
