"""The environment variables that a deployed function reads, beside those of the options."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import lambda_http_adapter
from lambda_http_adapter._values.config import _FALLBACKS, PREFIX

from ..places import ROOT
from .markdown import table

_PACKAGE = ROOT / "src" / lambda_http_adapter.__name__
_NAME = re.compile(r"_?(?:AWS_(?:LAMBDA|LWA)|DJANGO|LAMBDA|X_AMZN)_[A-Z_]*[A-Z]|_HANDLER|HOST|PORT")
# Those of the emulator and of the commands before a deployment aren't a function's.
_ELSEWHERE = ("_emulator", "_deploy", "_pytest.py")

# Set by, effect.
MEANINGS = {
    "AWS_LAMBDA_PYTHON_ENTRYPOINT": ("you", "the app or handler, where the command line names none"),
    "_HANDLER": ("Lambda: the function's handler, or an image's command", "the same, after the one above"),
    "DJANGO_SETTINGS_MODULE": ("you", "the Django project to serve, where nothing else names an app"),
    "HOST": ("you", "outside Lambda: the address that `run_*` serve at, `127.0.0.1`"),
    "PORT": ("you", "outside Lambda: the port that `run_*` serve at, `8000`"),
    "AWS_LAMBDA_RUNTIME_API": ("Lambda", "the Runtime API's address; without it, this isn't Lambda"),
    "AWS_LWA_LAMBDA_RUNTIME_API_PROXY": ("you, or an extension", "the address of a proxy of the Runtime API"),
    "AWS_LAMBDA_MAX_CONCURRENCY": ("Managed Instances", "the number of invocations at once"),
    "AWS_LAMBDA_INITIALIZATION_TYPE": (
        "Lambda",
        "`snap-start`: the hooks of a snapshot are called; others: no limit of a start's time",
    ),
    "AWS_LAMBDA_LOG_FORMAT": ("Lambda: the function's logging configuration", "`JSON`: one object per log record"),
    "AWS_LAMBDA_LOG_LEVEL": ("Lambda: the function's logging configuration", "the root logger's level"),
    "_LAMBDA_TELEMETRY_LOG_FD": ("Lambda", "the pipe that log records are written to"),
    "_LAMBDA_TELEMETRY_LOG_FD_PROVIDER_SOCKET": ("Managed Instances", "the socket that hands out such a pipe"),
    "_X_AMZN_TRACE_ID": ("this package, for X-Ray's SDK", "the invocation's trace, where one runs at a time"),
    "LAMBDA_TASK_ROOT": ("Lambda", "the root of the paths in an error's report"),
    "AWS_LAMBDA_FUNCTION_NAME": ("Lambda", "`context.function_name`, and the name of a span"),
    "AWS_LAMBDA_FUNCTION_VERSION": ("Lambda", "`context.function_version`"),
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": ("Lambda", "`context.memory_limit_in_mb`"),
    "AWS_LAMBDA_LOG_GROUP_NAME": ("Lambda", "`context.log_group_name`"),
    "AWS_LAMBDA_LOG_STREAM_NAME": ("Lambda", "`context.log_stream_name`"),
}


def variables() -> str:
    """Raises ValueError if the code reads other variables than those that are described here."""
    read = set(variables_read())
    if read != MEANINGS.keys():
        raise ValueError(f"website/reference/variables.py and the code differ in {sorted(read ^ MEANINGS.keys())}.")
    rows = ([f"`{name}`", by, effect] for name, (by, effect) in MEANINGS.items())
    return table(["variable", "set by", "effect"], rows)


def variables_read() -> Iterator[str]:
    for path in _PACKAGE.rglob("*.py"):
        if path.relative_to(_PACKAGE).parts[0] in _ELSEWHERE:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and _is_one(node.value):
                yield node.value


def _is_one(text: str) -> bool:
    """Whether this is the name of a variable that doesn't give an option."""
    is_ours = text.removeprefix("_").startswith(PREFIX) or text in _FALLBACKS.values()
    return _NAME.fullmatch(text) is not None and not is_ours
