"""The log records of a sandbox, written by the runtime and read by the emulator."""

import asyncio
import itertools
import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambda_http_adapter._emulator.sandbox.telemetry import FrameReader, LogPipe, LogRecord
from lambda_http_adapter._runtime.logs import Frames

LEVELS = {
    0: "",
    5: "",
    logging.DEBUG: "DEBUG",
    25: "INFO",
    logging.WARNING: "WARNING",
    logging.ERROR: "ERROR",
    logging.CRITICAL: "CRITICAL",
    70: "CRITICAL",
}


def written(*records: tuple[str, int, bool]) -> bytes:
    reader, writer = os.pipe()
    frames = Frames(writer)
    for text, level, as_json in records:
        frames.write(text, level, as_json)
    os.close(writer)
    with open(reader, "rb") as file:
        return file.read()


def read(data: bytes, cuts: list[int]) -> list[tuple[str, str, bool]]:
    places = sorted({0, *(cut % (len(data) + 1) for cut in cuts), len(data)})
    frames = FrameReader()
    pieces = [data[start:end] for start, end in itertools.pairwise(places)]
    found = [record for piece in pieces for record in frames.feed(piece)]
    assert list(frames.rest()) == []
    return [(record.text, record.level, record.as_json) for record in found]


@given(
    st.lists(st.tuples(st.text(max_size=40), st.sampled_from(list(LEVELS)), st.booleans()), max_size=5),
    st.lists(st.integers(min_value=0), max_size=8),
)
def test_records_arrive_as_they_were_written_however_the_bytes_are_cut(
    records: list[tuple[str, int, bool]], cuts: list[int]
) -> None:
    expected = [(text.encode(errors="backslashreplace").decode(), LEVELS[n], as_json) for text, n, as_json in records]
    assert read(written(*records), cuts) == expected


def test_time() -> None:
    (record,) = FrameReader().feed(written(("x", 0, False)))
    assert 1_700_000_000 < record.time < 4_000_000_000


def text_of(data: bytes) -> str:
    return data.decode(errors="backslashreplace")


ONE, TWO = written(("one\n", 20, False)), written(("two\n", 40, False))


@pytest.mark.parametrize(
    ("data", "texts"),
    [
        (b"no frame at all, but text" + ONE, ["no frame at all, but text", "one\n"]),
        (ONE[:16] + TWO + ONE, [text_of(TWO[:4]), text_of(TWO[4:]), "one\n"]),
        (b"\xa5Z\0no type" + TWO, ["\\xa5Z\0no type", "two\n"]),
    ],
    ids=["text", "a frame in a frame", "half a type"],
)
def test_mixed_bytes_lose_no_later_record(data: bytes, texts: list[str]) -> None:
    frames = FrameReader()
    assert [record.text for record in frames.feed(data)] == texts


def test_bytes_that_begin_no_frame_do_not_pile_up() -> None:
    frames = FrameReader()
    assert [record.text for record in frames.feed(b"x" * 100)] == ["x" * 97]
    assert list(frames.rest()) == []


def test_the_rest_of_a_record_is_marked() -> None:
    frames = FrameReader()
    assert list(frames.feed(TWO[:-2])) == []
    (rest,) = frames.rest()
    assert (rest.text, rest.level, rest.complete) == ("tw", "ERROR", False)
    assert list(frames.rest()) == []


# The pipe


@contextmanager
def pipe(seen: list[LogRecord], on_record: Callable[[], object] = lambda: None) -> Iterator[LogPipe]:
    def keep(record: LogRecord) -> None:
        seen.append(record)
        on_record()

    log = LogPipe(keep)
    try:
        yield log
    finally:
        log.close()


def test_records_arrive_while_the_writer_waits() -> None:
    large = "x" * 1_000_000
    seen: list[LogRecord] = []

    async def receive() -> None:
        arrived = asyncio.Event()
        with pipe(seen, arrived.set) as log:
            thread = threading.Thread(target=Frames(log.writer).write, args=(large, 40, False))
            thread.start()
            await asyncio.wait_for(arrived.wait(), 30)
            thread.join()
            log.close_writer()

    asyncio.run(receive())
    assert [(record.text, record.level) for record in seen] == [(large, "ERROR")]


def test_drain_reads_what_is_there_and_does_not_wait() -> None:
    seen: list[LogRecord] = []

    async def receive() -> None:
        with pipe(seen) as log:
            log.drain()
            os.write(log.writer, ONE + TWO[:-1])
            log.drain()
            assert [record.text for record in seen] == ["one\n"]
            log.drain()
            log.close()
            log.drain()
            log.close_writer()

    asyncio.run(receive())
    assert [(record.text, record.complete) for record in seen] == [("one\n", True), ("two", False)]


def test_drain_ends_where_the_writing_does_not() -> None:
    seen: list[LogRecord] = []

    async def receive() -> None:
        with pipe(seen, lambda: os.write(log.writer, ONE)) as log:
            os.write(log.writer, ONE)
            log.drain()
            assert 0 < len(seen) < 10
        log.close_writer()

    asyncio.run(receive())


def test_the_end_of_the_writers_ends_the_reading() -> None:
    seen: list[LogRecord] = []

    async def receive() -> None:
        with pipe(seen) as log:
            os.write(log.writer, ONE)
            log.close_writer()
            log.drain()
            log.drain()

    asyncio.run(receive())
    assert [record.text for record in seen] == ["one\n"]
