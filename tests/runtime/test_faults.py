"""What docs/runtime.md says of faults is so: each row of its table, with one invocation at a time and with several."""

import json
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from subprocess import TimeoutExpired
from typing import NamedTuple

import pytest

from tests.runtime import test_extension
from tests.support.barrier_app import BARRIER_APP, invoke_several
from tests.support.child_process import Process
from tests.support.fake_runtime_api import Delivery, FakeRuntimeAPI
from tests.support.http_bytes import Answer, RequestReader, answer
from tests.support.paths import ROOT
from tests.support.proc import proc
from tests.support.recorded_request import Endpoint
from tests.support.runtime_api_faults import CASES, EVENT, Arrange, alone
from tests.support.runtime_process import Serve, every_colour, http, seen, told

PAGE = (ROOT / "docs" / "runtime.md").read_text()


class Row(NamedTuple):
    call: str
    fault: str
    one: str
    several: str


def rows() -> list[Row]:
    faults = PAGE.split("\n## Faults\n")[1].split("\n## ")[0]
    table = faults[faults.index("| call |") :].split("\n\n")[0].splitlines()[2:]
    return [Row(*(cell.strip() for cell in line.strip("|").split("|"))) for line in table]


class World(NamedTuple):
    api: FakeRuntimeAPI
    process: Process
    bad: Delivery | None
    concurrency: int

    def goes_on(self) -> None:
        """Every poller is there, no answer is lost, doubled or another's."""
        self.api.wait_until(lambda: self.api.spent and self.waiting() == self.concurrency)
        for n, delivery in enumerate(invoke_several(self.api, self.concurrency)):
            answer = told(delivery.wait())
            assert (answer["path"], answer["scope"]) == (f"/{n}", delivery.request_id)
        ids = [request.request_id for request in self.api.requests if request.accepted]
        assert len(ids) == len(set(ids))
        assert self.process.running

    def waiting(self) -> int:
        return len([poll for poll in self.api.received("next") if poll.answer is None])

    def posts(self) -> list[tuple[Endpoint, bytes]]:
        """What was sent about the event with the fault."""
        return [(x.endpoint, x.body) for x in self.api.requests if self.bad and x.request_id == self.bad.request_id]


def served(world: World) -> None:
    world.goes_on()
    assert len(world.posts()) == 1


def asked_again(world: World) -> None:
    world.goes_on()
    assert not world.api.received("error")


def sent_again(world: World) -> None:
    world.goes_on()
    first, second = world.posts()
    assert first == second


def goes_on(world: World) -> None:
    world.goes_on()
    assert len(set(world.posts())) == 1
    assert "[ERROR]" in world.process.logs


def fails(world: World) -> None:
    world.goes_on()
    ((endpoint, body),) = world.posts()
    assert endpoint == "error"
    assert json.loads(body)["errorType"] == "Runtime.LambdaContextUnmarshalError"


def exit_1(world: World) -> None:
    assert world.process.wait() == 1
    assert re.search(r"\[(CRITICAL|ERROR)\]", world.process.logs)
    assert "Traceback" not in world.process.logs.replace("EventError", "")
    # What was there to be asked for, behind the fault.
    assert world.concurrency > 1 or not world.api.spent


OUTCOMES: dict[str, Callable[[World], None]] = {
    "served": served,
    "asked again": asked_again,
    "sent again": sent_again,
    "goes on": goes_on,
    "fails": fails,
    "exit 1": exit_1,
}


# By default rows take turns: in-process, test_fault_matrix has each fault with all drivers and concurrencies.
DEFAULT = (("uvloop", 1), ("sockets", 2))


def parameters() -> Iterator[object]:
    for number, row in enumerate(rows()):
        for variant, arrange in enumerate(CASES.get((row.call, row.fault), [])):
            for driver in ("uvloop", "sockets", "asyncio"):
                for concurrency, outcome in ((1, row.one), (2, row.several)):
                    slow = variant or (driver, concurrency) != DEFAULT[number % 2]
                    yield pytest.param(
                        arrange,
                        outcome,
                        concurrency,
                        driver,
                        id=f"{row.call}: {row.fault} {variant}-{concurrency}-{driver}",
                        marks=[pytest.mark.slow] if slow else [],
                    )


@pytest.mark.parametrize(("arrange", "outcome", "concurrency", "serve"), list(parameters()), indirect=["serve"])
def test_a_row(
    fake_runtime_api: FakeRuntimeAPI, serve: Serve, arrange: Arrange, outcome: str, concurrency: int
) -> None:
    bad = arrange(fake_runtime_api)
    if outcome == "exit 1":
        alone(fake_runtime_api)
    process = serve(BARRIER_APP, AWS_LAMBDA_MAX_CONCURRENCY=str(concurrency))
    OUTCOMES[outcome](World(fake_runtime_api, process, bad, concurrency))


# Rows that take more than a script


