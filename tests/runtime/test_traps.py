"""Mistakes that runtimes for Lambda are known to make, each with the test that shows it isn't made here.

Those with no test elsewhere have it in this file.
"""

import ast
from subprocess import TimeoutExpired
from typing import cast

import pytest

from tests.support.barrier_app import BARRIER_APP
from tests.support.fake_runtime_api import FakeRuntimeAPI
from tests.support.http_bytes import answer
from tests.support.paths import ROOT
from tests.support.runtime_process import GRACEFUL, Serve, every_colour, http, told

TRAPS: dict[str, list[str]] = {
    # The protocol
    "a time-out on a poll that may take hours": ["runtime/test_traps.py::test_a_poll_has_no_time_out"],
    "a proxy between the runtime and its host": ["runtime/test_loop.py::test_proxies_are_not_for_the_runtime_api"],
    "asking on after a refused answer, which brings the same event again": [
        "runtime/test_loop.py::test_a_refused_answer_ends_the_process"
    ],
    "asking as fast as possible while there is nothing": ["runtime/test_traps.py::test_empty_answers_make_nobody_busy"],
    "ending the process for a response that was too large or late": [
        "runtime/test_loop.py::test_an_answer_the_platform_has_settled_is_logged_and_the_loop_goes_on"
    ],
    "a late answer that is taken for the retry's": [
        "runtime/test_loop.py::test_the_invocation_id_is_echoed",
        "runtime/test_managed_instances.py::test_the_answer_to_a_delivery_that_timed_out_is_not_its_retrys",
    ],
    "a response mode other than streaming": ["runtime/test_traps.py::test_a_buffered_answer_names_no_mode"],
    "a report of an error that is too large": ["runtime/test_error_report.py::test_however_large_the_error_it_fits"],
    "a cause that is no header value": ["runtime/test_error_report.py::test_the_cause_is_a_legal_header_value"],
    "an error type that the platform doesn't know": [
        "runtime/test_error_report.py::test_the_error_type_is_one_that_the_platform_keeps"
    ],
    "an empty client context read as JSON": ["runtime/test_loop.py::test_the_context_reaches_the_app"],
    "an event read by its Content-Type": ["runtime/test_traps.py::test_the_type_of_an_event_does_not_matter"],
    "a connection that died while the environment was frozen": [
        "runtime/test_connection.py::test_lost_after_next",
        "runtime/test_connection.py::test_lost_after_the_answer_was_taken",
        "runtime/test_connection.py::test_an_answer_lost_on_a_used_connection_is_sent_again_once",
    ],
    "leaving a failed init without a report, or with anything behind it": [
        "runtime/test_init_error.py::test_a_failed_init_is_reported_once",
        "runtime/test_faults.py::test_whatever_becomes_of_the_report_of_a_failed_init",
    ],
    "leaving with 0 while an invocation waits for its answer": [
        "runtime/test_traps.py::test_an_app_that_is_cancelled_from_within_is_answered_for"
    ],
    # Streaming
    "trailers that are not declared, or written as text": [
        "streaming/test_endings.py::test_a_failure_half_way_is_told_in_trailers"
    ],
    "an empty body without a head": ["streaming/test_endings.py::test_an_empty_body"],
    "an empty chunk, which ends the body": ["streaming/test_http_bytes.py::test_no_empty_chunk"],
    "a stream to a front door that can't": [
        "streaming/test_buffering.py::test_front_doors_that_can_not_stream_are_answered_buffered"
    ],
    "headers of the connection in the answer": ["delivery/test_encoders.py::test_end_to_end_headers"],
    "a head longer than API Gateway looks for its end": [
        "streaming/test_endings.py::test_a_head_that_api_gateway_does_not_take"
    ],
    "chunks that wait for each other": ["streaming/test_order.py::test_a_chunk_arrives_before_the_next_is_made"],
    "an error posted after the response began": ["streaming/test_http_bytes.py::test_a_failure_half_way"],
    # Signals and phases
    "no SIGTERM without an extension, no registration after the first poll, no init without its wait": [
        "runtime/test_extension.py::test_registered_before_the_first_poll"
    ],
    "one extension for each poller": ["runtime/test_extension.py::test_registered_once_however_many_run"],
    "a poll that no signal handler interrupts": ["runtime/test_shutdown.py::test_while_it_waits_for_an_invocation"],
    "work behind the answer that is frozen half done": [
        "runtime/test_hooks.py::test_the_end_is_behind_the_answer_and_before_the_next_poll",
        "runtime/test_hooks.py::test_background_tasks_cost_the_client_nothing",
    ],
    "connections and random numbers that all copies of a snapshot share": [
        "runtime/test_snapstart.py::test_no_connection_survives_the_snapshot",
        "runtime/test_snapstart.py::test_copies_do_not_share_their_random_numbers",
    ],
    "a deadline by a clock that stops while the environment is frozen": ["values/test_context.py::test_remaining_time"],
    # Several at once
    "one environment variable for all trace ids": ["runtime/test_concurrency.py::test_each_has_its_own_context"],
    "one request id for all log lines": [
        "runtime/test_logs_concurrency.py::test_threads_have_their_own_request_in_each_line",
        "runtime/test_logs_concurrency.py::test_tasks_have_their_own_request_in_each_line",
    ],
    "work that keeps its poller after its time": [
        "runtime/test_concurrency.py::test_work_that_outlives_its_deadline_is_cancelled"
    ],
    "one crash for all": ["runtime/test_concurrency.py::test_a_crash_is_that_invocations_alone"],
    "a process that lives on without pollers": [
        "runtime/test_concurrency.py::test_without_a_poller_left_the_process_ends"
    ],
    "a thread pool smaller than the number of invocations": [
        "runtime/test_concurrency.py::test_each_may_have_a_thread"
    ],
    "a maximum of 1 taken for several": [
        "runtime/test_concurrency.py::test_where_one_runs_at_a_time_its_trace_is_in_the_environment"
    ],
    # Logs and context
    "a log pipe that children inherit": ["runtime/test_logs_sink.py::test_the_pipe_is_this_processes_alone"],
    "frames that are written in pieces": ["runtime/test_logs_sink.py::test_a_frame_is_one_write_with_the_present_time"],
    "a record that becomes several": ["runtime/test_logs_sink.py::test_on_standard_output_one_record_is_one_line"],
    "an attribute of the context that is another type than AWS's": [
        "values/test_context.py::test_what_the_environment_brings",
        "values/test_context.py::test_what_an_invocation_may_lack",
    ],
    "a limit on the body instead of on what it becomes": [
        "delivery/test_encoders.py::test_the_limit_of_the_runtime_api"
    ],
    "headers of another adapter that a client may send": ["origins/test_function_url.py::test_decode"],
}


