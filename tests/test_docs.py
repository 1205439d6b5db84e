"""What docs/origins.md says of events and answers is so."""

import importlib
import json
import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any, NamedTuple, TypeAlias, cast

import pytest

from lambda_http_adapter import asgi_handler, wsgi_handler
from lambda_http_adapter._types import Environ, Receive, Scope, Send, StartResponse
from lambda_http_adapter.origins import Origin, RequestOrigin
from tests.support.invocation import CONTEXT
from tests.support.paths import EVENTS, ROOT

Event: TypeAlias = dict[str, Any]

PAGE = (ROOT / "docs" / "origins.md").read_text()

OWN = "A front door of your own"

HEADERS = [
    ("content-type", "text/plain; charset=utf-8"),
    ("vary", "accept"),
    ("vary", "cookie"),
    ("set-cookie", "a=1"),
    ("set-cookie", "b=2"),
]


def sections() -> dict[str, str]:
    parts = re.split(r"^## (.+)\n", PAGE, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def module(origin: str) -> ModuleType:
    return importlib.import_module(f"lambda_http_adapter.origins.{origin}")


def door(origin: str) -> Origin:
    return cast("Origin", module(origin).ORIGIN)


def event(origin: str, name: str) -> Event:
    return cast("Event", json.loads((EVENTS / origin / f"{name}.json").read_bytes()))


every_origin = pytest.mark.parametrize("origin", [origin.value for origin in RequestOrigin])


def test_every_origin_has_its_section() -> None:
    others = ("The same everywhere", OWN)
    assert [name for name in sections() if name not in others] == [origin.value for origin in RequestOrigin]


@every_origin
def test_names_the_page_of_aws(origin: str) -> None:
    pages = re.findall(r"^https://docs\.aws\.amazon\.com/\S+$", module(origin).__doc__ or "", re.MULTILINE)
    assert (origin == "pass_through") == (not pages)
    for page in pages:
        assert f"<{page}>" in sections()[origin]


class Example(NamedTuple):
    """An answer to this event, or the head of a streamed one."""

    fixture: str
    streamed: bool = False


EXAMPLES = {
    "api_gateway_v1": [Example("plain"), Example("plain", streamed=True)],
    "api_gateway_v2": [Example("plain")],
    "function_url": [Example("plain"), Example("plain", streamed=True)],
    "alb": [Example("plain"), Example("plain_multi")],
    "websocket": [Example("message_default")],
    "vpc_lattice": [Example("v2_strings")],
    "lambda_edge": [Example("viewer_request_get")],
    "pass_through": [Example("sqs")],
}


def answer(environ: Environ, start_response: StartResponse) -> list[bytes]:
    if environ["aws.request_origin"] == "pass_through":
        start_response("200 OK", [])
        return [b'{"batchItemFailures": []}']
    start_response("200 OK", HEADERS)
    return [b"hello"]


def encoded(origin: str, example: Example) -> object:
    if not example.streamed:
        return wsgi_handler(answer)(event(origin, example.fixture), CONTEXT)
    prelude = door(origin).prelude
    assert prelude is not None
    return json.loads(prelude(200, [(name.encode(), value.encode()) for name, value in HEADERS]))


@every_origin
def test_examples(origin: str) -> None:
    found = re.findall(r"^```json\n(.+?)^```", sections()[origin], re.MULTILINE | re.DOTALL)
    assert [json.loads(text) for text in found] == [encoded(origin, example) for example in EXAMPLES[origin]]


@every_origin
def test_overview(origin: str) -> None:
    (row,) = re.findall(rf"^\| `{origin}` \|(.+)\|$", sections()["The same everywhere"], re.MULTILINE)
    whole = [example for example in EXAMPLES[origin] if not example.streamed]
    keys = {key for example in whole for key in cast("Event", encoded(origin, example))}
    assert set(re.findall(r"`([^`]+)`", row)) == keys - {"body", "batchItemFailures"}
    assert row.endswith(" no ") == (door(origin).prelude is None)


def test_the_response_of_the_examples() -> None:
    lines = "".join(f"{name}: {value}\n" for name, value in HEADERS)
    assert f"```http\nHTTP/1.1 200 OK\n{lines}\nhello\n```" in sections()["The same everywhere"]


def limit_of(origin: Origin, event: dict[str, object]) -> int:
    return 6_291_556 if origin.response_limit is None else origin.response_limit(event)


@every_origin
def test_limits(origin: str) -> None:
    limits = {limit_of(door(origin), event(origin, path.stem)) for path in (EVENTS / origin).glob("*.json")}
    (line,) = re.findall(r"^- \*\*Limits:\*\*(.+?)(?=^- )", sections()[origin], re.MULTILINE | re.DOTALL)
    assert {int(number.replace(",", "")) for number in re.findall(r"\b[\d,]{6,}\b", line)} == limits


def rows(origin: str) -> Iterator[list[list[str]]]:
    """The quoted names of the first three columns of what events become."""
    table = sections()[origin].partition("| event |")[2].partition("\n\n")[0]
    for line in table.splitlines()[2:]:
        yield [re.findall(r"`([^`]+)`", column) for column in line.split("|")[1:4]]


def has(value: object, path: list[str]) -> bool:
    for name in path:
        if isinstance(value, list):
            value = value[int(name)] if value else None
        elif isinstance(value, dict) and name in value:
            value = value[name]
        else:
            return False
    return True


@every_origin
def test_fields(origin: str) -> None:
    scope, environ = seen()
    events = [event(origin, path.stem) for path in (EVENTS / origin).glob("*.json")]
    assert (origin == "pass_through") == (not list(rows(origin)))
    for fields, keys, variables in rows(origin):
        for field in fields:
            path = field.replace("[0]", ".0").split(".")
            assert any(has(candidate, path) for candidate in events), field
        assert set(keys) - {"http.request"} <= scope
        assert set(variables) - {"HTTP_…"} <= environ


def test_keys() -> None:
    scope, environ = seen()
    table = sections()["The same everywhere"].partition("| scope (ASGI) |")[2].partition("\n\n")[0]
    names = [re.findall(r"`([^`]+)`", column) for line in table.splitlines() for column in line.split("|")[1:3]]
    keys = {name for column in names[::2] for name in column}
    variables = {name for column in names[1::2] for name in column}
    assert "raw_path" in keys
    assert "PATH_INFO" in variables
    assert keys - {"http.request", "body"} <= scope
    assert variables - {"HTTP_…"} <= environ


# An event loop that is collected before it is closed warns: on Lambda it lives as long as the process, here too.
_KEPT: list[object] = []


def seen() -> tuple[set[str], set[str]]:
    """The keys of a scope and of an environ."""
    keys: list[set[str]] = []

    async def asgi_app(scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        keys.append(set(scope))
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})

    def wsgi_app(environ: Environ, start_response: StartResponse) -> list[bytes]:
        keys.append(set(environ))
        start_response("204 No Content", [])
        return []

    for handler in (asgi_handler(asgi_app, lifespan="off"), wsgi_handler(wsgi_app)):
        _KEPT.append(handler)
        handler(event("function_url", "full"), CONTEXT)
    scope, environ = keys
    return scope, environ


# A front door of one's own


def own_front_door() -> dict[str, Any]:
    """The names that the page's two blocks define, one after the other."""
    blocks = re.findall(r"^```python\n(.+?)^```", sections()[OWN], re.MULTILINE | re.DOTALL)
    assert len(blocks) == 2
    names: dict[str, Any] = {}
    for block in blocks:
        exec(block, names)
    _KEPT.append(names["handler"])
    return names


def test_the_page_s_own_front_door_passes_the_page_s_test() -> None:
    own_front_door()["test_an_agent_confirms_an_order"]()


def test_the_page_s_own_front_door_stands_beside_the_others() -> None:
    names = own_front_door()
    plain = names["handler"](event("function_url", "plain"), CONTEXT)
    assert plain["statusCode"] == 404
    agent = names["handler"](names["EVENT"] | {"apiPath": "/nowhere", "parameters": []}, CONTEXT)
    assert agent["response"]["httpStatusCode"] == 404
    assert agent["response"]["apiPath"] == "/nowhere"
    malformed = names["handler"](names["EVENT"] | {"apiPath": 7}, CONTEXT)
    assert malformed["response"]["httpStatusCode"] == 400
