"""boto3's client of the management API, which is published without types."""

from datetime import datetime
from typing import Any, Protocol, TypedDict, cast

import boto3


class Identity(TypedDict):
    SourceIp: str
    UserAgent: str


class ConnectionState(TypedDict):
    ConnectedAt: datetime
    Identity: Identity
    LastActiveAt: datetime


class ManagementClient(Protocol):
    exceptions: Any

    def get_connection(self, *, ConnectionId: str) -> ConnectionState: ...  # noqa: N803
    def post_to_connection(self, *, ConnectionId: str, Data: bytes) -> object: ...  # noqa: N803
    def delete_connection(self, *, ConnectionId: str) -> object: ...  # noqa: N803


def management_client(**options: str) -> ManagementClient:
    """Without options, all of them are in the environment, as in a function."""
    return cast("ManagementClient", boto3.client("apigatewaymanagementapi", **options))
