"""The parser of the command lines."""

from __future__ import annotations

import argparse
import re
from typing import NoReturn

from .importer import near_match


class CommandParser(argparse.ArgumentParser):
    """Says in one sentence what is wrong with a command line, and ends the process with 2."""

    def error(self, message: str) -> NoReturn:
        sentence = message.removeprefix("argument ").removesuffix(".")
        sentence = sentence[:1].upper() + sentence[1:]
        if not sentence.endswith("?"):
            sentence += "."
        self.exit(2, f"{self.prog}: {sentence}{self._near_option(message)}\n")

    def _near_option(self, message: str) -> str:
        """The option that is meant by the first unknown one, as a sentence; "" if there is none."""
        unknown = re.match(r"unrecognized arguments: (--[\w-]+)", message)
        if unknown is None:
            return ""
        return near_match(unknown[1], re.findall(r"--[a-z-]+", self.format_help()))
