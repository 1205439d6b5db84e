"""How much the history keeps, and how its readers learn of changes."""

import asyncio
import io
import math
from collections.abc import MutableMapping
from pathlib import Path

from lambda_http_adapter._emulator.dev.client_io import ResponseWriter
from lambda_http_adapter._emulator.dev.history import History, RequestRecord
from lambda_http_adapter._emulator.dev.live_events import LiveEvents
from lambda_http_adapter._emulator.dev.record_json import details, shortened
from lambda_http_adapter._emulator.dev.terminal import TerminalLog
from lambda_http_adapter._emulator.doors.client import ClientRequest
from lambda_http_adapter._emulator.sandbox.function import FunctionSettings
from lambda_http_adapter._emulator.sandbox.invocation import Invocation
from lambda_http_adapter._emulator.sandbox.pool import Pool
from lambda_http_adapter._emulator.sandbox.report import Report
from lambda_http_adapter._emulator.sandbox.sandbox import Sandbox
from lambda_http_adapter._emulator.sandbox.watchdog import Watchdog

MB = 1024 * 1024


def filled(count: int, event_size: int = 0, body: bytes = b"") -> History:
    history = History()
    for number in range(1, count + 1):
        record = RequestRecord("GET", f"/{number}")
        record.request = ClientRequest(body=body)
        record.request_id = f"r-{number}"
        record.event_size = event_size
        history.add(record)
    return history


def numbers(history: History) -> list[int]:
    return [record.number for record in history.records]


def test_the_latest_requests_are_kept() -> None:
    assert numbers(filled(205)) == list(range(6, 206))


def test_large_events_leave_room_for_fewer() -> None:
    assert numbers(filled(9, event_size=8 * MB, body=bytes(8 * MB))) == [6, 7, 8, 9]


def test_the_latest_request_is_kept_whatever_its_size() -> None:
    assert numbers(filled(2, event_size=65 * MB)) == [2]


def test_a_request_is_found_by_its_number_or_its_request_id() -> None:
    history = filled(3)
    assert history.look_up("2") is history.look_up("r-2") is history.records[1]
    assert history.look_up("4") is history.look_up("") is history.look_up("r-") is None


def test_a_record_keeps_the_beginning_of_a_long_log() -> None:
    record = RequestRecord("GET", "/")
    for text in ("short", "x" * 300_000, "dropped"):
        record.add_log(text)
    assert [len(entry.text) < 262_200 for entry in record.logs] == [True, True]
    assert record.logs[-1].text.endswith("x… The log goes on.")


def test_a_change_wakes_its_readers() -> None:
    async def scenario() -> None:
        history = History()
        record = RequestRecord("GET", "/")
        readers = [asyncio.ensure_future(history.wait_for_change(0, 60)) for _ in range(2)]
        await asyncio.sleep(0)
        history.add(record)
        await asyncio.gather(*readers)
        known = history.version
        await history.wait_for_change(known, 0)  # times out
        record.add_log("more")
        assert history.version > known
        assert record.version == history.version
        await history.wait_for_change(known, 60)

    asyncio.run(asyncio.wait_for(scenario(), 30))


def test_a_body_that_was_cut_in_a_character_is_text() -> None:
    record = RequestRecord("GET", "/")
    record.add_body("xü".encode()[:-1])
    assert (details(record)["body"], details(record)["bodyIsText"]) == ("x", True)
    record.add_body(b"\xff\xff\xff\xff")
    assert (details(record)["body"], details(record)["bodyIsText"]) == ("eMP/////", False)


def test_a_large_result_is_cut() -> None:
    deep: object = "end"
    for _ in range(500):
        deep = [deep]
    cut = shortened({"statusCode": 200, "body": "x" * 70_000, "list": [None, 1.5, math.nan], "deep": deep})
    assert isinstance(cut, dict)
    assert (cut["statusCode"], cut["list"]) == (200, [None, 1.5, "nan"])
    assert cut["body"] == "x" * 65536 + "… 70,000 characters"
    assert "… nested deeper" in str(cut["deep"])


SETTINGS = FunctionSettings([], {}, Path())
WATCHDOG = Watchdog()


def test_the_latest_sandboxes_that_have_ended_are_kept() -> None:
    history = History()
    log = TerminalLog(history, quiet=True, as_json=False, file=io.StringIO())
    living = Sandbox(SETTINGS, log, WATCHDOG)
    history.observe([living])
    for _ in range(60):
        history.ended(Sandbox(SETTINGS, log, WATCHDOG), None)
    assert [record.number for record in history.sandboxes] == [1, *range(12, 62)]


def test_an_invocation_that_no_request_has_sent_is_not_in_the_history() -> None:
    async def scenario() -> None:
        history = History()
        log = TerminalLog(history, quiet=True, as_json=False, file=io.StringIO())
        sandbox = Sandbox(SETTINGS, log, WATCHDOG)
        invocation = Invocation({}, 1)
        log.started(sandbox, invocation)
        log.reported(sandbox, Report(invocation.request_id, 0.1, None, 128, 20, None))
        assert not history.records

    asyncio.run(scenario())


def test_a_silent_connection_is_kept_alive() -> None:
    async def scenario() -> None:
        history = History()
        pool = Pool(SETTINGS, 1, False, TerminalLog(history, quiet=True, as_json=False, file=io.StringIO()))
        sent: asyncio.Queue[object] = asyncio.Queue()

        async def send(message: MutableMapping[str, object]) -> None:
            await sent.put(message.get("body"))

        async def receive() -> MutableMapping[str, object]:
            await comment.wait()
            return {"type": "http.disconnect"}

        comment = asyncio.Event()
        events = LiveEvents(history, [pool], dict, keep_alive=0)
        task = asyncio.ensure_future(events.send("", ResponseWriter(RequestRecord("GET", "/"), send), receive))
        assert str(await sent.get()).startswith("b'event: snapshot")
        assert await sent.get() == b": keep-alive\n\n"
        comment.set()
        await task

    asyncio.run(asyncio.wait_for(scenario(), 30))
