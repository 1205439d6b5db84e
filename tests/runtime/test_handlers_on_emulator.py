"""Every shape of a handler that aws-lambda-go knows, in Python and in both colours, under AWS's own emulator."""

import json
from pathlib import Path
from typing import NamedTuple, cast

import pytest

from tests.support.child_process import python
from tests.support.runtime_interface_emulator import StartEmulator

BEFORE = """
import asyncio
from dataclasses import dataclass
from lambda_http_adapter import LambdaContext, run

@dataclass
class TIn:
    name: str

@dataclass
class TOut:
    message: str

class Refused(Exception):
    pass

"""
AFTER = "\n\nrun(handler)\n"
EVENT = {"name": "Ines"}


class Shape(NamedTuple):
    """A handler in Go's words and in Python's, and what it makes of the event."""

    go: str
    source: str
    result: object = None
    error: tuple[str, str] | None = None


SHAPES = [
    Shape("func()", "def handler(): pass"),
    Shape("func() error", "def handler(): raise Refused('no')", error=("Refused", "no")),
    Shape("func(TIn) error", "def handler(event: TIn): raise Refused(event.name)", error=("Refused", "Ines")),
    Shape("func() (TOut, error)", "def handler() -> TOut: return TOut('hi')", {"message": "hi"}),
    Shape(
        "func(context.Context) error",
        "def handler(context: LambdaContext): raise Refused(context.function_version)",
        error=("Refused", "$LATEST"),
    ),
    Shape(
        "func(context.Context) (TOut, error)",
        "def handler(context: LambdaContext) -> TOut: return TOut(context.function_version)",
        {"message": "$LATEST"},
    ),
    Shape(
        "func(context.Context, TIn) error",
        "def handler(context: LambdaContext, event: TIn): raise Refused(event.name + context.function_version)",
        error=("Refused", "Ines$LATEST"),
    ),
    Shape(
        "func(context.Context, TIn) (TOut, error)",
        "def handler(context: LambdaContext, event: TIn) -> TOut: return TOut(event.name + context.function_version)",
        {"message": "Ines$LATEST"},
    ),
    Shape("func(TIn) (TOut, error)", "def handler(event: TIn) -> TOut: return TOut(event.name)", {"message": "Ines"}),
    Shape("func(TIn)", "def handler(event: TIn): print(event.name)"),
    Shape("func(context.Context)", "def handler(ctx): print(ctx.aws_request_id)"),
    Shape("func(context.Context, TIn)", "def handler(ctx, event: TIn): print(event.name, ctx.aws_request_id)"),
    Shape(
        "lambda.Handler",
        """class Handler:
    def invoke(self, payload, context):
        return b'{"length":%d}' % len(payload)

handler = Handler()""",
        {"length": 15},
    ),
    Shape(
        "func(TIn) (TOut, error), AWS's order",
        "def handler(event: TIn, context: LambdaContext) -> TOut: return TOut(event.name)",
        {"message": "Ines"},
    ),
]


@pytest.mark.covering
@pytest.mark.parametrize("colour", ["def", "async def"])
@pytest.mark.parametrize("shape", SHAPES, ids=[shape.go for shape in SHAPES])
def test_shapes(shape: Shape, colour: str, emulator: StartEmulator, tmp_path: Path) -> None:
    code = BEFORE + shape.source.replace("def ", colour + " ") + AFTER
    function = emulator(python(code=code))
    for _ in range(2):  # the loop goes on, after an error too
        status, answer = function.invoke(json.dumps(EVENT, separators=(",", ":")).encode())
        assert status == 200
        if shape.error is None:
            assert json.loads(answer) == shape.result
        else:
            report = json.loads(answer)
            assert (report["errorType"], report["errorMessage"]) == shape.error
            assert cast("list[str]", report["stackTrace"])[-1].startswith('  File "<string>", line 17, in handler\n')


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "main.py"
    path.write_text(BEFORE)
    return path


@pytest.mark.parametrize(
    ("source", "event", "answer"),
    [
        ("def handler(event: bytes): return event", b"not json", b"not json"),
        ("def handler(event: str): return event", b"not json", b'"not json"'),
        ("def handler():\n    yield b'one '\n    yield b'two'", b"{}", b"one two"),
        ("async def handler():\n    yield b'one '\n    yield b'two'", b"{}", b"one two"),
        ("def handler(): return open('main.py', 'rb')", b"{}", BEFORE.encode()),
        ("def handler(): return b'\\0\\xff'", b"{}", b"\0\xff"),
    ],
    ids=["bytes", "str", "generator", "async generator", "file", "binary"],
)
def test_bytes_and_streams(source: str, event: bytes, answer: bytes, emulator: StartEmulator, program: Path) -> None:
    assert emulator(python(code=BEFORE + source + AFTER)).invoke(event) == (200, answer)


def test_an_event_that_does_not_fit(emulator: StartEmulator) -> None:
    function = emulator(python(code=BEFORE + "def handler(event: TIn): return event.name" + AFTER))
    _, answer = function.invoke({"name": 5})
    report = json.loads(answer)
    assert (report["errorType"], report["errorMessage"]) == (
        "PayloadError",
        "The event doesn't fit TIn: name is a number, not a string.",
    )
    assert function.invoke({"name": "Ines"}) == (200, b'"Ines"')


@pytest.mark.parametrize("colour", ["def", "async def"])
def test_who_leaves_takes_the_process_along(colour: str, emulator: StartEmulator) -> None:
    function = emulator(python(code=BEFORE + f"{colour} handler(): raise SystemExit(3)" + AFTER))
    status, answer = function.invoke({})
    assert (status, json.loads(answer)["errorType"]) == (502, "Runtime.ExitError")


def test_an_impossible_handler(emulator: StartEmulator) -> None:
    status, answer = emulator(python(code=BEFORE + "def handler(a, b, c): ..." + AFTER)).invoke({})
    assert status == 502
    report = json.loads(answer)
    assert report["errorType"] == "Runtime.InitError"
    assert report["errorMessage"].startswith("handler() takes 3 arguments (a, b, c). A handler is one of handler(), ")


@pytest.mark.parametrize(
    ("name", "answer"),
    [("main:handler", {"a": 1}), ("main.handler", {"a": 1}), ("handler:main:of_two", [{"a": 1}, "$LATEST"])],
)
def test_the_command_line(name: str, answer: object, emulator: StartEmulator, program: Path) -> None:
    program.write_text("def handler(event, context): return event\ndef of_two(a, b): return [a, b.function_version]\n")
    status, body = emulator(python("run", name)).invoke({"a": 1})
    assert (status, json.loads(body)) == (200, answer)
