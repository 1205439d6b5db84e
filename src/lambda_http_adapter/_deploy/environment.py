"""The environment variables that Lambda gives a function.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
"""

from __future__ import annotations

from pathlib import Path


def lambda_environment(command: str, task_root: str | Path, handler: str) -> dict[str, str]:
    """Those of a function that a ``command`` of this package starts, without credentials. ``handler``: its handler
    setting."""
    return {
        "_HANDLER": handler,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1769",  # MB: a whole vCPU
        "AWS_LAMBDA_FUNCTION_NAME": command,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{command}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "local",
        "AWS_REGION": "us-east-1",
        "LAMBDA_TASK_ROOT": str(task_root),
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
    }
