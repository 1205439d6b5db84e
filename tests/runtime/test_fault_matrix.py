"""Each fault at each point of an exchange, on each loop, with one poller and with several: made of these axes."""

import itertools
import threading
from pathlib import Path
from subprocess import TimeoutExpired

import pytest

from tests.support.child_process import Process, RunProcess
from tests.support.fake_runtime_api import FakeRuntimeAPI
from tests.support.fault_matrix import Row, endpoints, events_of, peer_of, rows
from tests.support.programs import DRIVERS, launch
from tests.support.runtime_process import APP
from tests.support.scripted_loop import is_ours, run
from tests.support.scripted_peer import descriptors


def complaint(row: Row, driver: str, pollers: int) -> str:
    """What the outcome isn't as it should be; empty otherwise."""
    run([peer_of(None, "p0")], driver, several=False, streams=False)  # the first event loop keeps descriptors
    before = descriptors()
    peers = [peer_of(row if number == 0 else None, f"p{number}") for number in range(pollers)]
    outcome = run(peers, driver, several=pollers > 1, streams=row.streams)
    if descriptors() != before:
        return "descriptors are left"
    wrong = [repr(error) for error in outcome.errors if not is_ours(error)]
    wrong += [text for peer in peers for text in peer.complaints]
    if wrong:
        return str(wrong)
    posted = [endpoints(peer) for peer in peers]
    for number in range(1, pollers):
        if posted[number] != {name: {"response"} for name in events_of(f"p{number}")}:
            return f"the other poller's answers are {posted[number]}"
    raised = [error for error in outcome.errors if error is not None]
    answered = set(posted[0])
    seen = "served" if answered == events_of("p0") else "waits"
    if raised or outcome.logs:
        seen = "fails" if {"error"} in posted[0].values() else "breaks"
    if seen == "breaks" and pollers == 1 and not raised:
        return f"a lone poller goes on: {outcome.logs}"
    if seen == "breaks" and pollers > 1 and (raised or len(events_of("p0") - answered) > 1):
        return f"raised {raised}, logged {outcome.logs}, answered {answered}"
    expected = row.outcome()
    return "" if seen in expected.split(" or ") else f"{seen}, not {expected}: {raised} {outcome.logs} {posted[0]}"


def complaints(driver: str, pollers: int, chosen: list[Row]) -> dict[Row, str]:
    return {row: text for row in chosen if (text := complaint(row, driver, pollers))}


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("pollers", [1, 2, pytest.param(16, marks=pytest.mark.slow)])
def test_each_fault(driver: str, pollers: int) -> None:
    assert complaints(driver, pollers, [*rows()]) == {}


@pytest.mark.parametrize("driver", DRIVERS)
def test_some_faults_of_one_poller_among_many(driver: str) -> None:
    first = DRIVERS.index(driver)
    assert complaints(driver, 16, [*rows()][first :: 3 * len(DRIVERS)]) == {}


@pytest.mark.parametrize("driver", ["asyncio", "sockets"])
@pytest.mark.parametrize("failures", [300, pytest.param(10_000, marks=pytest.mark.slow)])
def test_failures_leave_no_descriptor_task_or_thread(driver: str, failures: int) -> None:
    faults = itertools.cycle(row for row in rows() if row.outcome() in ("breaks", "served", "fails"))
    held = descriptors(), threading.active_count()
    logged = 0
    for _ in range(failures):
        peer = peer_of(next(faults), "p0")
        logged += bool(run([peer], driver, several=True, streams=False).logs)
    assert (descriptors(), threading.active_count()) == held
    assert logged > failures // 4


@pytest.mark.slow
@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("begun", [b"", b"HTTP/1.1 200 OK\r\nContent-Le"], ids=["no answer", "half an answer"])
def test_a_process_that_waits_is_not_woken(
    fake_runtime_api: FakeRuntimeAPI, run_process: RunProcess, driver: str, begun: bytes
) -> None:
    if begun:
        fake_runtime_api.next_raw(begun)
    process = launch(run_process, driver, APP)
    fake_runtime_api.wait_until(lambda: fake_runtime_api.received("next"))
    assert any(woken_in(process, 0.1) == 0 for _ in range(50))
    assert woken_in(process, 1) == 0


def woken_in(process: Process, seconds: float) -> int:
    """How often the kernel has given it a processor."""
    status = Path(f"/proc/{process.pid}/status")

    def switches() -> int:
        return sum(int(line.split()[1]) for line in status.read_text().splitlines() if "ctxt_switches" in line)

    before = switches()
    with pytest.raises(TimeoutExpired):
        process.wait(timeout=seconds)
    return switches() - before
