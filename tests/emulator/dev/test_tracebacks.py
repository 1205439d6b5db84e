"""Which frames of a traceback are the user's own, and how a terminal shows them."""

import io
import os
import re
import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
import starlette.applications

from lambda_http_adapter._emulator.dev import tracebacks
from lambda_http_adapter._emulator.dev.printer import PlainPrinter, StyledPrinter, harmless, make_printer
from lambda_http_adapter._emulator.dev.tracebacks import Frame, folded, own_frames, read_stacks, split_frames

SOURCE = """
import json

def divide(a, b):
    return a / b

def chain():
    try:
        divide(1, 0)
    except ZeroDivisionError as error:
        raise LookupError("no answer") from error

def context():
    try:
        divide(1, 0)
    except ZeroDivisionError:
        raise LookupError("two\\n\\nparagraphs")

def library():
    json.loads("{")

def deep(n=0):
    deep(n + 1)

def ping(n=0):
    pong(n + 1)

def pong(n):
    ping(n + 1)

def syntax():
    compile("x = 1\\ndef app(:\\n", "main.py", "exec")

def group():
    raise ExceptionGroup("several", [ValueError("a")])
"""


@pytest.fixture
def main(tmp_path: Path) -> ModuleType:
    module = ModuleType("main")
    module.__file__ = str(tmp_path / "main.py")
    Path(module.__file__).write_text(SOURCE)
    exec(compile(SOURCE, module.__file__, "exec"), vars(module))
    return module


def trace_of(function: Callable[[], object]) -> str:
    try:
        function()
    except Exception as error:
        return "".join(traceback.format_exception(error)).rstrip("\n")
    raise AssertionError("nothing was raised")


def styled(trace: str, width: int = 200) -> str:
    from rich.console import Console

    file = io.StringIO()
    console = Console(file=file, force_terminal=True, color_system="standard", width=width)
    StyledPrinter(console).print_trace(trace)
    return file.getvalue()


