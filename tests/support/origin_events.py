"""The recorded and hand-written events of each origin, and names for the cases of a test of them."""

import json
from collections.abc import Iterable

from lambda_http_adapter._values.config import Config
from lambda_http_adapter.origins import HTTPRequest
from tests.support.paths import EVENTS

Case = tuple[str, Config, HTTPRequest]


def load_event(origin: str, name: str) -> dict[str, object]:
    event: dict[str, object] = json.loads((EVENTS / origin / f"{name}.json").read_text(encoding="utf-8"))
    return event


def event_names(origin: str) -> set[str]:
    return {path.stem for path in (EVENTS / origin).glob("*.json")}


def case_ids(cases: Iterable[tuple[str, Config, *tuple[object, ...]]]) -> list[str]:
    """The event's name and the options that differ from the defaults."""
    return [
        "-".join([name, *(f"{option}={value}" for option, value in vars(config).items())]) for name, config, *_ in cases
    ]
