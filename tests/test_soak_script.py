"""scripts/soak: that it sees what a function keeps, and says so."""

import sys
from pathlib import Path

import pytest

import benchmarks.soak
from benchmarks.soak import ROWS, Sample, Soaked, main, program_of, report, soak

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
    text = report([Soaked("asgi-buffered", samples, 1.0)], 100, ["--invocations", "1000"])
    assert text.startswith("`scripts/soak --invocations 1000` on 20")
    assert "One of 100 invocations has a body of 6 MB." in text
    assert text.endswith("\n| asgi-buffered | 1,000 | 50.0 | 50.0 | 52.0 | 14 | 1 | 2 |")


@pytest.mark.parametrize("arguments", [["--invocations", "9"], ["--large", "0"]])
def test_too_few_are_refused(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["soak", *arguments])
    with pytest.raises(SystemExit, match="2"):
        main()
    assert "expected at least 10 invocations, and one or more as --large" in capsys.readouterr().err


@pytest.mark.parametrize(("more", "code"), [(0, False), (1, True)])
def test_growth_is_the_exit_status_and_the_page_has_the_table(
    more: int, code: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What is served is replaced here: nothing grows in a function that a test serves in a second."""

    def samples(program: str, count: int, one_in: int) -> list[Sample]:
        return [HELD, HELD._replace(invocations=count, threads=1 + more)]

    page = tmp_path / "page.md"
    page.write_text("<!-- soak -->\n<!-- /soak -->\n")
    monkeypatch.setattr(benchmarks.soak, "soak", samples)
    monkeypatch.setattr(benchmarks.soak, "PAGE", page)
    monkeypatch.setattr(benchmarks.soak, "ROOT", tmp_path)
    monkeypatch.setattr(sys, "argv", ["soak", "--only", "wsgi-buffered", "--write"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code is code
    assert f"| wsgi-buffered | 1,000,000 | 50.0 | 50.0 | 50.0 | 14 | {1 + more} | 2 |" in page.read_text()
