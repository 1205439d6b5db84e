"""Each code block of a document for users is run by a test, is checked here, or is listed with the reason why not."""

import json
import os
import re
import shlex
import tomllib
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from lambda_http_adapter._deploy.build.options import parse_options as parse_build
from lambda_http_adapter._deploy.doctor.options import parse_options as parse_doctor
from lambda_http_adapter._deploy.init.options import parse_options as parse_init
from lambda_http_adapter._emulator.commands.requests import _parsers
from lambda_http_adapter._emulator.dev.options import parse_options as parse_dev
from lambda_http_adapter._values.config import PREFIX, load_config
from tests.support.dockerfile_steps import instructions
from tests.support.page_blocks import Block, page_blocks, pages
from tests.support.paths import ROOT
from tests.support.recipes import read_yaml

TABLE = tomllib.loads((ROOT / "tests" / "page_blocks.toml").read_text())
RUN: dict[str, str | dict[str, str]] = TABLE["run"]
PROGRAMS: dict[str, str] = TABLE["programs"]
NOT_RUN: list[dict[str, str]] = TABLE.get("not_run", [])
READERS: dict[str, Callable[[str], object]] = {"json": json.loads, "toml": tomllib.loads, "yaml": read_yaml}
CHECKED_HERE = {"dockerfile", "sh", *READERS}
BLOCKS = [block for page in pages() for block in page_blocks(page)]


def run_by(block: Block) -> str | None:
    """The test, or the directory of tests, that runs it."""
    for pattern, claim in RUN.items():
        if fnmatchcase(block.page, pattern):
            return claim if isinstance(claim, str) else claim.get(block.language)
    return None


def reasons(block: Block) -> list[str]:
    return [entry["reason"] for entry in NOT_RUN if (entry["page"], entry["begins"]) == (block.page, block.begins)]


def place(block: Block) -> str:
    return f"{block.page}:{block.line}"


def of(*languages: str) -> pytest.MarkDecorator:
    found = [block for block in BLOCKS if block.language in languages]
    return pytest.mark.parametrize("block", found, ids=place)


# The inventory


def test_every_block_is_run_or_checked_or_listed() -> None:
    forgotten = [
        f"{place(block)} {block.language}"
        for block in BLOCKS
        if block.language not in CHECKED_HERE and not run_by(block) and not reasons(block)
    ]
    assert forgotten == [], "Name the test that runs the page in tests/page_blocks.toml, or the reason why none does"


def test_nothing_is_listed_twice_or_in_vain() -> None:
    for entry in NOT_RUN:
        (block,) = [block for block in BLOCKS if (block.page, block.begins) == (entry["page"], entry["begins"])]
        assert run_by(block) is None
        assert block.language not in CHECKED_HERE


def claims() -> Iterator[tuple[str, str, str]]:
    for pattern, claim in RUN.items():
        if isinstance(claim, str):
            claim = {block.language: claim for block in BLOCKS if fnmatchcase(block.page, pattern)}
        for language, tests in claim.items():
            yield pattern, language, tests


@pytest.mark.parametrize(("pattern", "language", "tests"), list(claims()))
def test_a_claim_is_of_a_block_and_a_test_that_reads_the_page(pattern: str, language: str, tests: str) -> None:
    assert any(block.language == language for block in BLOCKS if fnmatchcase(block.page, pattern))
    path = ROOT / tests
    sources = [file.read_text() for file in (path.rglob("*.py") if path.is_dir() else [path])]
    page = Path(pattern)
    names = {page.parent.name} if "*" in page.name else {pattern, page.name, page.stem}
    assert any(f'"{name}"' in source or f'/{name}"' in source for source in sources for name in names)


# Data


@of(*READERS)
def test_data_can_be_read(block: Block) -> None:
    assert READERS[block.language](block.text)


INSTRUCTIONS = {"CMD", "COPY", "ENTRYPOINT", "ENV", "FROM", "LABEL", "RUN", "USER", "WORKDIR"}


@of("dockerfile")
def test_a_dockerfile_has_instructions(block: Block) -> None:
    found = {name for name, _ in instructions(block.text)}
    assert found
    assert found <= INSTRUCTIONS


# Commands

BUILTINS = {".", "cd", "export", "set"}
_SEPARATORS = set(";&|(){}")
_ASSIGNMENT = re.compile(r"(\w+)=(.*)")


def commands(script: str) -> Iterator[list[str]]:
    """The words of each command, without redirections. A substitution is a word like any other."""
    script = re.sub(r"(?m)(?:^|[ \t]+)#.*$", "", script)
    script = re.sub(r"\$\(.*?\)", "substituted", script.replace("\\\n", " ").replace("\n", " ; "))
    lexer = shlex.shlex(script, posix=True, punctuation_chars=";&|()")
    lexer.whitespace_split = True
    lexer.commenters = ""
    words: list[str] = []
    for token in [*lexer, ";"]:
        if set(token) <= _SEPARATORS:
            if words:
                yield words
            words = []
        else:
            words.append(token)


@of("sh")
def test_commands_exist_and_take_their_options(block: Block, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir((ROOT / block.page).parent)
    for words in commands(block.text):
        check(words)


def check(words: list[str]) -> None:
    while words and (assignment := _ASSIGNMENT.fullmatch(words[0])):
        if assignment[1].startswith(PREFIX):
            load_config({}, {assignment[1]: assignment[2]})
        words = words[1:]
    if ">" in words:
        words = words[: words.index(">")]
    match words:
        case ["lambda-http-adapter", command, *options] | ["python", "-m", "lambda_http_adapter", command, *options]:
            parse(command, options)
        case [program, *_] if program.startswith("./"):
            assert any(os.access(place / program, os.X_OK) for place in (ROOT, Path()))
        case [program, *_]:
            assert program in BUILTINS | PROGRAMS.keys()


def parse(command: str, arguments: list[str]) -> None:
    """Raises SystemExit for an option that ``command`` doesn't have."""
    match command:
        case "dev":
            parse_dev(arguments)
        case "build":
            parse_build(arguments)
        case "doctor":
            parse_doctor(arguments)
        case "init":
            parse_init(arguments)
        case "run":
            assert len(arguments) == 1
        case _:
            _parsers()[command].parse_args(arguments)


def test_no_program_is_listed_in_vain() -> None:
    used = {word for block in BLOCKS if block.language == "sh" for words in commands(block.text) for word in words}
    assert PROGRAMS.keys() - used == set()
