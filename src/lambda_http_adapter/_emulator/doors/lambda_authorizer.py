"""What API Gateway sends to a Lambda authorizer, and what it makes of the authorizer's result.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias, cast
from urllib.parse import parse_qsl

from ...errors import ConfigurationError
from ...origins import RequestOrigin
from .caller import Caller, with_caller
from .client import ClientRequest, header_value
from .door import Door
from .mount import api_fields, mount_of
from .policies import Effect, PolicyError, evaluate

if TYPE_CHECKING:
    from ..._values.request import LambdaEvent

Payload: TypeAlias = Literal["token", "request", "2.0", "1.0"]

_REST_PAYLOADS: tuple[Payload, ...] = ("token", "request")
_HTTP_API_PAYLOADS: tuple[Payload, ...] = ("2.0", "1.0")
_HTTP_APIS = (RequestOrigin.api_gateway_v1, RequestOrigin.api_gateway_v2)


def payloads_of(door: Door) -> tuple[Payload, ...]:
    """What the API can send to its authorizer, the usual one first; nothing if it can have none."""
    if door.is_rest_api:
        return _REST_PAYLOADS
    return _HTTP_API_PAYLOADS if door.origin in _HTTP_APIS else ()


# Identity sources


class IdentitySource(NamedTuple):
    """A header or query parameter that identifies the client. Without it the authorizer isn't invoked."""

    place: Literal["header", "querystring"]
    name: str

    def value(self, request: ClientRequest) -> str:
        """Its value in ``request``, or ""."""
        if self.place == "header":
            return header_value(request.headers, self.name.lower())
        return dict(reversed(parse_qsl(request.query))).get(self.name, "")


AUTHORIZATION = (IdentitySource("header", "Authorization"),)


def parse_identity_sources(text: str) -> tuple[IdentitySource, ...]:
    """``$request.header.X-Key, $request.querystring.key``, or ``method.request…`` as REST APIs write it; "" for none.

    Raises ConfigurationError.
    """
    return tuple(_identity_source(part.strip()) for part in text.split(",") if part.strip())


def _identity_source(text: str) -> IdentitySource:
    for prefix in ("$request.", "method.request."):
        place, _, name = text.removeprefix(prefix).partition(".")
        if text.startswith(prefix) and name and place in ("header", "querystring"):
            return IdentitySource("header" if place == "header" else "querystring", name)
    raise ConfigurationError(
        f"{text!r} is not an identity source; expected $request.header.NAME or $request.querystring.NAME."
    )


# The event


def method_arn(door: Door, request: ClientRequest, account: str) -> str:
    mount = mount_of(request, door.stage, door.base_path, door.domain_name, rest=door.is_rest_api)
    path = mount.resource.lstrip("/")
    api = api_fields(mount)["apiId"]
    return f"arn:aws:execute-api:us-east-1:{account}:{api}/{mount.stage}/{request.method}/{path}"


def authorizer_event(
    door: Door, request: ClientRequest, payload: Payload, identity: Sequence[str], caller: Caller
) -> LambdaEvent:
    """``identity``: the values of the identity sources. ``caller``: what ``door`` writes into every event.

    Raises ValueError if the request is outside the API.
    """
    sender = _sender(door, payload)
    event = with_caller(sender.event(request), sender, caller)
    arn = method_arn(door, request, cast("Mapping[str, str]", event["requestContext"])["accountId"])
    if payload == "token":
        return {"type": "TOKEN", "methodArn": arn, "authorizationToken": identity[0]}
    fields = {name: value for name, value in event.items() if name not in _NOT_SENT[payload]}
    if payload == "2.0":
        return fields | {"type": "REQUEST", "routeArn": arn, "identitySource": [*identity] or None}
    fields |= {"type": "REQUEST", "methodArn": arn}
    fields |= {name: value or {} for name, value in fields.items() if name in _MAPS}
    if payload == "1.0":
        sources = ",".join(identity) or None
        fields |= {"identitySource": sources, "authorizationToken": sources}
    return fields


_BODY = ("body", "isBase64Encoded")
_NOT_SENT = {"request": _BODY, "2.0": _BODY, "1.0": (*_BODY, "multiValueHeaders", "multiValueQueryStringParameters")}
# Null in the function's event.
_MAPS = ("queryStringParameters", "multiValueQueryStringParameters", "pathParameters", "stageVariables")


def _sender(door: Door, payload: Payload) -> Door:
    """The front door whose event has the authorizer's fields: an HTTP API's authorizer has a payload of its own."""
    if payload == "2.0":
        return door._replace(origin=RequestOrigin.api_gateway_v2)
    if payload == "1.0":
        return door._replace(origin=RequestOrigin.api_gateway_v1, payload="http_api")
    return door


# The result


class DeniedError(Exception):
    """``explicit``: a statement of the policy denies the request; otherwise none allows it."""

    def __init__(self, *, explicit: bool) -> None:
        super().__init__("the authorizer denies it" if explicit else "the authorizer's policy doesn't allow it")
        self.explicit = explicit


class BrokenResultError(Exception):
    """API Gateway can't read the authorizer's result."""


def authorized_context(result: object, payload: Payload, arn: str) -> LambdaEvent:
    """The context that the function gets, with the principal if it is a REST API's.

    Raises DeniedError, BrokenResultError.
    """
    if not isinstance(result, Mapping):
        raise BrokenResultError(f"expected an object from the authorizer, got {result!r}")
    context = _context(result, is_rest=payload in _REST_PAYLOADS)
    if payload == "2.0" and "isAuthorized" in result:
        if not isinstance(result["isAuthorized"], bool):
            raise BrokenResultError(f"expected true or false as isAuthorized, got {result['isAuthorized']!r}")
        if not result["isAuthorized"]:
            raise DeniedError(explicit=True)
        return context
    if not isinstance(result.get("principalId"), str):
        raise BrokenResultError(f"expected a string as the authorizer's principalId, got {result.get('principalId')!r}")
    try:
        effect = evaluate(result.get("policyDocument"), arn)
    except PolicyError as error:
        raise BrokenResultError(str(error)) from None
    if effect is not Effect.allow:
        raise DeniedError(explicit=effect is Effect.explicit_deny)
    return {"principalId": result["principalId"], **context} if payload in _REST_PAYLOADS else context


def _context(result: Mapping[str, object], *, is_rest: bool) -> LambdaEvent:
    context = result.get("context") or {}
    if not isinstance(context, dict):
        raise BrokenResultError(f"expected an object as the authorizer's context, got {context!r}")
    for name, value in context.items():
        if is_rest and not isinstance(value, str | int | float):
            raise BrokenResultError(f"expected a string, number or boolean as {name!r} in the context, got {value!r}")
    return cast("LambdaEvent", context)
