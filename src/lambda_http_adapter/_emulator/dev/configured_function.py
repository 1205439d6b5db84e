"""The function of ``dev`` as the options configure it: its process, its variables and its limits."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from ..._apps.discovery import named_app
from ..._apps.importer import require_module
from ...errors import ConfigurationError
from ...origins import RequestOrigin
from ..doors.door import Door
from ..doors.limits import limits_of
from ..sandbox.function import FunctionSettings, run_command
from .configured_entrance import only_mapping
from .management_api import with_management_api
from .options import read_env_file

if TYPE_CHECKING:
    from .certificate import Certificate

_TIMEOUT = 30
_MEMORY = 1769
_MEMORY_MANAGED = 2048  # the least of a Managed Instance's functions
Number = TypeVar("Number", int, float)


def function_settings(
    options: argparse.Namespace, door: Door, url: str, certificate: Certificate | None
) -> FunctionSettings:
    """``url``: that of ``dev``. Raises ConfigurationError."""
    directory = Path.cwd()
    limits = limits_of(door)
    usual_memory = _MEMORY if options.max_concurrency == 1 else _MEMORY_MANAGED
    memory = _within("memory", options.memory, usual_memory, limits.memory, door)
    timeout = _within("timeout", options.timeout, _TIMEOUT, limits.function_timeout, door)
    app = ""
    command: list[str] = []
    if not options.only_runtime_api:
        app = named_app(options.app, factory=options.factory, app_dir=options.app_dir)
        require_module(app)
        command = run_command(app, options.app_dir)
    environment = _environment(options, app, memory)
    if door.origin is RequestOrigin.websocket:
        authorities = None if certificate is None else certificate.bundle
        environment = with_management_api(environment, url + door.mount, authorities)
    return FunctionSettings(
        command,
        environment,
        directory,
        None if options.no_timeout else timeout,
        memory,
        options.max_concurrency,
        options.freeze,
        options.runtime_api_port,
    )


def _within(option: str, value: Number | None, default: Number, limit: Number | None, door: Door) -> Number:
    """``value``, or without one ``default``, both within the front door's ``limit``. Raises ConfigurationError."""
    if value is None:
        return default if limit is None else limit
    if limit is not None and value > limit:
        raise ConfigurationError(f"--{option} is {value:g}; a function behind {door.label} can have {limit:g}.")
    return value


def _environment(options: argparse.Namespace, app: str, memory: int) -> Mapping[str, str]:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html"""
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
    environment = {
        "AWS_LAMBDA_FUNCTION_NAME": options.function_name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(memory),
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{options.function_name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "local",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "TZ": ":UTC",
        "LAMBDA_TASK_ROOT": str(Path.cwd()),
    }
    if app:
        environment["_HANDLER"] = app
    if options.max_concurrency > 1:
        environment["AWS_LAMBDA_MAX_CONCURRENCY"] = str(options.max_concurrency)
        environment["AWS_LAMBDA_INITIALIZATION_TYPE"] = "lambda-managed-instances"
        environment["LAMBDA_HTTP_ADAPTER_PROCESSES"] = os.environ.get("LAMBDA_HTTP_ADAPTER_PROCESSES", "1")
    if options.stream:
        environment["LAMBDA_HTTP_ADAPTER_INVOKE_MODE"] = "response_stream"
    base_path = options.base_path or only_mapping(options)
    if base_path:
        environment["LAMBDA_HTTP_ADAPTER_BASE_PATH"] = base_path
    if options.env_file is not None:
        environment |= read_env_file(options.env_file)
    return environment
