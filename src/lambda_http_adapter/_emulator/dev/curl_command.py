"""A request as a ``curl`` command, for a shell such as bash or zsh."""

from __future__ import annotations

import shlex
from base64 import b64encode

from ..doors.client import ClientRequest, header_value, text_fields

_ARGUMENT_LIMIT = 100_000  # bytes; Linux accepts 128 KiB in one argument
# curl sends these by itself. The value is what removes it.
_SENT_BY_CURL = ("accept", "user-agent")
# The host is in the URL; HTTP's framing curl makes anew for the same body.
_LEFT_OUT = ("host", "content-length", "transfer-encoding", "connection", "expect")


def curl_command(request: ClientRequest) -> str:
    """Sends ``request`` as the client sent it, with its secrets."""
    words = ["curl", "--globoff", "--path-as-is"]
    if request.method == "HEAD" and not request.body:
        words.append("--head")
    elif request.method != "GET" or request.body:
        words += ["-X", shlex.quote(request.method)]
    for field in _fields(request):
        words += ["-H", _quoted(field)]
    if header_value(request.headers, "accept-encoding"):
        words.append("--compressed")
    words.append(shlex.quote(_url(request)))
    if not request.body:
        return " ".join(words)
    if _is_argument(request.body):
        return " ".join([*words, "--data-raw", shlex.quote(request.body.decode())])
    return f"base64 -d <<'END' | {' '.join(words)} --data-binary @-\n{b64encode(request.body).decode()}\nEND"


def _url(request: ClientRequest) -> str:
    target = f"{request.path}?{request.query}" if request.query else request.path
    return f"{request.scheme}://{request.host}{target}"


def _fields(request: ClientRequest) -> list[str]:
    present = {name.lower() for name, _ in text_fields(request.headers)}
    fields = [
        f"{name}: {value}" if value else f"{name};"
        for name, value in text_fields(request.headers)
        if name.lower() not in _LEFT_OUT
    ]
    unwanted = [*_SENT_BY_CURL, "content-type"] if request.body else _SENT_BY_CURL
    return [*fields, *(f"{name}:" for name in unwanted if name not in present)]


def _quoted(text: str) -> str:
    if text.isascii():
        return shlex.quote(text)
    return "$'" + "".join(_escaped(letter) for letter in text) + "'"


def _escaped(letter: str) -> str:
    """For ``$'…'``, with the byte that ``letter`` came as."""
    return letter if letter.isascii() and letter not in "\\'" else f"\\x{ord(letter):02x}"


def _is_argument(body: bytes) -> bool:
    if len(body) > _ARGUMENT_LIMIT or b"\0" in body:
        return False
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True
