"""API Gateway WebSocket API.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html
"""

from typing import Any, Literal, NotRequired, TypedDict


class WebSocketIdentity(TypedDict):
    """The client of the connection."""

    accountId: NotRequired[str | None]
    cognitoIdentityPoolId: NotRequired[str | None]
    sourceIp: str
    user: NotRequired[str | None]
    userAgent: NotRequired[str | None]


class WebSocketRequestContext(TypedDict):
    """The connection and its state."""

    apiId: str
    authorizer: NotRequired[dict[str, Any] | None]
    connectedAt: int
    connectionId: str
    disconnectReason: NotRequired[str]
    disconnectStatusCode: NotRequired[int]
    domainName: str
    error: NotRequired[object]
    eventType: Literal["CONNECT", "MESSAGE", "DISCONNECT"]
    extendedRequestId: str
    identity: WebSocketIdentity
    messageDirection: str
    messageId: NotRequired[str | None]
    requestId: str
    requestTime: str
    requestTimeEpoch: int
    routeKey: str
    stage: str


class APIGatewayWebSocketEvent(TypedDict):
    """A new connection (with headers), a message (with a body) or a closed connection (with headers)."""

    headers: NotRequired[dict[str, str] | None]
    multiValueHeaders: NotRequired[dict[str, list[str]] | None]
    queryStringParameters: NotRequired[dict[str, str] | None]
    multiValueQueryStringParameters: NotRequired[dict[str, list[str]] | None]
    pathParameters: NotRequired[dict[str, str] | None]
    stageVariables: NotRequired[dict[str, str] | None]
    requestContext: WebSocketRequestContext
    body: NotRequired[str | None]
    isBase64Encoded: bool
