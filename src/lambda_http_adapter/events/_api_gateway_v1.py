"""Payload format 1.0: API Gateway REST APIs, and HTTP APIs configured for it.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

from typing import Any, NotRequired, TypedDict


class ClientCertValidity(TypedDict):
    """The validity period of a certificate: two dates such as ``May 28 12:30:02 2026 GMT``."""

    notBefore: str
    notAfter: str


class ClientCert(TypedDict):
    """The client certificate of mutual TLS."""

    clientCertPem: str
    subjectDN: str
    issuerDN: str
    serialNumber: str
    validity: ClientCertValidity


class APIGatewayIdentity(TypedDict):
    """The caller: its address, its API key, and its AWS or Cognito identity if it has one."""

    accessKey: str | None
    accountId: str | None
    apiKey: NotRequired[str | None]
    apiKeyId: NotRequired[str | None]
    caller: str | None
    clientCert: NotRequired[ClientCert | None]
    cognitoAuthenticationProvider: str | None
    cognitoAuthenticationType: str | None
    cognitoIdentityId: str | None
    cognitoIdentityPoolId: str | None
    principalOrgId: str | None
    sourceIp: str
    user: str | None
    userAgent: str | None
    userArn: str | None


class APIGatewayProxyRequestContext(TypedDict):
    """The API, the stage and the caller.

    ``authorizer`` has the ``claims`` of a token, or the ``principalId`` and the context from a Lambda authorizer.
    """

    accountId: str
    apiId: str
    authorizer: NotRequired[dict[str, Any] | None]
    domainName: str
    domainPrefix: str
    extendedRequestId: str
    httpMethod: str
    identity: APIGatewayIdentity
    operationName: NotRequired[str | None]
    path: NotRequired[str]
    protocol: str
    requestId: str
    requestTime: str
    requestTimeEpoch: int
    resourceId: str
    resourcePath: str
    stage: str


class APIGatewayProxyEvent(TypedDict):
    """A request through a REST API, or through an HTTP API, which adds ``version``."""

    version: NotRequired[str]
    resource: str
    path: str
    httpMethod: str
    headers: dict[str, str] | None
    multiValueHeaders: dict[str, list[str]] | None
    queryStringParameters: dict[str, str] | None
    multiValueQueryStringParameters: dict[str, list[str]] | None
    pathParameters: dict[str, str] | None
    stageVariables: dict[str, str] | None
    requestContext: APIGatewayProxyRequestContext
    body: str | None
    isBase64Encoded: bool
