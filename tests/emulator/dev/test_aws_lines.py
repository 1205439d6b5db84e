"""Lambda's own lines, character by character, and the price of an invocation."""

import pytest

from lambda_http_adapter._emulator.dev.aws_lines import end_line, init_line, report_line, start_line, timeout_line
from lambda_http_adapter._emulator.dev.prices import LAMBDA, LAMBDA_EDGE, price_text, prices_behind
from lambda_http_adapter._emulator.doors.door import DOORS
from lambda_http_adapter._emulator.sandbox.invocation import invocation_error
from lambda_http_adapter._emulator.sandbox.report import Report

ID = "8f507cfc-8c0d-4d5b-9f8c-2a0a3b1d7a11"
TIMEOUT = invocation_error("Sandbox.Timedout", f"{ID} Task timed out after 3.00 seconds")
RAISED = invocation_error("Function.ValueError", "no luck")
CRASH = invocation_error("Runtime.ExitError", "Runtime exited with error: exit status 3")
NOW = 1713143845.4267


@pytest.mark.parametrize(
    ("report", "line"),
    [
        (
            Report(ID, 0.0957, None, 512, 39, None),
            f"REPORT RequestId: {ID}\tDuration: 95.70 ms\tBilled Duration: 96 ms\tMemory Size: 512 MB\t"
            "Max Memory Used: 39 MB\t",
        ),
        (
            Report(ID, 0.02611, 0.28482, 128, 39, None),
            f"REPORT RequestId: {ID}\tDuration: 26.11 ms\tBilled Duration: 311 ms\tMemory Size: 128 MB\t"
            "Max Memory Used: 39 MB\tInit Duration: 284.82 ms\t",
        ),
        (
            Report(ID, 3, None, 1024, 64, TIMEOUT),
            f"REPORT RequestId: {ID}\tDuration: 3000.00 ms\tBilled Duration: 3000 ms\tMemory Size: 1024 MB\t"
            "Max Memory Used: 64 MB\tStatus: timeout",
        ),
        (
            Report(ID, 0.0957, 0.1, 512, 39, CRASH),
            f"REPORT RequestId: {ID}\tDuration: 95.70 ms\tBilled Duration: 196 ms\tMemory Size: 512 MB\t"
            "Max Memory Used: 39 MB\tInit Duration: 100.00 ms\tStatus: error\tError Type: Runtime.ExitError",
        ),
        (
            Report(ID, 0.001, None, 128, 0, RAISED),
            f"REPORT RequestId: {ID}\tDuration: 1.00 ms\tBilled Duration: 1 ms\tMemory Size: 128 MB\t",
        ),
    ],
    ids=["warm", "cold", "time-out", "crash", "exception"],
)
def test_report(report: Report, line: str) -> None:
    assert report_line(report) == line


def test_start_and_end() -> None:
    assert start_line(ID) == f"START RequestId: {ID} Version: $LATEST"
    assert end_line(ID) == f"END RequestId: {ID}"


def test_init() -> None:
    assert init_line(0.15403) == "INIT_REPORT Init Duration: 154.03 ms"
    failed = "INIT_REPORT Init Duration: 154.03 ms\tPhase: init\tStatus: error\tError Type: Runtime.ExitError"
    assert init_line(0.15403, CRASH) == failed
    assert init_line(10, TIMEOUT) == "INIT_REPORT Init Duration: 10000.00 ms\tPhase: init\tStatus: timeout"


def test_timeout() -> None:
    line = timeout_line(Report(ID, 3.05, None, 512, 39, TIMEOUT), NOW)
    assert line == f"2024-04-15T01:17:25.426Z {ID} Task timed out after 3.05 seconds\n"
    assert timeout_line(Report(ID, 3.05, None, 512, 39, CRASH), NOW) == ""
    assert timeout_line(Report(ID, 3.05, None, 512, 39, None), NOW) == ""


def test_the_price_of_an_invocation() -> None:
    report = Report(ID, 0.9, 0.1, 1024, 39, None)  # a GB-second
    assert LAMBDA.of(report) == {"x86": pytest.approx(0.0000168667), "arm64": pytest.approx(0.0000135334)}
    assert price_text(LAMBDA.of(report)) == "$0.000017 x86, $0.000014 arm64"
    assert price_text({"x86": 0.25, "arm64": 0.0123}) == "$0.25 x86, $0.012 arm64"
    assert price_text({}) == ""


def test_lambda_edge_has_prices_of_its_own() -> None:
    assert prices_behind(DOORS["lambda-edge"]) is LAMBDA_EDGE
    assert prices_behind(DOORS["rest"]) is LAMBDA
    assert LAMBDA_EDGE.of(Report(ID, 1, None, 128, 39, None)) == {"x86": pytest.approx(0.0000006 + 0.00000625125)}
