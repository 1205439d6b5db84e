"""The faults of docs/runtime.md, as what the fake Runtime API is told to answer."""

import json
from collections.abc import Callable, Mapping

from tests.support.fake_runtime_api import Delivery, FakeRuntimeAPI
from tests.support.http_bytes import Answer, Then, answer
from tests.support.recorded_request import Endpoint
from tests.support.runtime_process import http

# The event that the fault is about, or None where the fault comes in an event's place.
Arrange = Callable[[FakeRuntimeAPI], Delivery | None]


def alone(api: FakeRuntimeAPI, headers: Mapping[str, str | None] | None = None, then: Then = "keep") -> Delivery:
    return api.invoke(http("/alone"), headers=headers, then=then)


def poll(*answers: Answer) -> Arrange:
    def arrange(api: FakeRuntimeAPI) -> None:
        api.script("next", *answers)

    return arrange


def used(reply: Answer) -> Arrange:
    """Behind an invocation that went well."""

    def arrange(api: FakeRuntimeAPI) -> None:
        alone(api)
        api.script("next", reply)

    return arrange


def event(then: Then = "keep", **headers: str | None) -> Arrange:
    fields = {"Lambda-Runtime-" + name.replace("_", "-"): value for name, value in headers.items()}
    return lambda api: alone(api, fields, then)


def receipt(endpoint: Endpoint, *answers: Answer) -> Arrange:
    def arrange(api: FakeRuntimeAPI) -> Delivery:
        api.script(endpoint, *answers)
        return alone(api) if endpoint == "response" else api.invoke(b"not json")

    return arrange


def receipts(*scripts: tuple[Answer, ...]) -> list[Arrange]:
    """The first script first to a response and then to an error, then the others."""
    return [receipt(endpoint, *script) for script in scripts for endpoint in ("response", "error")]


def bytewise(api: FakeRuntimeAPI) -> Delivery:
    api.fragment = True
    return alone(api)


def trailers(api: FakeRuntimeAPI) -> Delivery:
    """They must not replace what the head said."""
    chunked = answer(200, http("/alone"), IDENTIFIED, chunked=True).raw
    fields = b"Lambda-Runtime-Aws-Request-Id: another\r\nLambda-Runtime-Deadline-Ms: soon\r\n\r\n"
    api.next_raw(chunked.removesuffix(b"\r\n") + fields)
    return Delivery(api, "r", None)


def nobody(api: FakeRuntimeAPI) -> None:
    api.close()


