"""A report as text for a person, or as JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from typing import TextIO

from .examination import Report
from .finding import Finding, Severity, printable
from .handler.import_times import Package, late_imports

_ORDER: tuple[Severity, ...] = ("error", "warning", "hint")
_STYLES = {"error": "bold red", "warning": "yellow", "hint": "cyan"}
_PAGE = "https://github.com/lambda-http-adapter/lambda-http-adapter/blob/main/docs/doctor.md"
_SMALLEST = 0.01  # of the whole: smaller packages share a row


def print_report(report: Report, times: Sequence[Package], file: TextIO) -> None:
    """Errors first. Without a finding, one line says so."""
    for severity in _ORDER:
        for finding in report.findings:
            if finding.severity == severity:
                _print_finding(finding, file)
    for note in report.notes:
        print(f"note: {printable(note)}", file=file)
    print(_summary(report), file=file)
    if times:
        print(file=file)
        for line in time_lines(times):
            print(line, file=file)


def _print_finding(finding: Finding, file: TextIO) -> None:
    where = f" {printable(finding.where)}" if finding.where else ""
    rest = f"{where}  [{finding.id}]\n  {printable(finding.sentence)}\n  → {printable(finding.remedy)}"
    # rich colours a terminal only.
    if file.isatty() and find_spec("rich") is not None:
        from rich.console import Console
        from rich.text import Text

        line = Text.assemble((finding.severity, _STYLES[finding.severity]), rest)
        Console(file=file).print(line, soft_wrap=True)
    else:
        print(finding.severity + rest, file=file)


def _summary(report: Report) -> str:
    subject = printable(report.subject)
    if not report.findings:
        return f"Nothing found in {subject}."
    counts = Counter(finding.severity for finding in report.findings)
    parts = [f"{counts[name]} {name}{'s' if counts[name] > 1 else ''}" for name in _ORDER if counts[name]]
    return f"{', '.join(parts)} in {subject}. {_PAGE} explains each id."


def time_lines(packages: Sequence[Package]) -> Iterator[str]:
    """A table of the packages' times, then what could be imported later."""
    whole = sum(package.own for package in packages)
    shown = [package for package in packages if package.own >= _SMALLEST * whole]
    rest = packages[len(shown) :]
    if rest:
        others = f"{len(rest)} more" if len(rest) > 1 else rest[0].name
        shown.append(Package(others, sum(one.own for one in rest), 0, sum(one.modules for one in rest)))
    width = max(len(printable(package.name)) for package in shown)
    yield f"{'package':{width}}  own ms  share  with imports  modules"
    for one in shown:
        total = f"{one.total:9.1f} ms" if one.total else " " * 12
        share = 100 * one.own / whole if whole else 0
        yield f"{printable(one.name):{width}}  {one.own:6.1f}  {share:3.0f} %  {total}  {one.modules:7}"
    yield f"{'total':{width}}  {whole:6.1f}"
    yield from late_imports(packages)


def print_json(report: Report, times: Sequence[Package], file: TextIO) -> None:
    document: dict[str, object] = {
        "bundle": report.subject,
        "findings": [finding._asdict() for finding in report.findings],
        "notes": report.notes,
    }
    if times:
        document["import_times"] = [package._asdict() for package in times]
    json.dump(document, file, indent=2)
    file.write("\n")
