"""API Gateway WebSocket API.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html
"""

from typing import Literal, NotRequired, TypedDict


class WebSocketIdentity(TypedDict):
    """Who is at the other end of the connection."""

    accountId: NotRequired[str | None]
    cognitoIdentityPoolId: NotRequired[str | None]
    sourceIp: str
    user: NotRequired[str | None]
    userAgent: NotRequired[str | None]


class WebSocketRequestContext(TypedDict):
    """The connection, and what has become of it."""

    apiId: str
    authorizer: NotRequired[dict[str, object] | None]
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
    """A connection that is made or ends, which has headers, or a message, which has a body."""

    headers: NotRequired[dict[str, str] | None]
    multiValueHeaders: NotRequired[dict[str, list[str]] | None]
    queryStringParameters: NotRequired[dict[str, str] | None]
    multiValueQueryStringParameters: NotRequired[dict[str, list[str]] | None]
    pathParameters: NotRequired[dict[str, str] | None]
    stageVariables: NotRequired[dict[str, str] | None]
    requestContext: WebSocketRequestContext
    body: NotRequired[str | None]
    isBase64Encoded: bool
