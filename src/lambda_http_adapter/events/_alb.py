"""Application Load Balancer.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
"""

from typing import NotRequired, TypedDict


class ELBContext(TypedDict):
    """The target group that the function is registered with."""

    targetGroupArn: str


class ALBRequestContext(TypedDict):
    """The load balancer, and nothing of the client."""

    elb: ELBContext


class ALBTargetGroupEvent(TypedDict):
    """A request through a load balancer: with the ``multiValue`` maps where its target group says so, else without."""

    requestContext: ALBRequestContext
    httpMethod: str
    path: str
    queryStringParameters: NotRequired[dict[str, str] | None]
    multiValueQueryStringParameters: NotRequired[dict[str, list[str]] | None]
    headers: NotRequired[dict[str, str] | None]
    multiValueHeaders: NotRequired[dict[str, list[str]] | None]
    body: str
    isBase64Encoded: bool