@pytest.mark.parametrize("test", [test for tests in TRAPS.values() for test in tests])
def test_there_is_the_test(test: str) -> None:
    path, _, name = test.partition("::")
    tree = ast.parse((ROOT / "tests" / path).read_text())
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.covering
@every_colour
@pytest.mark.parametrize("concurrency", ["1", "2"])
def test_a_poll_has_no_time_out(fake_runtime_api: FakeRuntimeAPI, serve: Serve, concurrency: str) -> None:
    """Not even where an app, or a library that it imports, sets one for all sockets."""
    source = "import socket\nsocket.setdefaulttimeout(0.05)\n" + BARRIER_APP
    env = {"AWS_LAMBDA_MAX_CONCURRENCY": concurrency, **GRACEFUL}
    process = serve(source, **env)
    fake_runtime_api.wait_until(lambda: len(fake_runtime_api.received("next")) == int(concurrency))
    with pytest.raises(TimeoutExpired):
        process.wait(timeout=0.3)
    told(fake_runtime_api.invoke(http("/alone")).wait())
    assert len(fake_runtime_api.received("next")) <= int(concurrency) + 1


# Ticks a hundred times a second, by the clock that the polls have too.
TICKING = """
import threading, time

def tick():
    while True:
        print("tick", flush=True)
        time.sleep(0.01)

threading.Thread(target=tick, daemon=True).start()

async def app(scope, receive, send):
    assert False

def wsgi(environ, start_response):
    assert False
"""


@every_colour
def test_empty_answers_make_nobody_busy(fake_runtime_api: FakeRuntimeAPI, serve: Serve) -> None:
    fake_runtime_api.script("next", *[answer(204)] * 15)
    process = serve(TICKING)

    def ticks(polls: int) -> int:
        fake_runtime_api.wait_until(lambda: len(fake_runtime_api.received("next")) == polls)
        return process.stdout.count("tick")

    before, after = ticks(6), ticks(16)
    assert after - before > 2 * (16 - 6)


@every_colour
def test_a_buffered_answer_names_no_mode(fake_runtime_api: FakeRuntimeAPI, serve: Serve) -> None:
    """The platform refuses "buffered", and is stuck behind it."""
    deliveries = [fake_runtime_api.invoke(http()), fake_runtime_api.invoke(b"not json")]
    serve()
    for delivery in deliveries:
        assert "lambda-runtime-function-response-mode" not in dict(delivery.wait().headers)


@pytest.mark.covering
@every_colour
@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "text/plain; charset=latin-1", "", None])
def test_the_type_of_an_event_does_not_matter(
    fake_runtime_api: FakeRuntimeAPI, serve: Serve, content_type: str | None
) -> None:
    """It is whatever the invoker sent."""
    delivery = fake_runtime_api.invoke(http("/ü"), headers={"Content-Type": content_type})
    serve()
    assert told(delivery.wait())["path"] == "/ü"


CANCELLED = """
import asyncio

async def app(scope, receive, send):
    assert scope["type"] == "http"
    if scope["path"] == "/awaits":
        task = asyncio.create_task(asyncio.sleep(60))
        task.cancel()
        await task
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"{}"})
"""


@pytest.mark.parametrize("serve", ["uvloop", "asyncio"], indirect=True)
def test_an_app_that_is_cancelled_from_within_is_answered_for(fake_runtime_api: FakeRuntimeAPI, serve: Serve) -> None:
    """Whoever awaits a cancelled task is given its CancelledError, although nobody cancelled the invocation."""
    bad, good = fake_runtime_api.invoke(http("/awaits")), fake_runtime_api.invoke(http())
    serve(CANCELLED)
    request = bad.wait()
    assert request.endpoint == "error" or cast("dict[str, object]", request.json())["statusCode"] == 500
    told(good.wait())
