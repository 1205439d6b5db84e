"""Pieces of Markdown."""

import re
from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def code(text: str) -> str:
    """``text`` as code in a table's cell, where "|" would end it."""
    return f"<code>{_html(text)}</code>" if "|" in text else f"`{text}`"


def prose(text: str) -> str:
    """Plain text as Markdown. Between backquotes it is code already."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(part if part.startswith("`") else _escaped(part) for part in parts)


def docstring(text: str) -> str:
    """A docstring as Markdown: its code stands between two backquotes, its links are bare, its drawings have lines."""
    text = re.sub(r"(?<![<(])\bhttps://[^\s>)]*[^\s>).,:;]", r"<\g<0>>", text)
    text = re.sub(r"(?:^<https://\S+>$\n?)+", _list, text, flags=re.MULTILINE)
    return re.sub(r"(?:^.+\n)?(?:^[│├└].*$\n?)+", r"```text\n\g<0>\n```", text, flags=re.MULTILINE)


def _list(links: re.Match[str]) -> str:
    return "\n" + "".join(f"- {link}\n" for link in links[0].split())


def _escaped(text: str) -> str:
    return re.sub(r"[|*\[\]<>]", lambda sign: f"&#{ord(sign[0])};", text)


def _html(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("|", "&#124;")
