"""The commands and their options, by their parsers."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from unittest.mock import patch

from lambda_http_adapter.cli import _COMMANDS, main

from .markdown import prose, table


def commands() -> str:
    return "\n\n".join(part for name, summary in _COMMANDS.items() for part in _section(name, summary))


def _section(name: str, summary: str) -> Iterator[str]:
    parser = parser_of(name)
    yield f"## {name} {{ #{name} }}"
    yield prose(parser.description or summary)
    yield f"```text\n{usage(parser)}\n```"
    for group in parser._action_groups:
        actions = [
            action for action in group._group_actions if action.help != argparse.SUPPRESS and action.dest != "help"
        ]
        if actions:
            yield table(
                [_title(group), ""],
                ([f"`{_spelling(action)}`", prose(_help(parser, action))] for action in actions),
            )
    if parser.epilog:
        yield prose(parser.epilog)


def parser_of(name: str) -> argparse.ArgumentParser:
    """The parser of this command, which has it print its help."""
    found: list[argparse.ArgumentParser] = []

    def kept(parser: argparse.ArgumentParser, file: object = None) -> None:
        found.append(parser)

    with patch.object(argparse.ArgumentParser, "print_help", kept):
        try:
            main([name, "--help"])
        except SystemExit:
            pass
    return found[0]


def usage(parser: argparse.ArgumentParser) -> str:
    formatter = argparse.HelpFormatter(parser.prog, width=100)
    formatter.add_usage(parser.usage, parser._actions, parser._mutually_exclusive_groups, prefix="")
    return formatter.format_help().rstrip()


def _title(group: argparse._ArgumentGroup) -> str:
    return {"positional arguments": "argument", "options": "option"}.get(group.title or "", group.title or "")


def _spelling(action: argparse.Action) -> str:
    formatter = argparse.HelpFormatter("", max_help_position=100, width=200)
    return formatter._format_action_invocation(action)


def _help(parser: argparse.ArgumentParser, action: argparse.Action) -> str:
    return argparse.HelpFormatter(parser.prog)._expand_help(action) if action.help else ""
