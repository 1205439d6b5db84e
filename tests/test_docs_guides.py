"""The guides and recipes in docs/: their links lead somewhere, their programs and commands run, cfn-lint takes their
templates."""

import json
import re
import subprocess
import sys
from pathlib import Path
from textwrap import indent

import pytest

from lambda_http_adapter._emulator.dev.options import parse_options
from lambda_http_adapter._values.config import load_config
from tests.support.dev_process import Dev
from tests.support.guide import PAGES, PROGRAMS, Block, Walk, blocks, dev_command
from tests.support.guide_modules import Import, import_from
from tests.support.paths import ROOT

__all__ = ["import_from"]

every_page = pytest.mark.parametrize("page", PAGES)

# What a reader installs for a recipe: test_docs_recipes.py has these packages.
OF_OTHERS = ("datasette_main.py", "dash_main.py", "kinto_main.py")


@every_page
def test_is_short(page: str) -> None:
    assert 60 <= len(PAGES[page].read_text().splitlines()) <= 150


def anchors(path: Path) -> set[str]:
    """The ids that the repository's view gives to the headings of a page."""
    text = re.sub(r"^```.+?^```", "", path.read_text(), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@every_page
def test_links_lead_somewhere(page: str) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", PAGES[page].read_text()):
        name, _, anchor = target.partition("#")
        path = (PAGES[page].parent / name).resolve() if name else PAGES[page]
        assert path.exists(), target
        assert not anchor or anchor in anchors(path), target


@every_page
def test_says_what_was_not_tried_on_aws(page: str) -> None:
    *_, last = PAGES[page].read_text().strip().split("\n\n")
    assert last.startswith("**Not run on AWS:** ")


MODULES = [
    (page, block.file_name.removesuffix(".py"))
    for page in PAGES
    for block in blocks(page, "python")
    if block.file_name not in (*PROGRAMS, *OF_OTHERS)
]


@pytest.mark.parametrize(("page", "name"), MODULES)
def test_programs_can_be_imported_and_their_tests_pass(page: str, name: str, import_from: Import) -> None:
    module = import_from(page, name)
    tests = [function for test, function in vars(module).items() if test.startswith("test_")]
    assert bool(tests) == name.startswith("test_")
    for test in tests:
        test()


@every_page
def test_commands_have_the_options_of_today(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dev.env").touch()
    for block in blocks(page, "sh"):
        subprocess.run(["bash", "-n"], input=block.text, text=True, check=True)
        for command in filter(None, map(dev_command, block.commands)):
            parse_options(command.options)


# Templates


def template(block: Block) -> str:
    """The block's resources in a template that has a parameter for what they refer to and don't define."""
    wanted = {*re.findall(r"!Ref (\w+)", block.text)} - {*re.findall(r"^(\w+):$", block.text, re.MULTILINE)}
    parameters = "".join(f"  {name}: {{Type: String}}\n" for name in sorted(wanted))
    return (
        "Transform: AWS::Serverless-2016-10-31\n"
        + (f"Parameters:\n{parameters}" if parameters else "")
        + f"Resources:\n{indent(block.text, '  ')}"
    )


@every_page
def test_templates_set_options_that_there_are(page: str) -> None:
    for block in blocks(page, "yaml"):
        load_config({}, dict(re.findall(r"(LAMBDA_HTTP_ADAPTER_\w+): ([^\s}]+)", block.text)))


@pytest.mark.slow  # ten templates through SAM's transform
def test_cfn_lint_takes_the_templates(tmp_path: Path) -> None:
    """But it reads them: it finds a property that doesn't exist."""
    found = [block for page in PAGES for block in blocks(page, "yaml")]
    assert len(found) == 10
    for number, block in enumerate([*found, Block("yaml", found[-1].text.replace("Cors", "Kors"))]):
        (tmp_path / f"{number:02}.yaml").write_text(template(block))
    program = str(Path(sys.executable).with_name("cfn-lint"))
    command = [program, "--format", "parseable", *sorted(map(str, tmp_path.glob("*.yaml")))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    (wrong,) = done.stdout.splitlines()
    assert wrong.startswith(str(tmp_path / "10.yaml"))
    assert "Kors" in wrong


# Commands

AT_ONCE = re.compile(r'"at_once":(\d)')
BUILT = ["", "…", "…"] if blocks("guides/cold-starts", "sh")[1].can_run_here else []

# What the commands of a page must print, other than what a test of this name below looks at.
PRINTED = {
    "guides/auth": ["401\n", '{"user":"ines"}'],
    "guides/background-work": ['{"state":"taken"}', '{"state":"taken"}'],
    "guides/cold-starts": ['{"hello":"world"}', *BUILT],
    "guides/cost": ["$1.53\n$1.67\n", '{"hello":"world"}'],
    "guides/custom-domains": [
        '{"self":"http://api.localhost/shop/items/7"}',
        '{"self":"http://127.0.0.1:PORT/live/items/7"}',
    ],
    "guides/databases": ["", '"DATE TIME"', "DATE TIME"],
    "guides/front-doors": [
        "method: GET…",
        '{"item":"7","self":"https://shop-1234567890.us-east-1.elb.amazonaws.com/items/7"}',
        '{"item":"7","self":"https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com/live/items/7"}',
    ],
    "guides/llm-streams": ['data: "one"\n\ndata: "two"\n\nevent: end\ndata: {}\n\n'],
    "guides/local-development": ['{"origin":"function_url"}', ""],
    "guides/managed-instances": ["…"],
    "guides/mcp": ["", "Rain in Oslo\n"],
    "guides/queues": ['{"batchItemFailures":[]}'],
    "guides/snapstart": [],
    "guides/streaming": ["0\n1\n2\n", "0\n1\n2\n"],
    "guides/uploads": ["", '{"name":"notes.txt","size":5}', '["uploads/a b.png"]'],
    "guides/websockets": ["HELLO\n"],
    "recipes/apps": ["hello"],
}
# Each page takes seconds, so the default suite has one with an event and one with requests.
QUICK = ("guides/queues", "guides/auth")


def normal(output: str, dev: Dev | None) -> str:
    if dev is not None:
        output = output.replace(f":{dev.url.rpartition(':')[2]}/", ":PORT/")
    return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "DATE TIME", output)


@pytest.mark.parametrize(
    "page", [pytest.param(page, marks=() if page in QUICK else pytest.mark.slow) for page in PRINTED]
)
def test_commands_print_what_the_page_says(page: str, tmp_path: Path) -> None:
    with Walk(page, tmp_path) as walk:
        outputs = [normal(output, walk.dev) for output in walk.outputs()]
    assert len(outputs) == len(PRINTED[page])
    for output, printed in zip(outputs, PRINTED[page], strict=True):
        if printed.endswith("…"):
            assert output.startswith(printed[:-1])
        else:
            assert output.rstrip("\n") == printed.rstrip("\n")
    if page == "guides/cold-starts" and BUILT:
        assert "fastapi" in outputs[-1]
    if page == "guides/managed-instances":
        assert sorted(AT_ONCE.findall(outputs[0])) == ["1", "2", "3"]
        assert len(set(re.findall(r'"process":(\d+)', outputs[0]))) == 1


@pytest.mark.slow  # as those above
def test_the_client_has_its_answer_before_the_work_behind_it(tmp_path: Path) -> None:
    with Walk("guides/background-work", tmp_path) as walk:
        assert len([*walk.outputs()]) == 2
        assert walk.dev is not None
        walk.dev.line("report")
    kinds = [json.loads(line)["type"] for line in walk.dev.seen if line.startswith("{")]
    assert kinds.index("request") < kinds.index("log") < kinds.index("report")


def test_the_index_has_every_page() -> None:
    index = (ROOT / "docs" / "guides" / "README.md").read_text()
    linked = {f"guides/{name}" for name in re.findall(r"\]\(([a-z-]+)\.md\)", index)}
    assert linked == {page for page in PAGES if page.startswith("guides/")}


def test_every_page_is_walked() -> None:
    assert [*PRINTED] == [*PAGES]
