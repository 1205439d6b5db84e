"""scripts/soak: that it sees what a function keeps, and says so."""

import sys

import pytest

from benchmarks.soak import ROWS, Sample, Soaked, program_of, report, soak

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

HELD = Sample(0, 50 << 20, 14, 1, 2, 18_000)
LEAKS = """
from lambda_http_adapter import run_wsgi
from benchmarks.apps.soak import wsgi
kept = []
def app(environ, start_response):
    kept.extend([] for _ in range(100))
    return wsgi(environ, start_response)
run_wsgi(app)
"""


QUICK = ("asgi-streamed", "wsgi-buffered")


@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in ROWS]
)
def test_a_short_one(name: str) -> None:
    samples = list(soak(program_of(*ROWS[name]), 30, 15))
    assert [sample.invocations for sample in samples] == list(range(0, 31, 3))
    assert samples[0].tasks == samples[-1].tasks == (2 if "asgi" in name else 0)
    assert samples[0].descriptors == samples[-1].descriptors


def test_what_a_function_keeps_is_seen() -> None:
    samples = list(soak(LEAKS, 50, 25))
    (grown,) = [line for line in Soaked("wsgi", samples, 1.0).grown() if line.startswith("objects")]
    assert int(grown.removeprefix("objects: ").removesuffix(" more").replace(",", "")) > 4000


@pytest.mark.parametrize(
    ("more", "grown"),
    [
        ({"memory": HELD.memory + (4 << 20)}, []),
        ({"memory": HELD.memory + (5 << 20)}, ["memory: 5,242,880 more"]),
        ({"descriptors": 15}, ["descriptors: 1 more"]),
        ({"threads": 2, "tasks": 3}, ["threads: 1 more", "tasks: 1 more"]),
        ({"objects": 15_000, "memory": 1, "tasks": 0}, []),
    ],
)
def test_what_counts_as_grown(more: dict[str, int], grown: list[str]) -> None:
    assert Soaked("asgi", [HELD, HELD._replace(**more)], 1.0).grown() == grown


def test_the_report_is_a_table() -> None:
    samples = [HELD, HELD._replace(invocations=500, memory=52 << 20), HELD._replace(invocations=1000)]
    text = report([Soaked("asgi-buffered", samples, 1.0)], ["--invocations", "1000"])
    assert text.startswith("`scripts/soak --invocations 1000` on 20")
    assert text.endswith("\n| asgi-buffered | 1,000 | 50.0 | 50.0 | 52.0 | 14 | 1 | 2 |")
