"""The methods that each front door takes, and its response to any other. AWS's pages as of 2026-11-30:

- Function URL: https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html lists the seven.
- REST API: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-settings-method-request.html:
  ANY stands for the seven. For the response see MISSING_AUTHENTICATION_TOKEN in ``supported-gateway-response-types``.
- HTTP API: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html: ``$default``
  takes each request.
- Application Load Balancer: TRACE is a 405, says
  https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html. CONNECT is a
  400, says ``classic/ts-elb-error-message.html`` beside it.
- VPC Lattice: https://docs.aws.amazon.com/vpc-lattice/latest/APIReference/API_HttpMatch.html: rules even match TRACE
  and CONNECT.
- CloudFront: https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_AllowedMethods.html: the seven, if a
  distribution allows as many as it can.
"""

# AWS documents neither a Function URL's response to other methods nor the body of CloudFront's.

from __future__ import annotations

from typing import TYPE_CHECKING

from ...origins import RequestOrigin
from .client import NoEventError
from .responses import html_error, json_error

if TYPE_CHECKING:
    from .client import ClientResponse

_SEVEN = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")

_FUNCTION_URL = json_error(405, '{"message":"Method Not Allowed"}')
_REST_API = json_error(403, '{"message":"Missing Authentication Token"}')
_CLOUDFRONT = html_error(403, "Forbidden")
_LOAD_BALANCER = {
    "CONNECT": html_error(400, "Bad Request"),
    "TRACE": html_error(405, "Method Not Allowed"),
}


class RefusedMethodError(NoEventError):
    """The front door doesn't take the method."""

    def __init__(self, label: str, method: str, response: ClientResponse) -> None:
        subject = label[:1].upper() + label[1:]
        super().__init__(response, f"{subject} doesn't take the method {method}; it answers {response.status}.")


def refusal(origin: RequestOrigin, is_rest_api: bool, method: str) -> ClientResponse | None:
    """The response to a method that the front door doesn't take. Methods are case-sensitive: ``get`` isn't GET."""
    if origin is RequestOrigin.alb:
        return _LOAD_BALANCER.get(method)
    if method in _SEVEN:
        return None
    if origin is RequestOrigin.function_url:
        return _FUNCTION_URL
    if origin is RequestOrigin.lambda_edge:
        return _CLOUDFRONT
    return _REST_API if is_rest_api else None
