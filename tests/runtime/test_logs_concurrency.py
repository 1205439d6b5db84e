"""Whose line it is, where several invocations log at once."""

import asyncio
import json
import logging
import threading

from lambda_http_adapter._runtime.logs import log_uncaught
from lambda_http_adapter._values.context import enter_invocation
from tests.support.lambda_log import JSON, Pipe, caught, fail, installed, invocation

COPIES, LINES = 16, 40


def own_lines(messages: list[str]) -> dict[str, int]:
    """How many lines each invocation has; each tells itself whose it is, in a message too long for one atomic write."""
    counts: dict[str, int] = {}
    for message in messages:
        line = json.loads(message)
        assert line["message"] == f"{line['requestId']} {'x' * 5000}"
        assert line["tenantId"] == "tenant of " + line["requestId"]
        counts[line["requestId"]] = counts.get(line["requestId"], 0) + 1
    return counts


def test_threads_have_their_own_request_in_each_line(pipe: Pipe) -> None:
    together = threading.Barrier(COPIES)

    def invoke(request_id: str) -> None:
        enter_invocation(invocation(request_id, "tenant of " + request_id), alone=False)
        for _ in range(LINES):
            together.wait()
            logging.getLogger("app").error("%s %s", request_id, "x" * 5000)

    with installed(pipe, JSON, concurrent=True):
        threads = [threading.Thread(target=invoke, args=(f"r-{n}",)) for n in range(COPIES)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert own_lines(pipe.messages()) == {f"r-{n}": LINES for n in range(COPIES)}


def test_tasks_have_their_own_request_in_each_line(pipe: Pipe) -> None:
    async def invoke(request_id: str, together: asyncio.Barrier) -> None:
        enter_invocation(invocation(request_id, "tenant of " + request_id), alone=False)
        for number in range(LINES):
            await together.wait()
            arguments = ("%s %s", request_id, "x" * 5000)
            if number % 10:
                logging.getLogger("app").error(*arguments)
            else:
                await asyncio.to_thread(logging.getLogger("app").error, *arguments)

    async def main() -> None:
        together = asyncio.Barrier(COPIES)
        await asyncio.gather(*(invoke(f"r-{n}", together) for n in range(COPIES)))

    with installed(pipe, JSON, concurrent=True):
        asyncio.run(main())
    assert own_lines(pipe.messages()) == {f"r-{n}": LINES for n in range(COPIES)}


def test_uncaught_errors_do_not_break_into_records(pipe: Pipe) -> None:
    error = caught(lambda: fail("x" * 5000))

    def invoke() -> None:
        for _ in range(LINES):
            log_uncaught(error, "r-1")
            logging.getLogger("app").error("x" * 5000)

    with installed(pipe, JSON, concurrent=True):
        threads = [threading.Thread(target=invoke) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len([json.loads(message) for message in pipe.messages()]) == 4 * LINES * 2
