"""What the benchmarks measure and say: that a number means what its heading promises."""

import os
import socket
import sys
from pathlib import Path

import pytest

from benchmarks import anchors, events
from benchmarks.anchors import AbsentError, Anchor
from benchmarks.loop import Loop
from benchmarks.report import Report
from benchmarks.rounds import Ratios, Result, Summary, Tail, measure
from benchmarks.rows import Goal, Row, anchor_rows, rows
from benchmarks.runtime_api import RuntimeAPI
from benchmarks.sample import NotMeasuredError, Sample
from benchmarks.subjects import APIG_WSGI, OURS_ASGI, OURS_WSGI, Subject, executable, web_adapter

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
HELLO = Loop(OURS_WSGI, "wsgi", events.function_url("/"), 40, 8, b"Hello, World!")


def built_by(program: str) -> Anchor:
    return Anchor("Zig", "zig-url 1.0", (sys.executable, "-c", program), "built")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path


def test_an_anchor_is_built_once_and_outside_of_the_tree(cache: Path) -> None:
    anchor = built_by("open('built', 'x')")
    assert anchors.build(anchor) == anchors.build(anchor)
    assert anchors.build(anchor).is_relative_to(cache)


def test_changed_sources_are_built_anew() -> None:
    assert anchors.build(built_by("open('built', 'w')")) != anchors.build(built_by("open('built', 'x')"))


@pytest.mark.parametrize(
    ("anchor", "reason"),
    [
        (Anchor("Zig", "zig-url 1.0", ("no-such-tool", "build"), "built"), "no-such-tool isn't installed"),
        (built_by("raise SystemExit('no such registry')"), "failed: no such registry"),
        (built_by("raise SystemExit('error: no such package\\nwhere it looked')"), "failed: error: no such package$"),
        (built_by(""), "left no built"),
    ],
)
def test_why_an_anchor_is_absent(anchor: Anchor, reason: str) -> None:
    with pytest.raises(AbsentError, match=reason):
        anchors.build(anchor)


def test_an_absent_anchor_has_no_rows() -> None:
    there = executable("Go lambdaurl", Path(sys.executable))
    assert {row.peer for row in anchor_rows(there, None, None)} == {"Go lambdaurl"}


def test_the_names_of_rows_are_unique() -> None:
    peers = (executable("Go", Path("/go")), executable("Rust", Path("/rust")), web_adapter("LWA", Path("/lwa")))
    names = [row.name for row in (*rows(), *anchor_rows(*peers))]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("path", ["/a path/{app}", "/it's"])
def test_a_path_is_no_template(path: str) -> None:
    assert executable("Go", Path(path)).serving("asgi", extras=False) == [path]


@LINUX
def test_each_invocation_is_timed_and_nothing_else() -> None:
    cores = os.sched_getaffinity(0)
    sample = HELLO.take(quick=False)
    assert os.sched_getaffinity(0) == cores
    assert len(sample.times) == HELLO.invocations
    assert min(sample.times) > 0
    assert sum(sample.times) < sample.time * HELLO.invocations


class Once:
    """A measurement that notes when it is taken."""

    def __init__(self, subject: Subject, taken: list[str], error: str = "") -> None:
        self.subject = subject
        self._taken = taken
        self._error = error

    def take(self, quick: bool) -> Sample:
        self._taken.append(self.subject.name)
        if self._error:
            raise NotMeasuredError(self._error)
        return Sample(2.0, 1.0, 0)


def test_rows_with_the_same_measurement_share_its_rounds() -> None:
    taken: list[str] = []
    ours = Once(OURS_ASGI, taken)
    chosen = [
        Row("a", "work", ours, "A", Once(APIG_WSGI._replace(name="A"), taken), Goal()),
        Row("z", "other work", Once(OURS_WSGI._replace(name="Z"), taken), "–", None, Goal()),
        Row("b", "work", ours, "B", Once(APIG_WSGI._replace(name="B"), taken, "out of memory"), Goal()),
    ]
    results = measure(chosen, 1, quick=True)
    assert taken == [OURS_ASGI.name, "A", "B", "A", OURS_ASGI.name, "Z", "Z"]
    assert [(result.row.name, result.ratios.time, result.note) for result in results] == [
        ("a", 1, ""),
        ("z", 0, ""),
        ("b", 0, "B: out of memory"),
    ]


SUMMARY = Summary(90e-6, 50e-6, 2**20, 1e-6, Tail(80e-6, 95e-6, 3e-3, 2000))
PAIR = Result(
    Row("asgi", "an app", HELLO, "mangum", HELLO, Goal(0.5, cpu=0.6)), SUMMARY, SUMMARY, Ratios(0.5, 0.61, 0.9)
)


@pytest.mark.parametrize(
    ("goal", "verdict"),
    [
        (Goal(0.5, cpu=0.61), "CPU ≤ 0.61 ×, time ≤ 0.5 × ✓"),
        (Goal(0.5, cpu=0.6), "CPU ≤ 0.6 ×, time ≤ 0.5 × ✗"),
        (Goal(0.49), "time ≤ 0.49 × ✗"),
        (Goal(seconds=90e-6), "≤ 90.0 µs ✓"),
        (Goal(), "–"),
    ],
)
def test_goals(goal: Goal, verdict: str) -> None:
    report = Report([PAIR._replace(row=PAIR.row._replace(goal=goal))], [], [], [])
    assert f"| 0.50 | 0.61 | 0.90 | {verdict} |" in report.text()


def test_the_report_says_which_anchors_were_there() -> None:
    text = Report([PAIR], [], ["aws-lambda-go 1.55.1 (go1.26.8)"], ["Rust lambda_http (cargo isn't installed)"]).text()
    assert "Measured: aws-lambda-go 1.55.1 (go1.26.8). Not measured: Rust lambda_http (cargo isn't installed)." in text


def test_tails_are_in_a_table_of_their_own() -> None:
    text = Report([PAIR], [], [], []).text()
    assert "| an app | lambda-http-adapter | 80 | 95 | 3,000 | 2,000 |" in text
    assert "| an app | mangum | 80 | 95 | 3,000 | 2,000 |" in text


def test_a_stranger_does_not_end_a_measurement() -> None:
    """The port may have been another program's a moment ago."""
    asked = b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n"
    with RuntimeAPI(b"{}") as api:
        host, port = api.address.split(":")
        with (
            socket.create_connection((host, int(port))) as stranger,
            socket.create_connection((host, int(port))) as runtime,
        ):
            stranger.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            runtime.sendall(asked)
            assert api.serve(lambda: "polled", lambda: None) == ("polled", "polled")
