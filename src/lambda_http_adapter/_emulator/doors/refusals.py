"""What API Gateway sends itself when an authorizer doesn't let a request pass."""

# https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-jwt.html

from __future__ import annotations

from typing import TYPE_CHECKING

from .responses import json_error

if TYPE_CHECKING:
    from .client import ClientResponse
    from .door import Door


def unauthorized(door: Door, *, challenge: str = "", expired: bool = False) -> ClientResponse:
    """``challenge``: the value of an HTTP API's WWW-Authenticate. ``expired``: a Cognito token's time is over."""
    if door.is_rest_api:
        message = "The incoming token has expired" if expired else "Unauthorized"
        return _rest_error(401, f'{{"message":"{message}"}}', "UnauthorizedException")
    response = json_error(401, '{"message":"Unauthorized"}')
    if challenge:
        response.headers.append((b"www-authenticate", challenge.encode()))
    return response


def forbidden(door: Door, *, explicit: bool) -> ClientResponse:
    """``explicit``: a statement of the policy denies the request; otherwise none allows it."""
    if not door.is_rest_api:
        return json_error(403, '{"message":"Forbidden"}')
    message = "User is not authorized to access this resource"
    if explicit:
        message += " with an explicit deny in an identity-based policy"
    return _rest_error(403, f'{{"Message":"{message}"}}', "AccessDeniedException")


def authorizer_failed(door: Door) -> ClientResponse:
    if door.is_rest_api:
        return _rest_error(500, '{"message":null}', "AuthorizerConfigurationException")
    return json_error(500, '{"message":"Internal Server Error"}')


def _rest_error(status: int, body: str, error_type: str) -> ClientResponse:
    response = json_error(status, body)
    response.headers.append((b"x-amzn-ErrorType", error_type.encode()))
    return response
