"""What has happened, and the page at ``/_lambda`` that shows it: plain HTML, nothing to build, nothing to load."""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..._values.request import Headers, LambdaEvent
    from ..sandbox.invocation import InvocationError
    from ..sandbox.sandbox import Report, Sandbox

_KEPT = 100
_BODY_KEPT = 65536


class Exchange:
    """One request and what became of it."""

    def __init__(self, method: str, target: str) -> None:
        self.method = method
        self.target = target
        self.event: LambdaEvent | None = None
        self.request_id = ""
        self.status = 0
        self.headers: Headers = []
        self.body = b""
        self.size = 0
        self.chunks = 0
        self.streamed = False
        self.started = False
        self.complete = False
        self.init: float | None = None
        self.error: InvocationError | None = None
        self.note = ""
        self.report: Report | None = None
        self.began = time.time()
        self.first_byte = 0.0
        self.seconds = 0.0
        self.shown = 0.0  # when the terminal has last told of it

    def began_answer(self, status: int, headers: Headers) -> None:
        self.status = status
        self.headers = headers
        self.first_byte = time.time() - self.began

    def add(self, data: bytes) -> None:
        self.size += len(data)
        self.chunks += bool(data)
        self.body += data[: max(0, _BODY_KEPT - len(self.body))]

    def end(self) -> None:
        self.complete = True
        self.seconds = time.time() - self.began


class History:
    """The latest exchanges, the oldest first."""

    def __init__(self) -> None:
        self.exchanges: deque[Exchange] = deque(maxlen=_KEPT)

    def find(self, request_id: str) -> Exchange | None:
        return next((exchange for exchange in self.exchanges if exchange.request_id == request_id), None)


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


def page(sandboxes: Iterable[Sandbox], history: History, title: str) -> str:
    rows = "".join(
        f'<tr><td class="n">{sandbox.pid or "external"}</td><td>{sandbox.state}</td>'
        f'<td class="n">{sandbox.invocations}</td><td class="n">{sandbox.max_memory} MB</td></tr>'
        for sandbox in sandboxes
    )
    exchanges = list(reversed(history.exchanges))
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style>'
        f"<h1>{escape(title)}</h1><h2>Sandboxes</h2>"
        f"<table><tr><th>Process<th>State<th>Invocations<th>Memory, at most</tr>{rows}</table>"
        f"<h2>Invocations</h2>{chart(exchanges)}"
        f"<table><tr><th>Request<th>Status<th>Time<th>Init<th>Memory<th></tr>{''.join(map(_row, exchanges))}</table>"
    )


def chart(exchanges: list[Exchange]) -> str:
    """One bar for each, the latest on the right: init below, duration above it."""
    shown = [exchange for exchange in reversed(exchanges[:50]) if exchange.complete]
    if not shown:
        return ""
    most = max(exchange.seconds for exchange in shown) or 1
    bars = []
    for index, exchange in enumerate(shown):
        height = max(1.0, 80 * exchange.seconds / most)
        init = min(height, 80 * (exchange.init or 0) / most)
        kind = "broken" if exchange.error is not None or exchange.status >= 500 else "run"
        hint = f"<title>{escape(exchange.target)}: {exchange.seconds * 1000:.0f} ms</title>"
        bars.append(
            f'<g transform="translate({index * 14} 0)">{hint}'
            f'<rect class="{kind}" y="{80 - height:.1f}" width="11" height="{height - init:.1f}"/>'
            f'<rect class="init" y="{80 - init:.1f}" width="11" height="{init:.1f}"/></g>'
        )
    label = f"Durations, {most * 1000:.0f} ms at most"
    return f'<svg role="img" aria-label="{label}" width="700" height="84" viewBox="0 0 700 84">{"".join(bars)}</svg>'


def _row(exchange: Exchange) -> str:
    report = exchange.report
    init = f"{exchange.init * 1000:.0f} ms" if exchange.init is not None else ""
    memory = f"{report.max_memory} MB" if report is not None else ""
    bad = ' class="bad"' if exchange.error is not None else ""
    replay = (
        f'<form method="post" action="/_lambda/replay/{exchange.request_id}"><button>Replay</button></form>'
        if exchange.event is not None and exchange.request_id
        else ""
    )
    return (
        f"<tr><td><details><summary{bad}>{escape(exchange.method)} {escape(exchange.target)}</summary>"
        f"{_details(exchange)}</details></td>"
        f'<td class="n">{exchange.status or "…"}</td><td class="n">{exchange.seconds * 1000:.1f} ms</td>'
        f'<td class="n">{init}</td><td class="n">{memory}</td><td>{replay}</td></tr>'
    )


def _details(exchange: Exchange) -> str:
    parts = [f"<p>{escape(exchange.request_id)} {escape(exchange.note)}</p>"]
    if exchange.error is not None:
        parts.append(f'<pre class="bad">{escape(json.dumps(exchange.error.payload, indent=2))}</pre>')
    if exchange.event is not None:
        event = json.dumps(exchange.event, indent=2, ensure_ascii=False)
        parts.append(f"<pre>{escape(event[:_BODY_KEPT])}{' …' if len(event) > _BODY_KEPT else ''}</pre>")
    head = "".join(f"{name.decode('latin-1')}: {value.decode('latin-1')}\n" for name, value in exchange.headers)
    parts.append(f"<pre>{escape(head)}\n{escape(exchange.body.decode(errors='replace'))}</pre>")
    return "".join(parts)


def error_page(error: InvocationError, status: int) -> str:
    """For a person in front of a browser: what the front door itself would keep to itself."""
    kind, message = (escape(str(error.payload.get(key, ""))) for key in ("errorType", "errorMessage"))
    stack = error.payload.get("stackTrace")
    lines = "".join(map(str, stack)) if isinstance(stack, list) else ""
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{kind}</title><style>{_STYLE}</style>'
        f'<h1 class="bad">{kind}</h1><pre>{escape(lines)}{message}</pre>'
        f"<p>On AWS the client is told {status}, and nothing of this. "
        '<a href="/_lambda">Invocations</a></p>'
    )
