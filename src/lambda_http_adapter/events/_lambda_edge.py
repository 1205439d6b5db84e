"""Lambda@Edge.

https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-event-structure.html
"""

from typing import Literal, NotRequired, TypedDict


class CloudFrontHeader(TypedDict):
    """One header field. ``key`` is its name in the client's spelling."""

    key: NotRequired[str]
    value: str


class CloudFrontConfig(TypedDict):
    """The distribution, and the event type that triggers the function."""

    distributionDomainName: str
    distributionId: str
    eventType: Literal["viewer-request", "origin-request"]
    requestId: str


class CloudFrontCustomOrigin(TypedDict):
    """The web server that CloudFront would send the request to."""

    customHeaders: dict[str, list[CloudFrontHeader]]
    domainName: str
    keepaliveTimeout: int
    path: str
    port: int
    protocol: str
    readTimeout: int
    sslProtocols: list[str]


class CloudFrontS3Origin(TypedDict):
    """The S3 bucket that CloudFront would send the request to."""

    authMethod: str
    customHeaders: dict[str, list[CloudFrontHeader]]
    domainName: str
    path: str
    region: str


class CloudFrontOrigin(TypedDict):
    """The origin of an origin request: one of the two keys is present."""

    custom: NotRequired[CloudFrontCustomOrigin]
    s3: NotRequired[CloudFrontS3Origin]


class CloudFrontBody(TypedDict):
    """The request body, which the event has only if the association includes it."""

    inputTruncated: bool
    action: str
    encoding: Literal["base64", "text"]
    data: str


class CloudFrontRequest(TypedDict):
    """The request. The keys of ``headers`` are in lower case; ``querystring`` is as the client sent it, without "?"."""

    clientIp: str
    headers: dict[str, list[CloudFrontHeader]]
    method: str
    querystring: NotRequired[str]
    uri: str
    body: NotRequired[CloudFrontBody]
    origin: NotRequired[CloudFrontOrigin]


class CloudFrontMessage(TypedDict):
    """The request, and the distribution that received it."""

    config: CloudFrontConfig
    request: CloudFrontRequest


class CloudFrontRecord(TypedDict):
    """The only record of the event."""

    cf: CloudFrontMessage


class CloudFrontRequestEvent(TypedDict):
    """A viewer request or an origin request. ``Records`` has one item."""

    Records: list[CloudFrontRecord]
