"""What the kernel says of a sandbox's process, on Linux and on macOS."""

import os
import signal

import pytest

from lambda_http_adapter._emulator.sandbox.process import exit_message, peak_memory
from tests.support.proc import proc


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (0, "Runtime exited without providing a reason"),
        (3, "Runtime exited with error: exit status 3"),
        (-signal.SIGKILL, "Runtime exited with error: signal: killed"),
        (-signal.SIGSEGV, "Runtime exited with error: signal: segmentation fault"),
    ],
)
@pytest.mark.parametrize("format", ["{}", "{}: {:d}"], ids=["Linux", "macOS"])
def test_the_end_of_a_process_is_worded_as_on_lambda(
    format: str, code: int, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = {signal.SIGKILL: "Killed", signal.SIGSEGV: "Segmentation fault"}
    monkeypatch.setattr(signal, "strsignal", lambda number: format.format(names[number], number))
    assert exit_message(code) == message


def test_the_peak_is_in_megabytes() -> None:
    proc("self/status")
    assert 10 < peak_memory(os.getpid()) < 10_000


def test_a_process_that_has_ended_has_no_peak() -> None:
    assert peak_memory(2**22 + 1) == 0  # the kernel gives no number above 2**22
