"""The names of the origins."""

from enum import StrEnum


class RequestOrigin(StrEnum):
    """The AWS front doors. Each name is also that of a module of this package.

    ``api_gateway_v1`` is the payload format 1.0: REST APIs, and HTTP APIs configured for it.
    ``pass_through`` is every event that isn't an HTTP request.
    """

    api_gateway_v1 = "api_gateway_v1"
    api_gateway_v2 = "api_gateway_v2"
    function_url = "function_url"
    alb = "alb"
    websocket = "websocket"
    vpc_lattice = "vpc_lattice"
    lambda_edge = "lambda_edge"
    pass_through = "pass_through"
