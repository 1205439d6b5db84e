"""``doctor`` in the test's own process: what it finds, in short."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from lambda_http_adapter._deploy.doctor.examination import Report, examine
from lambda_http_adapter._deploy.doctor.options import parse_options

TODAY = date(2026, 11, 30)
FUNCTION = ("--handler", "main.handler", "--python", "3.13", "--arch", "x86_64")


def report(*arguments: str | Path, variables: Mapping[str, str] | None = None, today: date = TODAY) -> Report:
    return examine(parse_options([str(argument) for argument in arguments]), variables or {}, today)


def sentences(found: Report) -> list[tuple[str, str]]:
    """Each finding's id and sentence."""
    return [(one.id, one.sentence) for one in found.findings]
