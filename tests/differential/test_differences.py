"""Every difference is in the table, every entry of the table is a difference, and the guide has them all."""

import re
from collections.abc import Callable, Iterator
from typing import Literal

import pytest

from lambda_http_adapter import asgi_handler, wsgi_handler
from lambda_http_adapter._types import Environ, Receive, Scope, Send, StartResponse
from lambda_http_adapter.errors import LifespanError
from tests.differential import from_apig_wsgi, from_mangum, from_serverless_wsgi
from tests.differential.answers import ASKED, RESPONSES
from tests.differential.difference import Case, Difference, explain
from tests.differential.observed import (
    KEPT,
    OURS,
    PEERS,
    Handler,
    answer_seen,
    lifespans,
    load,
    mangum,
    ours_with,
    outcome_of,
    peer_with,
    request_seen,
)
from tests.support.invocation import CONTEXT
from tests.support.paths import EVENTS, ROOT

TABLE: dict[str, list[Difference]] = {
    "Mangum": from_mangum.DIFFERENCES,
    "apig-wsgi": from_apig_wsgi.DIFFERENCES,
    "serverless-wsgi": from_serverless_wsgi.DIFFERENCES,
}
# What each says it supports.
ORIGINS = {
    "Mangum": ("api_gateway_v1", "api_gateway_v2", "function_url", "alb", "lambda_edge"),
    "apig-wsgi": ("api_gateway_v1", "api_gateway_v2", "function_url", "alb"),
    "serverless-wsgi": ("api_gateway_v1", "api_gateway_v2", "function_url", "alb"),
}
PAGES = ROOT / "docs" / "migrate"


def page(peer: str) -> str:
    """The page about the peer."""
    return (PAGES / f"{peer.lower()}.md").read_text()


def requests(peer: str) -> Iterator[tuple[str, str]]:
    for origin in ORIGINS[peer]:
        for path in sorted((EVENTS / origin).glob("*.json")):
            yield origin, path.stem
    yield "function_url", "underscore"


def answers(peer: str) -> Iterator[tuple[str, str, str]]:
    for origin in ORIGINS[peer]:
        for fixture in ASKED[origin]:
            for answer in RESPONSES:
                yield origin, fixture, answer


def used(peer: str, origin: str, fixture: str, answer: str = "") -> list[Difference]:
    """The differences that explain what the peer does; fails where they don't."""
    if answer:
        response = RESPONSES[answer]
        event = load(origin, fixture, response.method)
        case = Case(origin, fixture, event, answer_seen(OURS[peer], event, response), answer, response)
        theirs = answer_seen(PEERS[peer], event, response)
    else:
        event = load(origin, fixture)
        case = Case(origin, fixture, event, request_seen(OURS[peer], event))
        theirs = request_seen(PEERS[peer], event)
        if case.ours["outcome"] != "served":
            theirs = {"outcome": theirs["outcome"]}  # what their app saw, ours has not
    assert case.ours["outcome"] != "fails"
    expected, differences = explain(TABLE[peer], case, theirs)
    assert theirs == expected
    return differences


@pytest.mark.parametrize(
    ("peer", "origin", "fixture"), [(peer, *request) for peer in PEERS for request in requests(peer)]
)
def test_requests(peer: str, origin: str, fixture: str) -> None:
    used(peer, origin, fixture)


@pytest.mark.parametrize(
    ("peer", "origin", "fixture", "answer"), [(peer, *answer) for peer in PEERS for answer in answers(peer)]
)
def test_answers(peer: str, origin: str, fixture: str, answer: str) -> None:
    used(peer, origin, fixture, answer)


@pytest.mark.parametrize("peer", PEERS)
def test_every_entry_is_a_difference(peer: str) -> None:
    there = [entry for case in (*requests(peer), *answers(peer)) for entry in used(peer, *case)]
    assert [entry for entry in TABLE[peer] if entry not in there] == []


