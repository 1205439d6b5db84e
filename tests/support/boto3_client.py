"""AWS's own client of Lambda, for a function on this machine."""

from typing import Any

import boto3
from botocore.config import Config


def lambda_client(url: str, verify: str | None = None) -> Any:  # noqa: ANN401  # boto3 makes its classes at run time
    """It doesn't retry, so that a test sees each response. ``verify``: a file with the authority to trust."""
    config = Config(retries={"total_max_attempts": 1}, proxies={})
    return boto3.client(
        "lambda",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="nobody",
        aws_secret_access_key="checks it",
        config=config,
        verify=verify,
    )