ACCEPTED = answer(202, {"status": "OK"})
REFUSED = answer(403, {"errorType": "InvalidStateTransition"})
UNKNOWN = answer(400, {"errorType": "InvalidRequestID"})
CLOSED, RESET = Answer(b"", "close"), Answer(b"", "reset")
GARBAGE = [Answer(b"SSH-2.0-OpenSSH_9.6\r\n"), Answer(b"\x15\x03\x01\x00\x02\x02\x50", "close")]
ODD = [
    Answer(b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"),
    *[Answer(b"HTTP/1.1 %s Odd\r\nContent-Length: 0\r\n\r\n" % status) for status in (b"000", b"099")],
    Answer(b"HTTP/1.1 99 Odd\r\nContent-Length: 0\r\n\r\n"),
]
IDENTIFIED = [("Lambda-Runtime-Aws-Request-Id", "r"), ("Lambda-Runtime-Deadline-Ms", "4102444800000")]
EVENT = answer(200, http("/alone"), IDENTIFIED)
MEGABYTE = json.dumps({"custom": {"k": "x" * 1_000_000}})


def statuses(*codes: int) -> list[tuple[Answer, ...]]:
    return [(answer(code, {"errorType": "Refused"}),) for code in codes]


def polls(*scripts: tuple[Answer, ...]) -> list[Arrange]:
    return [poll(*script) for script in scripts]


# The first of each runs with all others, the rest in the slow group.
CASES: dict[tuple[str, str], list[Arrange]] = {
    ("next", "nobody listens"): [nobody],
    ("next", "closed or reset without an answer, on a new connection"): [poll(CLOSED), poll(RESET)],
    ("next", "closed or reset without an answer, on a used connection"): [used(CLOSED), used(RESET)],
    ("next", "broken off in the head"): [
        poll(Answer(EVENT.raw[:40], "close")),
        poll(Answer(b"H", "close")),
        poll(Answer(EVENT.raw[:40], "reset")),
    ],
    ("next", "broken off in the body"): [
        poll(Answer(EVENT.raw[:-1], "close")),
        poll(Answer(EVENT.raw[:-1], "reset")),
        poll(Answer(answer(200, http(), chunked=True).raw[:-2], "close")),
    ],
    ("next", "not HTTP"): [poll(one) for one in GARBAGE],
    ("next", "two answers"): [poll(Answer(EVENT.raw + EVENT.raw))],
    ("next", "204"): [poll(answer(204)), poll(*[answer(204)] * 5)],
    ("next", "400, 403, 410, 413, 429, 500, 503"): polls(*statuses(500, 400, 403, 410, 413, 429, 503)),
    ("next", "no request id, or an empty one"): [
        poll(answer(200, http("/alone"))),
        poll(answer(200, http("/alone"), [("Lambda-Runtime-Aws-Request-Id", "")])),
    ],
    ("next", "a request id that can't be part of a URL"): [
        poll(answer(200, http("/alone"), [("Lambda-Runtime-Aws-Request-Id", name), *IDENTIFIED[1:]]))
        for name in ("a b", "é", "a/b", "a?b#c", ".", "..")
    ],
    ("next", "a 101, or a status below 100"): [poll(one) for one in ODD],
    ("next", "trailers named as its headers"): [trailers],
    ("next", "no deadline, or one that is not a time"): [
        event(Deadline_Ms=None),
        event(Deadline_Ms=""),
        event(Deadline_Ms="soon"),
        event(Deadline_Ms="1e3"),
    ],
    ("next", "a deadline before 1970 or after 2286"): [
        event(Deadline_Ms="9" * 16),
        event(Deadline_Ms="9" * 400),
        event(Deadline_Ms="9" * 5000),
        event(Deadline_Ms="-1"),
    ],
    ("next", "client context or Cognito identity that is not a JSON object"): [
        event(Client_Context="{'custom'"),
        event(Client_Context="[1]"),
        event(Client_Context='{"client": 1}'),
        event(Client_Context='{"w3c": [1]}'),
        event(Cognito_Identity="{"),
        event(Cognito_Identity="null"),
        event(Client_Context='{"custom":' * 50_000),
        event(Client_Context='{"custom": 1}'),
        event(Cognito_Identity="[" * 100_000),
    ],
    ("next", "headers of a megabyte"): [event(Client_Context=MEGABYTE)],
    ("next", "byte by byte"): [bytewise],
    ("next", "closed or reset behind the event"): [event(then="close"), event(then="reset")],
    ("response, error", "200, 204"): receipts((answer(200),), (answer(204),)),
    ("response, error", "closed or reset without a receipt"): receipts((CLOSED,), (RESET,)),
    ("response, error", "the same, and then 400 or 403"): receipts((CLOSED, UNKNOWN), (RESET, REFUSED)),
    ("response, error", "the same twice"): receipts((CLOSED, CLOSED), (RESET, RESET)),
    ("response, error", "receipt broken off in the head"): receipts(
        (Answer(b"HTTP/1.1 202 Acc", "close"),), (Answer(b"H", "reset"),)
    ),
    ("response, error", "receipt broken off in the body"): receipts(
        (Answer(ACCEPTED.raw[:-1], "close"),), (Answer(ACCEPTED.raw[:-1], "reset"),)
    ),
    ("response, error", "not HTTP"): receipts(*((one,) for one in GARBAGE)),
    ("response, error", "a 101, or a status below 100"): receipts(*((one,) for one in ODD)),
    ("response, error", "400, 403"): receipts(*statuses(403, 400)),
    ("response, error", "410, 413"): receipts(*statuses(413, 410)),
    ("response, error", "429, 500, 503"): receipts(*statuses(500, 429, 503)),
}
