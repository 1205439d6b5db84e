"""AWS's own runner of durable executions, from its testing SDK: it invokes a function until its execution has ended."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import httpx

from tests.support.server_process import free_port, server_process

_COMMAND = "from aws_durable_execution_sdk_python_testing.cli import main; raise SystemExit(main())"
KEYS = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_DEFAULT_REGION": "eu-west-1"}


class DurableService:
    """The part of the Lambda API that keeps the state of durable executions, at ``url``."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.variables = {"AWS_ENDPOINT_URL_LAMBDA": url, **KEYS}
        self._client: Any = boto3.client(
            "lambda", endpoint_url=url, region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b"
        )

    def execute(self, function: str, payload: str, lambda_endpoint: str) -> tuple[str, str | None]:
        """The status in which an execution of ``function`` ends, and its result or its error's message.

        ``lambda_endpoint``: where the service invokes it.
        """
        started = httpx.post(
            f"{self.url}/start-durable-execution",
            json={
                "AccountId": "123456789012",
                "FunctionName": function,
                "FunctionQualifier": "$LATEST",
                "ExecutionName": "first",
                "ExecutionTimeoutSeconds": 60,
                "ExecutionRetentionPeriodDays": 1,
                "InvocationId": "i-1",
                "Input": payload,
                "LambdaEndpoint": lambda_endpoint,
            },
            trust_env=False,
        )
        arn = started.raise_for_status().json()["ExecutionArn"]
        while (execution := self._client.get_durable_execution(DurableExecutionArn=arn))["Status"] == "RUNNING":
            pass
        result = execution.get("Result") or execution.get("Error", {}).get("ErrorMessage")
        return execution["Status"], result


@contextmanager
def durable_service(directory: Path) -> Iterator[DurableService]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    arguments = ["start-server", "--host", "127.0.0.1", "--port", str(port), "--skip-time", "--log-level", "WARNING"]
    command = [sys.executable, "-c", _COMMAND, *arguments, "--local-runner-endpoint", url]
    with server_process(command, KEYS, directory, port):
        yield DurableService(url)
