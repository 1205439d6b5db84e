"""VPC Lattice, event structure versions 1 and 2.

https://docs.aws.amazon.com/vpc-lattice/latest/ug/lambda-functions.html
"""

from typing import NotRequired, TypedDict


class VPCLatticeEventV1(TypedDict):
    """A request through a service whose target group has the event structure version V1."""

    raw_path: str
    method: str
    headers: dict[str, str]
    query_string_parameters: NotRequired[dict[str, str]]
    body: str | None
    is_base64_encoded: bool


class VPCLatticeIdentity(TypedDict):
    """The caller: its VPC and, with an IAM auth policy, its principal."""

    sourceVpcArn: NotRequired[str]
    type: NotRequired[str]
    principal: NotRequired[str]
    principalOrgID: NotRequired[str]
    sessionName: NotRequired[str]
    x509IssuerOu: NotRequired[str]
    x509SanDns: NotRequired[str]
    x509SanNameCn: NotRequired[str]
    x509SanUri: NotRequired[str]
    x509SubjectCn: NotRequired[str]


class VPCLatticeRequestContext(TypedDict):
    """The service, its target group and the caller. ``timeEpoch`` is in microseconds."""

    serviceNetworkArn: str
    serviceArn: str
    targetGroupArn: str
    identity: VPCLatticeIdentity
    region: str
    timeEpoch: str


class VPCLatticeEventV2(TypedDict):
    """A request with the event structure version V2, the default.

    Header and query values are lists; in AWS's samples they are strings.
    """

    version: str
    path: NotRequired[str]
    method: str
    headers: dict[str, list[str] | str]
    queryStringParameters: NotRequired[dict[str, list[str] | str]]
    query_string_parameters: NotRequired[dict[str, list[str] | str]]
    body: NotRequired[str | None]
    isBase64Encoded: NotRequired[bool]
    requestContext: VPCLatticeRequestContext
