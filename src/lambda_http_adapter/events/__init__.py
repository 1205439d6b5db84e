"""The events of the HTTP front doors as types: ``def handler(event: APIGatewayProxyEventV2, context: LambdaContext)``.

The types are for type checkers. At run time an event is the ``dict`` that Lambda sent, and isn't checked: AWS adds
fields, and hand-written events lack some. A key that AWS always sends is required; its value may be None if AWS sends
null.
"""

from ._alb import ALBRequestContext, ALBTargetGroupEvent, ELBContext
from ._api_gateway_v1 import (
    APIGatewayIdentity,
    APIGatewayProxyEvent,
    APIGatewayProxyRequestContext,
    ClientCert,
    ClientCertValidity,
)
from ._lambda_edge import (
    CloudFrontBody,
    CloudFrontConfig,
    CloudFrontCustomOrigin,
    CloudFrontHeader,
    CloudFrontMessage,
    CloudFrontOrigin,
    CloudFrontRecord,
    CloudFrontRequest,
    CloudFrontRequestEvent,
    CloudFrontS3Origin,
)
from ._payload_v2 import (
    APIGatewayProxyEventV2,
    Authentication,
    AuthorizerV2,
    HTTPDescription,
    IAMAuthorizer,
    IAMCognitoIdentity,
    JWTAuthorizer,
    LambdaFunctionURLEvent,
    RequestContextV2,
)
from ._vpc_lattice import VPCLatticeEventV1, VPCLatticeEventV2, VPCLatticeIdentity, VPCLatticeRequestContext
from ._websocket import APIGatewayWebSocketEvent, WebSocketIdentity, WebSocketRequestContext

__all__ = [
    "ALBRequestContext",
    "ALBTargetGroupEvent",
    "APIGatewayIdentity",
    "APIGatewayProxyEvent",
    "APIGatewayProxyEventV2",
    "APIGatewayProxyRequestContext",
    "APIGatewayWebSocketEvent",
    "Authentication",
    "AuthorizerV2",
    "ClientCert",
    "ClientCertValidity",
    "CloudFrontBody",
    "CloudFrontConfig",
    "CloudFrontCustomOrigin",
    "CloudFrontHeader",
    "CloudFrontMessage",
    "CloudFrontOrigin",
    "CloudFrontRecord",
    "CloudFrontRequest",
    "CloudFrontRequestEvent",
    "CloudFrontS3Origin",
    "ELBContext",
    "HTTPDescription",
    "IAMAuthorizer",
    "IAMCognitoIdentity",
    "JWTAuthorizer",
    "LambdaFunctionURLEvent",
    "RequestContextV2",
    "VPCLatticeEventV1",
    "VPCLatticeEventV2",
    "VPCLatticeIdentity",
    "VPCLatticeRequestContext",
    "WebSocketIdentity",
    "WebSocketRequestContext",
]