@pytest.mark.covering
@every_colour
@pytest.mark.parametrize(
    ("event", "concurrency"),
    [(http("/alone"), "1"), (http("/alone"), "2"), (b"not json", "1")],
    ids=["response", "response of several", "error"],
)
def test_nobody_listens_any_more(
    fake_runtime_api: FakeRuntimeAPI, serve: Serve, event: object, concurrency: str
) -> None:
    with fake_runtime_api.hold("response"), fake_runtime_api.hold("error"):
        delivery = fake_runtime_api.invoke(event)
        process = serve(BARRIER_APP, AWS_LAMBDA_MAX_CONCURRENCY=concurrency)
        delivery.begun()
        fake_runtime_api.close()
    assert process.wait() == 1
    assert "Traceback" not in process.logs.replace("EventError", "")


LARGE = """
BODY = b"x" * 5_000_000
async def app(scope, receive, send):
    assert scope["type"] == "http"
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": BODY})
def wsgi(environ, start_response):
    start_response("200 OK", [])
    return [BODY]
"""


@pytest.mark.covering
@every_colour
@pytest.mark.parametrize("concurrency", ["1", "2"])
def test_refused_before_the_whole_was_read(serve: Serve, concurrency: str) -> None:
    """The refusal is there to read although the rest could not be written."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(20)
        address = "{}:{}".format(*listener.getsockname())
        process = serve(LARGE, AWS_LAMBDA_RUNTIME_API=address, AWS_LAMBDA_MAX_CONCURRENCY=concurrency)
        lines = [listener.accept()[0] for _ in range(int(concurrency))]
        with lines[0] as line:
            reader = RequestReader(line)
            assert reader.head().target.endswith("/next")
            EVENT.write(line, fragment=False)
            assert reader.head().target.endswith("/response")
            answer(413, {"errorType": "RequestEntityTooLarge"}).write(line, fragment=False)
        with listener.accept()[0] as line:
            assert RequestReader(line).head().target.endswith("/next")
            assert "RequestEntityTooLarge" in process.logs
            assert process.running
        for line in lines[1:]:
            line.close()


@pytest.mark.covering
@pytest.mark.parametrize("serve", ["asyncio", "sockets"], indirect=True)
@pytest.mark.parametrize(
    "reply",
    [
        answer(403, {"errorType": "InvalidStateTransition"}),
        answer(500),
        Answer(b"", "close"),
        Answer(b"", "reset"),
        Answer(b"HTTP/1.1 2", "close"),
        Answer(b"what?\r\n\r\n"),
    ],
    ids=["403", "500", "closed", "reset", "half", "garbage"],
)
@pytest.mark.parametrize("concurrency", ["1", "2"])
def test_whatever_becomes_of_the_report_of_a_failed_init(
    fake_runtime_api: FakeRuntimeAPI, serve: Serve, reply: Answer, concurrency: str
) -> None:
    fake_runtime_api.script("init/error", reply)
    process = serve("1 / 0", AWS_LAMBDA_MAX_CONCURRENCY=concurrency)
    assert process.wait() == 1
    assert seen(fake_runtime_api) == [(0, "init/error")]
    assert "division by zero" in process.logs


@every_colour
def test_accepted_late(serve: Serve) -> None:
    """While the queue of connections is full the kernel asks again, first after a second."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        listener.settimeout(20)
        host, port = listener.getsockname()
        with socket.create_connection((host, port)):
            process = serve(AWS_LAMBDA_RUNTIME_API=f"{host}:{port}")
            while not connecting(port):
                with suppress(TimeoutExpired):
                    process.wait(timeout=0.02)
            listener.accept()[0].close()
            with listener.accept()[0] as line:
                assert RequestReader(line).head().target.endswith("/next")
                assert process.running


def connecting(port: int) -> bool:
    """Whether somebody's connection to the port is on its way."""
    table = [line.split() for line in proc("net/tcp").read_text().splitlines()[1:]]
    return any(remote.endswith(f":{port:04X}") and state == "02" for _, _, remote, state, *_ in table)


# Which test shows which of the other rows, and for which outcomes.
APART: dict[tuple[str, str], tuple[Callable[..., None], str, str]] = {
    ("response, error", "nobody listens any more"): (test_nobody_listens_any_more, "exit 1", "exit 1"),
    ("response", "413 before the whole was read"): (test_refused_before_the_whole_was_read, "goes on", "goes on"),
    ("init/error", "anything"): (test_whatever_becomes_of_the_report_of_a_failed_init, "exit 1", "exit 1"),
    ("extension/register", "anything but 200"): (
        test_extension.test_a_refused_registration_is_a_warning,
        "served",
        "served",
    ),
    ("extension/event/next", "anything"): (
        test_extension.test_what_becomes_of_the_extensions_wait_does_not_matter,
        "served",
        "served",
    ),
    ("any", "accepted late"): (test_accepted_late, "served", "served"),
}


def test_every_row_has_a_test_and_every_test_a_row() -> None:
    table = {(row.call, row.fault): (row.one, row.several) for row in rows()}
    assert len(table) == len(rows())
    assert set(table) == set(CASES) | set(APART)
    for key, (_, *outcomes) in APART.items():
        assert table[key] == tuple(outcomes)
    assert {outcome for outcomes in table.values() for outcome in outcomes} == set(OUTCOMES)