def unstyled(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


@pytest.mark.parametrize(
    ("file", "own", "package"),
    [
        ("/home/me/shop/main.py", True, None),
        ("/home/me/python3.11/main.py", True, None),
        (starlette.applications.__file__, False, "starlette"),
        ("/elsewhere/lib/python3/dist-packages/six.py", False, "six"),
        (os.__file__, False, "Python"),
        ("<frozen importlib._bootstrap>", False, "Python"),
        ("<string>", False, "Python"),
        (tracebacks.__file__, False, "lambda_http_adapter"),
    ],
)
def test_whose_code_it_is(file: str, own: bool, package: str | None) -> None:
    frame = Frame(file, 1, "f", "")
    assert frame.is_own is own
    if package is not None:
        assert frame.package == package


def test_a_chain_is_read(main: ModuleType) -> None:
    stacks = read_stacks(trace_of(main.chain))
    assert stacks is not None
    assert [stack.error for stack in stacks] == ["ZeroDivisionError: division by zero", "LookupError: no answer"]
    assert [stack.joint for stack in stacks] == [
        "",
        "The above exception was the direct cause of the following exception:",
    ]
    assert [(frame.function, frame.line) for frame in stacks[0].frames] == [("chain", 9), ("divide", 5)]
    assert stacks[0].frames[1].text.splitlines()[1] == "    return a / b"


@pytest.mark.parametrize(
    "text",
    ["", "ValueError: x", "Traceback (most recent call last):\n  no frame\nValueError: x", "  + Exception Group Trace"],
)
def test_another_text_is_none(text: str) -> None:
    assert read_stacks(text) is None


def test_lines_of_no_frame() -> None:
    lines = ["before\n", '  File "a.py", line 3, in f\n', "    x\n", "    ^\n", "KeyError: 'b'\n"]
    assert split_frames(lines) == (
        [Frame("a.py", 3, "f", '  File "a.py", line 3, in f\n    x\n    ^\n')],
        ["before\n", "KeyError: 'b'\n"],
    )


def test_the_users_frames_come_first_and_libraries_are_one_line(main: ModuleType) -> None:
    shown = unstyled(styled(trace_of(main.library)))
    lines = [line.strip(" │") for line in shown.splitlines()]
    (fold,) = (index for index, line in enumerate(lines) if "library frame" in line)
    assert lines[fold] == "… 3 library frames: Python"
    own = next(index for index, line in enumerate(lines) if line.endswith("in library"))
    source = next(index for index, line in enumerate(lines) if re.match(r"❱ 20 .*json\.loads", line))
    assert own < source < fold
    assert lines[fold + 1].startswith("json.decoder.JSONDecodeError: Expecting property name")
    assert "decoder.py" not in shown


def test_the_failing_line_is_highlighted(main: ModuleType) -> None:
    shown = styled(trace_of(main.chain))
    assert re.search(r"\x1b\[[0-9;]*31m❱", shown)
    assert "\x1b[1;31mLookupError: no answer" in shown
    assert "The above exception was the direct cause of the following exception:" in shown
    assert shown.index("division by zero") < shown.index("direct cause") < shown.index("LookupError: no answer")


def test_a_source_that_has_changed_is_read_again(main: ModuleType) -> None:
    trace = trace_of(main.chain)
    assert "raise LookupError" in unstyled(styled(trace))
    assert main.__file__ is not None
    Path(main.__file__).write_text(SOURCE.replace("raise LookupError", "raise  LookupError"))
    assert "raise  " in unstyled(styled(trace))


def test_an_error_with_paragraphs(main: ModuleType) -> None:
    shown = unstyled(styled(trace_of(main.context)))
    assert shown.endswith("LookupError: two\n\nparagraphs\n")
    assert "During handling of the above exception, another exception occurred:" in shown


def test_a_recursion_is_no_screenful(main: ModuleType) -> None:
    shown = unstyled(styled(trace_of(main.deep)))
    assert shown.endswith("RecursionError: maximum recursion depth exceeded\n")
    assert len(shown.splitlines()) < 60
    shown = unstyled(styled(trace_of(main.ping)))
    assert shown.endswith("RecursionError: maximum recursion depth exceeded\n")
    assert "frames hidden" in shown
    assert len(shown.splitlines()) < 200


def test_a_syntax_error_shows_its_line(main: ModuleType) -> None:
    shown = unstyled(styled(trace_of(main.syntax)))
    assert shown.endswith(
        '  File "main.py", line 2\n    def app(:\n            ^\nSyntaxError: invalid syntax\n',
    )


def test_a_syntax_error_of_the_app_itself_has_no_frames() -> None:
    place = '  File "main.py", line 2\n    def app(:\n            ^\nSyntaxError: invalid syntax'
    assert unstyled(styled(f"Traceback (most recent call last):\n{place}")) == f"{place}\n"


def test_a_group_stays_as_python_prints_it(main: ModuleType) -> None:
    trace = trace_of(main.group)
    shown = styled(trace)
    assert unstyled(shown) == f"{trace}\n"
    lines = dict(zip(unstyled(shown).splitlines(), shown.splitlines(), strict=True))
    (raising,) = (line for text, line in lines.items() if "raise ExceptionGroup" in text)
    (place,) = (line for text, line in lines.items() if 'main.py", line' in text)
    assert raising.startswith("\x1b[1m")
    assert place.startswith("\x1b[1m")
    (error,) = (line for text, line in lines.items() if "several (1 sub-exception)" in text)
    assert "\x1b" not in error
    assert styled(trace.replace("main.py", "site-packages/a.py")).count("\x1b[2m") == 2


def test_a_narrow_terminal(main: ModuleType) -> None:
    shown = unstyled(styled(trace_of(main.chain), width=40))
    assert max(map(len, (line for line in shown.splitlines() if "│" in line))) <= 40


def test_a_pipe_gets_the_text_as_it_is(main: ModuleType) -> None:
    file = io.StringIO()
    printer = make_printer(file)
    assert isinstance(printer, PlainPrinter)
    trace = trace_of(main.library)
    printer.print_trace(trace)
    printer.print(("a\tb", "bold red"), ("c", ""))
    assert file.getvalue() == f"{trace}\na\tbc\n"


def test_only_a_library_s_frames() -> None:
    frames = [Frame("<string>", 1, "f", ""), Frame(os.__file__, 1, "g", "")]
    assert own_frames(frames) == frames[1:]
    assert folded(frames) == ("… 1 library frame: Python", frames[:1])
    assert own_frames([]) == []
    assert folded(frames[1:]) == ("", [])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\tb\nc", "a\tb\nc"),
        ("\x1b[1;31mred\x1b[0m", "\x1b[1;31mred\x1b[0m"),
        ("\x1b[2J\x1b]0;title\x07", r"\x1b[2J\x1b]0;title\x07"),
        ("over\rwritten\r\n", "over\\rwritten\n"),
        ("\x9b2J\x7f", r"\x9b2J\x7f"),
    ],
)
def test_nothing_acts_on_the_terminal_but_colours(text: str, expected: str) -> None:
    assert harmless(text) == expected
