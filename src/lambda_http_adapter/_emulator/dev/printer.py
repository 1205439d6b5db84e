"""Lines and tracebacks for people: in colour on a terminal, plain in a pipe or without rich."""

from __future__ import annotations

import io
import linecache
import os
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol, TextIO

from .tracebacks import Stack, file_of_frame, folded, is_own, own_frames, read_stacks

if TYPE_CHECKING:
    from rich.console import Console

Span = tuple[str, str]
"""A text and its style, as rich names styles."""

_WIDTH = 100
_FRAMES = 20  # of a recursion the first and the last


_COLOUR = r"\x1b\[[0-9;:]*m"
_CONTROL = r"[\x00-\x08\x0b-\x1f\x7f-\x9f]"
_COLOUR_OR_CONTROL = re.compile(f"(?P<colour>{_COLOUR})|{_CONTROL}")


def harmless(text: str) -> str:
    """With escapes for what would move the cursor or clear the screen: a record may hold what a client has sent."""

    def escaped(match: re.Match[str]) -> str:
        return match["colour"] or match[0].encode("unicode_escape").decode()

    return _COLOUR_OR_CONTROL.sub(escaped, text.replace("\r\n", "\n"))


class Printer(Protocol):
    def print(self, *spans: Span) -> None:
        """One line."""

    def print_trace(self, trace: str) -> None:
        """A traceback as Python prints it."""


def make_printer(file: TextIO) -> Printer:
    """Prints in colour if rich is installed and ``file`` is a terminal."""
    if isinstance(file, io.TextIOWrapper):
        # What an app logs or a client sends may hold what the terminal's encoding can't.
        file.reconfigure(errors="backslashreplace")
    try:
        from rich.console import Console
    except ImportError:
        return PlainPrinter(file)
    console = Console(file=file)
    if not console.is_terminal:
        return PlainPrinter(file)
    import rich.traceback  # noqa: F401  # now, and not while the first request that fails is measured

    return StyledPrinter(console)


class PlainPrinter:
    def __init__(self, file: TextIO) -> None:
        self._file = file

    def print(self, *spans: Span) -> None:
        print("".join(harmless(text) for text, _ in spans), file=self._file, flush=True)

    def print_trace(self, trace: str) -> None:
        self.print((trace, ""))


class StyledPrinter:
    """By rich. A line has any length and keeps its tabs, which AWS's lines have between their fields."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def print(self, *spans: Span) -> None:
        from rich.segment import Segment, Segments

        segments = [Segment(harmless(text), self._console.get_style(style)) for text, style in spans]
        self._console.print(Segments([*segments, Segment.line()]), soft_wrap=True)
        self._console.file.flush()

    def print_trace(self, trace: str) -> None:
        stacks = read_stacks(trace)
        if stacks is None:
            self.print(*_highlighted(trace))
            return
        for stack in stacks:
            if stack.joint:
                self.print(("", ""))
                self.print((stack.joint, "italic"))
                self.print(("", ""))
            self._print_stack(stack)

    def _print_stack(self, stack: Stack) -> None:
        """The user's frames with the source around them, a line for those of libraries, the exception."""
        from rich.traceback import Frame, Stack, Trace, Traceback

        shown = own_frames(stack.frames)
        for frame in shown:
            linecache.checkcache(
                _relative(frame.file)
            )  # rich reads the source through it, and a reload follows an edit
        places = [frame.text for frame in shown if not frame.function]
        frames = [Frame(_relative(frame.file), frame.line, frame.function) for frame in shown if frame.function]
        if frames:
            # rich prints a frame's exception under it: here the line of the libraries comes in between.
            trace = Trace([Stack("", "", frames=frames)])
            width = min(_WIDTH, self._console.width)
            with self._console.capture() as capture:
                self._console.print(Traceback(trace, width=width, extra_lines=2, max_frames=_FRAMES))
            self._console.file.write(capture.get().rstrip("\n") + "\n")
        fold, _ = folded(stack.frames)
        if fold:
            self.print((f"  {fold}", "dim"))
        for place in places:
            self.print((place.rstrip("\n"), "bold"))
        self.print((stack.error, "bold red"))


def _highlighted(trace: str) -> Iterator[Span]:
    """Another text, such as an exception group's, as it is: the user's frames stand out, those of libraries don't."""
    style, indent = "", 0
    for line in trace.splitlines(keepends=True):
        margin = len(line) - len(line.lstrip(" |"))
        file = file_of_frame(line.lstrip(" |"))
        if file:
            style, indent = "bold" if is_own(file) else "dim", margin
        elif margin <= indent:
            style = ""
        text = line.rstrip("\n")
        yield text, style
        yield line[len(text) :], ""


def _relative(file: str) -> str:
    """To the working directory, which is the app's, if ``file`` is in it."""
    return file.removeprefix(f"{os.getcwd()}{os.sep}")
