"""What ``build`` prints while it works: a line for each step that is done, and with rich a bar for the one at work."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress as Bar


class Step:
    """The step at work. Without a bar only its last line is printed, with ``result`` behind its name."""

    def __init__(self, bar: Bar | None, text: str, total: int | None) -> None:
        self._bar = bar
        self._task = None if bar is None else bar.add_task(text, total=total)
        self._text = text
        self.result = ""

    def advance(self) -> None:
        """One of its ``total`` is done."""
        if self._bar is not None and self._task is not None:
            self._bar.advance(self._task)

    def say(self, line: str) -> None:
        """What it does just now."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, description=f"{self._text} [dim]{_escaped(line[:60])}")


class Progress:
    def __init__(self, file: TextIO | None = None) -> None:
        self._file = file or sys.stdout

    @contextmanager
    def step(self, text: str, total: int | None = None) -> Iterator[Step]:
        """``total``: how often ``advance`` will be called, None if nobody knows."""
        started = time.monotonic()
        with self._bar(total) as bar:
            step = Step(bar, text, total)
            yield step
        line = f"{text}: {step.result}" if step.result else text
        self.line(f"{line} ({time.monotonic() - started:.1f} s)")

    def line(self, text: str) -> None:
        print(text, file=self._file, flush=True)

    def table(self, header: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
        """Print a table whose first column is of names and the others of numbers."""
        if self._is_rich():
            self._rich_table(header, rows)
            return
        widths = [max(len(row[column]) for row in [header, *rows]) for column in range(len(header))]
        for row in [header, *rows]:
            name, *numbers = (
                text.ljust(width) if at == 0 else text.rjust(width)
                for at, (text, width) in enumerate(zip(row, widths, strict=True))
            )
            self.line("  ".join(["", name, *numbers]))

    def _rich_table(self, header: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
        from rich.box import SIMPLE
        from rich.console import Console
        from rich.table import Table

        table = Table(box=SIMPLE)
        for number, title in enumerate(header):
            table.add_column(title, justify="left" if number == 0 else "right")
        for row in rows:
            table.add_row(*map(_escaped, row))
        Console(file=self._file).print(table)

    def _bar(self, total: int | None) -> AbstractContextManager[Bar | None]:
        if not self._is_rich():
            return nullcontext()
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            *([] if total is None else [MofNCompleteColumn()]),
            TimeElapsedColumn(),
        )
        return Progress(*columns, console=Console(file=self._file), transient=True)

    def _is_rich(self) -> bool:
        if not self._file.isatty():
            return False
        try:
            import rich  # noqa: F401
        except ImportError:
            return False
        return True


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(text)
