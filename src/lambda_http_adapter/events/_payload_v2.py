"""Payload format 2.0: API Gateway HTTP APIs and Lambda Function URLs.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
"""

from typing import Any, NotRequired, TypedDict

from ._api_gateway_v1 import ClientCert


class HTTPDescription(TypedDict):
    """The request line, and the client."""

    method: str
    path: str
    protocol: str
    sourceIp: str
    userAgent: str


class JWTAuthorizer(TypedDict):
    """The claims of a token, and the scopes that the route requires."""

    claims: dict[str, str] | None
    scopes: list[str] | None


class IAMCognitoIdentity(TypedDict):
    """The Cognito identity behind an AWS identity."""

    amr: list[str] | None
    identityId: str
    identityPoolId: str


class IAMAuthorizer(TypedDict):
    """The AWS identity that signed the request."""

    accessKey: str
    accountId: str
    callerId: str
    cognitoIdentity: IAMCognitoIdentity | None
    principalOrgId: str | None
    userArn: str
    userId: str


AuthorizerV2 = TypedDict(  # not a class: "lambda" is a keyword
    "AuthorizerV2",
    {
        "jwt": NotRequired[JWTAuthorizer],
        "iam": NotRequired[IAMAuthorizer],
        "lambda": NotRequired[dict[str, Any] | None],
    },
)
AuthorizerV2.__doc__ = "The caller as the front door has authorised it: one of the three keys is present."


class Authentication(TypedDict):
    """The client certificate of mutual TLS."""

    clientCert: ClientCert


class RequestContextV2(TypedDict):
    """The API or Function URL, the route and the caller."""

    accountId: str
    apiId: str
    authentication: NotRequired[Authentication | None]
    authorizer: NotRequired[AuthorizerV2 | None]
    domainName: str
    domainPrefix: str
    http: HTTPDescription
    requestId: str
    routeKey: str
    stage: str
    time: str
    timeEpoch: int


class APIGatewayProxyEventV2(TypedDict):
    """A request through an HTTP API."""

    version: str
    routeKey: str
    rawPath: str
    rawQueryString: str
    cookies: NotRequired[list[str] | None]
    headers: dict[str, str]
    queryStringParameters: NotRequired[dict[str, str] | None]
    requestContext: RequestContextV2
    pathParameters: NotRequired[dict[str, str] | None]
    stageVariables: NotRequired[dict[str, str] | None]
    body: NotRequired[str | None]
    isBase64Encoded: bool


class LambdaFunctionURLEvent(APIGatewayProxyEventV2):
    """A request through a Function URL: the fields of an HTTP API's event, some of them null."""
