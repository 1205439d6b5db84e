"""Application Load Balancer.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
"""

from typing import NotRequired, TypedDict


class ELBContext(TypedDict):
    """The target group in which the function is registered."""

    targetGroupArn: str


class ALBRequestContext(TypedDict):
    """The load balancer. An ALB's event doesn't describe the client."""

    elb: ELBContext


class ALBTargetGroupEvent(TypedDict):
    """A request through a load balancer, with the ``multiValue`` maps if the target group enables them."""

    requestContext: ALBRequestContext
    httpMethod: str
    path: str
    queryStringParameters: NotRequired[dict[str, str] | None]
    multiValueQueryStringParameters: NotRequired[dict[str, list[str]] | None]
    headers: NotRequired[dict[str, str] | None]
    multiValueHeaders: NotRequired[dict[str, list[str]] | None]
    body: str
    isBase64Encoded: bool