def test_lifespans() -> None:
    event = load("function_url", "plain")

    def serve(handler: Handler) -> Callable[[], object]:
        return lambda: [request_seen(handler, event) for _ in range(3)]

    request_seen(OURS["Mangum"], event)
    assert lifespans(serve(OURS["Mangum"])) == 0
    assert lifespans(serve(PEERS["Mangum"])) == 3
    assert lifespans(serve(ours_with("Mangum", lifespan="off"))) == 0
    assert lifespans(serve(peer_with("Mangum", lifespan="off"))) == 0


def test_on_lambda_the_lifespan_begins_before_the_first_event(monkeypatch: pytest.MonkeyPatch) -> None:
    assert lifespans(lambda: ours_with("Mangum")) == 0
    monkeypatch.setenv("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001")
    assert lifespans(lambda: ours_with("Mangum")) == 1
    assert lifespans(lambda: peer_with("Mangum")) == 0


@pytest.mark.parametrize(("mode", "served"), [("auto", True), ("on", False)])
def test_an_app_that_raises_at_startup(mode: Literal["auto", "on"], served: bool) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await receive()
            raise ConnectionError("no database")
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"served"})

    event = load("function_url", "plain")
    theirs = mangum(app, lifespan=mode)(event, CONTEXT)
    assert isinstance(theirs, dict)
    assert theirs["body"] == "served"
    handler = asgi_handler(app, lifespan=mode)
    KEPT.append(handler)
    if served:
        answer = handler(event, CONTEXT)
        assert isinstance(answer, dict)
        assert answer["body"] == "served"
    else:
        with pytest.raises(LifespanError, match="no database"):
            handler(event, CONTEXT)


# What becomes of events that aren't requests: in each peer, and here.
FAILS, SKIPPED, BY_THE_APP = ("fails", False), (None, False), ({"by": "app"}, True)
OTHER_EVENTS = [
    ("Mangum", "serverless_plugin_warmup", FAILS, SKIPPED),
    ("Mangum", "eventbridge_schedule", FAILS, BY_THE_APP),
    ("Mangum", "sqs", FAILS, BY_THE_APP),
    ("apig-wsgi", "serverless_plugin_warmup", FAILS, SKIPPED),
    ("apig-wsgi", "sqs", FAILS, BY_THE_APP),
    ("serverless-wsgi", "serverless_plugin_warmup", ({}, False), SKIPPED),
    ("serverless-wsgi", "eventbridge_schedule", ({}, False), BY_THE_APP),
    ("serverless-wsgi", "sqs", FAILS, BY_THE_APP),
]


@pytest.mark.parametrize(("peer", "name", "theirs", "ours"), OTHER_EVENTS)
def test_events_that_are_not_requests(
    peer: str, name: str, theirs: tuple[object, bool], ours: tuple[object, bool]
) -> None:
    event = load("pass_through", name)
    assert outcome_of(PEERS[peer], event) == theirs
    assert outcome_of(OURS[peer], event) == ours


def test_the_guide_s_remedies_for_a_schedule_keep_it_from_the_app() -> None:
    guide = page("serverless-wsgi")
    assert '`{"warmer": true}`' in guide
    assert outcome_of(OURS["serverless-wsgi"], {"warmer": True}) == SKIPPED
    assert '`on_event={"eventbridge": lambda: None}`' in guide

    def app(environ: Environ, start_response: StartResponse) -> list[bytes]:
        raise AssertionError("The schedule has reached the app.")

    handler = wsgi_handler(app, on_event={"eventbridge": lambda: None})
    assert handler(load("pass_through", "eventbridge_schedule"), CONTEXT) is None


@pytest.mark.parametrize("peer", PEERS)
def test_guide(peer: str) -> None:
    changes = page(peer).partition("\n## Every difference\n")[2].partition("\n## ")[0]
    told = [" ".join(item.split()) for item in re.findall(r"^- (.+?)(?=^- |^$|\Z)", changes, re.MULTILINE | re.DOTALL)]
    assert sorted(told) == sorted({entry.reason for entry in TABLE[peer]})
