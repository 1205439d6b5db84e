"""Lambda@Edge.

https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-event-structure.html
"""

from typing import Literal, NotRequired, TypedDict


class CloudFrontHeader(TypedDict):
    """One line of a header; ``key`` is its name as the client spelt it."""

    key: NotRequired[str]
    value: str


class CloudFrontConfig(TypedDict):
    """The distribution, and when in its work it asks."""

    distributionDomainName: str
    distributionId: str
    eventType: Literal["viewer-request", "origin-request"]
    requestId: str


class CloudFrontCustomOrigin(TypedDict):
    """A web server that the request is on its way to."""

    customHeaders: dict[str, list[CloudFrontHeader]]
    domainName: str
    keepaliveTimeout: int
    path: str
    port: int
    protocol: str
    readTimeout: int
    sslProtocols: list[str]


class CloudFrontS3Origin(TypedDict):
    """A bucket that the request is on its way to."""

    authMethod: str
    customHeaders: dict[str, list[CloudFrontHeader]]
    domainName: str
    path: str
    region: str


class CloudFrontOrigin(TypedDict):
    """One of the two."""

    custom: NotRequired[CloudFrontCustomOrigin]
    s3: NotRequired[CloudFrontS3Origin]


class CloudFrontBody(TypedDict):
    """There only where the association includes the body."""

    inputTruncated: bool
    action: str
    encoding: Literal["base64", "text"]
    data: str


class CloudFrontRequest(TypedDict):
    """``headers`` are by lower-cased name; ``querystring`` is as the client sent it, without "?"."""

    clientIp: str
    headers: dict[str, list[CloudFrontHeader]]
    method: str
    querystring: NotRequired[str]
    uri: str
    body: NotRequired[CloudFrontBody]
    origin: NotRequired[CloudFrontOrigin]


class CloudFrontMessage(TypedDict):
    """A request, and who asks."""

    config: CloudFrontConfig
    request: CloudFrontRequest


class CloudFrontRecord(TypedDict):
    """One request."""

    cf: CloudFrontMessage


class CloudFrontRequestEvent(TypedDict):
    """A viewer or origin request; there is one record."""

    Records: list[CloudFrontRecord]
