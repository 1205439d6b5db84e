"""When the bytes of a stream may go, if it goes no faster than on Lambda."""

import pytest

from lambda_http_adapter._emulator.doors.pace import Pace

MB = 1024 * 1024


@pytest.mark.parametrize(
    "pieces",
    [
        # Each a size, when it is there, and how long it has to wait.
        [(6 * MB, 100, 0)],
        [(3 * MB, 100, 0), (3 * MB, 100, 0), (2 * MB, 100, 1), (1 * MB, 101, 0.5), (4 * MB, 101.5, 2)],
        [(8 * MB, 100, 1), (1 * MB, 101.5, 0)],  # while it waited it has become 1 MB to the good
        [(6 * MB, 100, 0), (6 * MB, 103, 0), (2 * MB, 103, 1)],  # and after 3 s there is a burst again
        [(6 * MB, 100, 0), (6 * MB, 1000, 0), (1 * MB, 1000, 0.5)],  # but never more than one
        [(0, 100, 0)],
    ],
)
def test_pace(pieces: list[tuple[int, float, float]]) -> None:
    pace = Pace()
    assert [pace.delay(size, now) for size, now, _ in pieces] == [wait for _, _, wait in pieces]
