"""Events of every origin with anything in any place, as JSON or not quite: a valid request, or an error of ours.

A mutation knows the structure of an event. What only text can have (a key twice, an escape that is none, 10**400) is
put into it by a mark.
"""

from __future__ import annotations

import json
from functools import cache
from typing import cast

from fuzz.choices import Choices
from tests.support.bounds import bounded
from tests.support.paths import EVENTS
from tests.support.served_event import EventServer

_FILES = [file.read_bytes() for file in sorted(EVENTS.glob("*/*.json"))]
_OPTIONS: tuple[dict[str, object], ...] = (
    {},
    {"invoke_mode": "response_stream", "pass_through_path": None},
    {"base_path": "/shop", "root_path": "", "access_log": True},
    {"root_path": "/größe", "rival_keys": True},
    {"authorization_source": "x-authorization", "trusted_proxies": 2, "forwarded_host": "x-forwarded-host"},
    {"pass_through_path": "/größe%", "forwarded_proto": "cloudfront-forwarded-proto", "rival_keys": True},
    {"invoke_mode": "response_stream", "body_encoding": "base64", "stream_empty_body": "newline"},
)

_Parent = dict[str | int, object]  # or a list, which is indexed in the same way

# A mark stands for bytes that JSON has no value for: alone in a string for a value, otherwise for a part of a text.
_VALUES: tuple[bytes, ...] = (
    b"1e400",
    b"-1e400",
    b"NaN",
    b"-Infinity",
    b"1" + b"0" * 400,
    b"1" + b"0" * 5000,
    b"-0",
    b"1.",
    b"01",
    b"",
)
_VALUES += (b"[" * 900 + b"]" * 900, b"[" * 20_000 + b"]" * 20_000, b'{"x":' * 20_000 + b"1" + b"}" * 20_000)
_VALUES += tuple(b"[" * depth + b"]" * depth for depth in (920, 940, 950, 960, 965, 970, 975, 980))
_VALUES += (
    b"'x'",
    b"{}",
    b"[]",
    b"[null]",
    b'{"":null}',
    b"null",
    b"true",
    b"tru",
    b"/**/1",
    b'"x" "y"',
    b'{"x":1,"x":[]}',
    b"\x00",
)
_TEXTS: tuple[bytes, ...] = (
    b"",
    b"\\ud800",
    b"\\udfff\\ud800",
    b"\\u12",
    b"\\x",
    b"\\",
    b"\n",
    b"\xff",
    b"\xed\xa0\x80",
    b"\\u0000",
)
_TEXTS += (b"\\u000d\\u000a", b"\\/", b"\xc0\x80", b'"', b'","x":"', b"\xef\xbb\xbf", b"\xf4\x90\x80\x80")
_WORDS: tuple[str, ...] = (
    "\r\n",
    "\n",
    "\0",
    "\x1b",
    "\x7f",
    "\x85",
    "\u2028",
    "é",
    "名",
    "\U0001f600",
    " ",
    "?",
    "#",
    "&",
    "=",
    "%",
)
_WORDS += ("%00", "%0d%0a", "%ff", "%ud800", "\\", "//", "..", ":", "[", "]", ",", ";", "@", "_", "\t", "\u212a", "ß")
_SCALARS: tuple[object, ...] = (None, True, False, 0, -1, 1.5, 10**30, 1e308, "", "GET")
_SCALARS += ("x" * 70_000, "/" * 20_000, "a,b", "$default", "2.0", "1.0", "CONNECT", "HTTP/2.0", "http", "%", "QQ==")


def attempt(data: bytes) -> None:
    choices = Choices(data)
    server = _server(choices.below(len(_OPTIONS)))
    payload = _payload(choices)
    with bounded():
        server.serve(payload)


@cache
def _server(number: int) -> EventServer:
    return EventServer(**_OPTIONS[number])


def _payload(choices: Choices) -> bytes:
    event = json.loads(choices.of(_FILES))
    for _ in range(1 + choices.below(3)):
        event = _mutated(choices, event)
    text = json.dumps(event, ensure_ascii=choices.one_in(4)).encode(errors="surrogatepass")
    if b"\xc2\xab" in text or b"\\u00ab" in text:
        text = _unmarked(text.replace(b"\\u00ab", b"\xc2\xab"))
    for _ in range(choices.below(4) // 2):
        place = choices.below(len(text) + 1)
        text = text[:place] + choices.bytes(choices.below(4)) + text[place + choices.below(4) :]
    if choices.one_in(16):
        coding = choices.of(("utf-8-sig", "utf-16", "utf-32-be", "latin-1"))
        text = text.decode(errors="replace").encode(coding, "replace")
    return text


def _unmarked(text: bytes) -> bytes:
    for number, value in enumerate(_VALUES):
        text = text.replace(f'"«v{number}.»"'.encode(), value)
        text = text.replace(f"«v{number}.»".encode(), value)
    for number, value in enumerate(_TEXTS):
        text = text.replace(f"«t{number}.»".encode(), value)
    return text


def _mutated(choices: Choices, event: object) -> object:
    """``event``, changed at one place; another one where it has no places."""
    places = list(_places(event))
    if not places or choices.one_in(64):
        return _value(choices)
    parent, key = choices.of(places)
    value = parent[key]
    match choices.below(8):
        case 0 | 1 if isinstance(value, str):
            place = choices.below(len(value) + 1)
            parent[key] = value[:place] + _text(choices) + value[place:]
        case 2 if isinstance(parent, dict):
            del parent[key]
            parent[f"{key}{_text(choices)}"] = value
        case 3 if isinstance(parent, dict):
            del parent[key]
            if choices.one_in(2):
                parent[str(key).replace("-", "_")] = value
        case 4 if isinstance(parent, dict):
            parent[f"{key}«t0.»"] = _value(choices)  # the same key once more
        case 5 if isinstance(parent, dict):
            parent[_text(choices)] = _value(choices)
        case 6:
            other, name = choices.of(places)
            parent[key] = json.loads(json.dumps(other[name]))
        case _:
            parent[key] = _value(choices)
    return event


def _places(value: object) -> list[tuple[_Parent, str | int]]:
    """Each value that is in ``value``, as what it is in and its key or index there."""
    found: list[tuple[_Parent, str | int]] = []
    left = [value]
    while left:
        parent = left.pop()
        if isinstance(parent, dict):
            found += [(parent, key) for key in parent]
            left += parent.values()
        elif isinstance(parent, list):
            found += [(cast("_Parent", parent), index) for index in range(len(parent))]
            left += parent
    return found


def _value(choices: Choices) -> object:
    match choices.below(8):
        case 0:
            return _text(choices)
        case 1:
            return [_text(choices), choices.of(_SCALARS)]
        case 2:
            return {_text(choices): choices.of(_SCALARS)}
        case 3 | 4 | 5:
            return f"«v{choices.below(len(_VALUES))}.»"
    return choices.of(_SCALARS)


def _text(choices: Choices) -> str:
    match choices.below(4):
        case 0:
            return choices.text()
        case 1:
            return f"«t{choices.below(len(_TEXTS))}.»"
    return choices.of(_WORDS)
