"""The pages instead of a front door's bare error responses, for a client that accepts HTML. They load nothing."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from http import HTTPStatus
from typing import TYPE_CHECKING

from ..doors.client import ClientResponse
from .advice import NO_WEBSOCKET as NO_WEBSOCKET_ADVICE
from .advice import advice_on
from .tracebacks import Frame, folded, own_frames, split_frames

if TYPE_CHECKING:
    from ..sandbox.invocation import InvocationError

_OF_BODY = (b"content-type", b"content-length")
NO_WEBSOCKET = ClientResponse(
    426,
    [(b"content-type", b"text/plain; charset=utf-8"), (b"upgrade", b"websocket")],
    f"There are no WebSockets here: {NO_WEBSOCKET_ADVICE}.\n".encode(),
)
_STYLE = """
:root { color-scheme: light dark }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem }
h1 { font-size: 1.3rem; color: light-dark(#b00020, #ff8080); overflow-wrap: anywhere }
pre { background: light-dark(#f5f5f5, #222); overflow: auto; padding: .6rem; margin: .6rem 0 }
pre.own { border-left: 3px solid light-dark(#b00020, #ff8080) }
summary { cursor: pointer } .soft { color: light-dark(#666, #aaa) }
"""


def error_page(error: InvocationError, status: int) -> ClientResponse:
    """The function's error: what can be done, the user's frames, then those of libraries folded."""
    error_type, message = (str(error.payload.get(key, "")) for key in ("errorType", "errorMessage"))
    stack = error.payload.get("stackTrace")
    frames = _stack(stack) if isinstance(stack, list) else ""
    return _page(
        status,
        error_type,
        f"<pre>{escape(message)}</pre><p>{_sentence(advice_on(error))}</p>{frames}"
        f'<p class="soft">On AWS the client would see only a bare {status}.',
    )


def refusal_page(response: ClientResponse, reason: str, advice: str, link: str = "") -> ClientResponse:
    """A request that the front door refuses with ``response``. ``link``: the path of a page that would be served."""
    target = f' <a href="{escape(link)}">{escape(link)}</a>' if link else ""
    said = escape(response.body.decode(errors="replace"))
    page = _page(
        response.status,
        f"{response.status} {_phrase(response.status)}".rstrip(),
        f"<p>{_sentence(reason)} {_sentence(advice)}{target}</p>"
        f'<p class="soft">On AWS the client would see only {response.status} and <code>{said}</code>.',
    )
    others = [(name, value) for name, value in response.headers if name.lower() not in _OF_BODY]
    return page._replace(headers=[*others, *page.headers])


def _page(status: int, title: str, body: str) -> ClientResponse:
    html = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style>'
        f"<h1>{escape(title)}</h1>{body}"
        ' This page appears only in <code>dev</code>. <a href="/_lambda">Invocations</a></p>'
    )
    # An app's message may hold lone surrogates, which UTF-8 can't.
    data = html.encode(errors="backslashreplace")
    return ClientResponse(status, [(b"content-type", b"text/html; charset=utf-8")], data)


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else ""


def _sentence(text: str) -> str:
    return escape(f"{text[:1].upper()}{text[1:].rstrip('.')}.")


def _stack(stack: Sequence[object]) -> str:
    lines = "".join(f"{str(entry).removesuffix(chr(10))}\n" for entry in stack).splitlines(keepends=True)
    frames, others = split_frames(lines)
    fold, hidden = folded(frames)
    parts = [f'<pre class="own">{_text(own_frames(frames))}</pre>'] if frames else []
    if fold:
        parts.append(f"<details><summary>{escape(fold)}</summary><pre>{_text(hidden)}</pre></details>")
    if others:
        parts.append(f"<pre>{escape(''.join(others))}</pre>")
    return "".join(parts)


def _text(frames: Sequence[Frame]) -> str:
    return escape("".join(frame.text for frame in frames))
