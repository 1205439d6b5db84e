"""Tracebacks as text: which frames are the user's own, which are a library's."""

from __future__ import annotations

import re
import sysconfig
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

HEADER = "Traceback (most recent call last):"
_JOINT = re.compile(
    r"\n\n(The above exception was the direct cause of the following exception:"
    r"|During handling of the above exception, another exception occurred:)\n\n"
)
_FRAME = re.compile(r' *File "(?P<file>[^"\n]*)", line (?P<line>\d+)(, in (?P<function>.*))?\n?')

_PACKAGE = str(Path(__file__).parents[2])
_DIRECTORIES = tuple(
    f"{directory}/"
    for directory in (_PACKAGE, *map(sysconfig.get_path, ("stdlib", "platstdlib", "purelib", "platlib")))
)
_INSTALLED = {"site-packages", "dist-packages"}


class Frame(NamedTuple):
    """``function`` is "" for the place of a syntax error. ``text`` is what Python prints of it, in lines."""

    file: str
    line: int
    function: str
    text: str

    @property
    def is_own(self) -> bool:
        return is_own(self.file)

    @property
    def package(self) -> str:
        """The top package that it is in, or its module."""
        parts = Path(self.file).parts
        for index, part in enumerate(parts[:-1]):
            if part in _INSTALLED:
                return parts[index + 1].removesuffix(".py")
        if self.file.startswith(_DIRECTORIES[0]):
            return Path(_PACKAGE).name
        return "Python"


def is_own(file: str) -> bool:
    """Whether it holds code of the user's, and not of Python, of an installed package or generated."""
    if file.startswith(("<", *_DIRECTORIES)):
        return False
    return _INSTALLED.isdisjoint(Path(file).parts)


def file_of_frame(line: str) -> str:
    """The file that the first line of a frame names; "" for another line."""
    match = _FRAME.match(line)
    return "" if match is None else match["file"]


class Stack(NamedTuple):
    """One exception: its frames, the outermost first, and its own text. ``joint`` leads to it from the one before."""

    joint: str
    frames: list[Frame]
    error: str


def read_stacks(trace: str) -> list[Stack] | None:
    """The exceptions of a chain, the last one raised last. None for another text, such as an exception group's."""
    first, *rest = _JOINT.split(trace)
    joints = ["", *rest[::2]]
    stacks = [_stack(joint, text) for joint, text in zip(joints, [first, *rest[1::2]], strict=True)]
    complete = [stack for stack in stacks if stack is not None]
    return complete if len(complete) == len(stacks) else None


def _stack(joint: str, text: str) -> Stack | None:
    header, _, rest = text.partition("\n")
    if header != HEADER:
        return None
    lines = rest.splitlines(keepends=True)
    count = next((index for index, line in enumerate(lines) if not line.startswith("  ")), len(lines))
    frames, others = split_frames(lines[:count])
    if others:
        return None
    return Stack(joint, frames, "".join(lines[count:]).rstrip("\n"))


def split_frames(lines: Iterable[str]) -> tuple[list[Frame], list[str]]:
    """Frames, and the lines that belong to none: those before the first frame, and those without indentation."""
    frames: list[Frame] = []
    others: list[str] = []
    for line in lines:
        match = _FRAME.match(line)
        if match is not None:
            frames.append(Frame(match["file"], int(match["line"]), match["function"] or "", line))
        elif frames and line.startswith("  "):
            frames[-1] = frames[-1]._replace(text=frames[-1].text + line)
        else:
            others.append(line)
    return frames, others


def own_frames(frames: Sequence[Frame]) -> list[Frame]:
    """The user's frames; where there are none, the innermost one of a library."""
    return [frame for frame in frames if frame.is_own] or list(frames[-1:])


def folded(frames: Sequence[Frame]) -> tuple[str, list[Frame]]:
    """The other frames, and a line in their place: "" without any."""
    shown = own_frames(frames)
    hidden = [frame for frame in frames if frame not in shown]
    if not hidden:
        return "", hidden
    count = "1 library frame" if len(hidden) == 1 else f"{len(hidden)} library frames"
    return f"… {count}: {', '.join(_packages(hidden))}", hidden


def _packages(frames: Iterable[Frame]) -> Iterator[str]:
    """Each once, in order."""
    yield from dict.fromkeys(frame.package for frame in frames)
