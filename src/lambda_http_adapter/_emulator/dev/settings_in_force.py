"""The settings that `dev` runs with, as texts for its page."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..doors.door import Door

if TYPE_CHECKING:
    from ..sandbox.pool import Pool

# What the emulator itself sets or documents; the value of any other variable may be a secret.
_SHOWN = (
    *("AWS_LAMBDA_", "LAMBDA_HTTP_ADAPTER_", "LAMBDA_TASK_ROOT", "AWS_REGION", "AWS_DEFAULT_REGION"),
    *("_HANDLER", "TZ"),
)
_LABELS = {
    "gateway_timeout": "Time-out of a response",
    "idle_timeout": "Time-out between chunks",
    "save_events": "Events are saved in",
    "host": "Listens at",
    "cors": "Origins of CORS",
    "port": "Runtime API port",
    "freeze": "Frozen between invocations",
    "concurrency": "Sandboxes",
    "cold": "A new sandbox for each request",
    "max_concurrency": "Invocations in one sandbox",
}
_UNITS = {"timeout": "s", "gateway_timeout": "s", "idle_timeout": "s", "memory": "MB"}

Settings = dict[str, list[tuple[str, str | None]]]


def settings_in_force(front_door: Mapping[str, object], pool: Pool) -> Settings:
    """Groups of names and values. The value of an environment variable is None if it may be a secret.

    ``front_door``: the fields of FrontDoorOptions, and those of its entrance.
    """
    function = pool.settings._asdict()
    environment: Mapping[str, str] = function.pop("environment")
    sandboxes = {"concurrency": pool.concurrency, "cold": pool.cold, "max_concurrency": function.pop("max_concurrency")}
    return {
        "Front door": _rows(front_door),
        "Function": _rows(function),
        "Sandboxes": _rows(sandboxes),
        "Environment": [(name, _value(name, environment[name])) for name in sorted(environment)],
    }


def _value(variable: str, value: str) -> str | None:
    return value if variable.startswith(_SHOWN) else None


def _rows(fields: Mapping[str, object]) -> list[tuple[str, str | None]]:
    rows: list[tuple[str, str | None]] = []
    for name, value in fields.items():
        if isinstance(value, Door):
            rows += [("Door", value.label), ("Mount", f"{value.mount}/")]
        else:
            label = _LABELS.get(name, name.replace("_", " ").capitalize())
            rows.append((label, _text(value, _UNITS.get(name, ""))))
    return rows


def _text(value: object, unit: str) -> str:
    match value:
        case None:
            return "no limit" if unit else "none"
        case bool():
            return "yes" if value else "no"
        case list():
            return shlex.join(map(str, value)) or "none"
        case 0:
            return "any"
        case int() | float():
            return f"{value:g} {unit}".strip()
    return str(value)
