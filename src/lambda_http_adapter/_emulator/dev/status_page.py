"""The page of the emulator itself, in plain HTML that loads nothing: ``/_lambda``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING

from .history import BODY_KEPT, History, RequestRecord

if TYPE_CHECKING:
    from ..sandbox.sandbox import Sandbox

_BARS = 50
_HEIGHT = 80
_STYLE = """
:root { color-scheme: light dark; --line: light-dark(#ddd, #444); --soft: light-dark(#666, #aaa) }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem }
h1 { font-size: 1.3rem } h2 { font-size: 1rem; margin-top: 2rem }
table { border-collapse: collapse; width: 100% }
th, td { border-bottom: 1px solid var(--line); padding: .3rem .8rem .3rem 0; text-align: left; vertical-align: top }
th { color: var(--soft); font-weight: normal } td.n { font-variant-numeric: tabular-nums; white-space: nowrap }
pre { background: light-dark(#f5f5f5, #222); overflow: auto; padding: .6rem; max-height: 24rem }
summary { cursor: pointer; overflow-wrap: anywhere } .bad { color: light-dark(#b00020, #ff8080) }
.init { fill: #d97706 } .run { fill: #059669 } .broken { fill: #dc2626 }
"""


def _html(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style>'
        f"{body}"
    )


def _ms(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds * 1000:.0f} ms"


# The status page


def status_page(sandboxes: Iterable[Sandbox], history: History, title: str) -> str:
    latest_first = list(reversed(history.records))
    sandbox_rows = "".join(map(_sandbox_row, sandboxes))
    request_rows = "".join(map(_request_row, latest_first))
    return _html(
        title,
        f"<h1>{escape(title)}</h1>"
        "<h2>Sandboxes</h2>"
        f"<table><tr><th>Process<th>State<th>Invocations<th>Peak memory</tr>{sandbox_rows}</table>"
        f"<h2>Invocations</h2>{_chart(latest_first)}"
        f"<table><tr><th>Request<th>Status<th>Time<th>Init<th>Memory<th></tr>{request_rows}</table>",
    )


def _sandbox_row(sandbox: Sandbox) -> str:
    return (
        f'<tr><td class="n">{sandbox.pid or "external"}</td><td>{sandbox.state}</td>'
        f'<td class="n">{sandbox.invocations}</td><td class="n">{sandbox.max_memory} MB</td></tr>'
    )


def _chart(latest_first: Sequence[RequestRecord]) -> str:
    """A bar for each completed request, the latest on the right; the lower part of a bar is the init phase."""
    shown = [record for record in reversed(latest_first[:_BARS]) if record.complete]
    if not shown:
        return ""
    longest = max(record.duration for record in shown) or 1
    bars = "".join(_bar(record, index * 14, _HEIGHT / longest) for index, record in enumerate(shown))
    label = f"Durations up to {_ms(longest)}"
    return f'<svg role="img" aria-label="{label}" width="700" height="84" viewBox="0 0 700 84">{bars}</svg>'


def _bar(record: RequestRecord, left: int, scale: float) -> str:
    """``scale``: pixels for each second."""
    height = max(1.0, record.duration * scale)
    init = min(height, (record.init_duration or 0) * scale)
    kind = "broken" if record.error is not None or record.status >= 500 else "run"
    return (
        f'<g transform="translate({left} 0)"><title>{escape(record.target)}: {_ms(record.duration)}</title>'
        f'<rect class="{kind}" y="{_HEIGHT - height:.1f}" width="11" height="{height - init:.1f}"/>'
        f'<rect class="init" y="{_HEIGHT - init:.1f}" width="11" height="{init:.1f}"/></g>'
    )


def _request_row(record: RequestRecord) -> str:
    memory = f"{record.report.max_memory} MB" if record.report is not None else ""
    summary_class = ' class="bad"' if record.error is not None else ""
    return (
        f"<tr><td><details><summary{summary_class}>{escape(record.method)} {escape(record.target)}</summary>"
        f"{_details(record)}</details></td>"
        f'<td class="n">{record.status or "…"}</td><td class="n">{record.duration * 1000:.1f} ms</td>'
        f'<td class="n">{_ms(record.init_duration)}</td><td class="n">{memory}</td>'
        f"<td>{_replay_button(record)}</td></tr>"
    )


def _replay_button(record: RequestRecord) -> str:
    if record.event is None or not record.request_id:
        return ""
    return f'<form method="post" action="/_lambda/replay/{record.request_id}"><button>Replay</button></form>'


def _details(record: RequestRecord) -> str:
    parts = [f"<p>{escape(record.request_id)} {escape(record.note)}</p>"]
    if record.error is not None:
        parts.append(f'<pre class="bad">{escape(json.dumps(record.error.payload, indent=2))}</pre>')
    if record.event is not None:
        event = _event_text(record.event)
        parts.append(f"<pre>{escape(event[:BODY_KEPT])}{' …' if len(event) > BODY_KEPT else ''}</pre>")
    head = "".join(f"{name.decode('latin-1')}: {value.decode('latin-1')}\n" for name, value in record.headers)
    parts.append(f"<pre>{escape(head)}\n{escape(record.body.decode(errors='replace'))}</pre>")
    return "".join(parts)


def _event_text(event: object) -> str:
    try:
        return json.dumps(event, indent=2, ensure_ascii=False)
    except RecursionError:
        return "It is nested too deeply to be shown."
