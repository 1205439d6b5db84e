"""A function that returns data, as one does that isn't behind HTTP."""

from typing import Any


def app(event: dict[str, Any], context: object) -> dict[str, str]:
    return {"hello": "world"}
