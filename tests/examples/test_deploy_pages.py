"""The pages of the recipes: the index has each of them, and their commands exist."""

import re
import shlex
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from lambda_http_adapter._emulator.dev.options import parse_options
from tests.support.paths import ROOT
from tests.support.recipes import DEPLOY, IMAGES, RECIPES, commands, dev_options, instructions

INDEX = (DEPLOY / "README.md").read_text()
ROWS = [[cell.strip() for cell in row.split("|")[1:-1]] for row in re.findall(r"^\| \[.+$", INDEX, re.MULTILINE)]
SECTIONS = ["Deploy it", "Try it on this machine", "What differs", "Costs and limits"]


def test_each_recipe_is_in_the_index_and_nothing_else() -> None:
    assert sorted(row[0] for row in ROWS) == [f"[{name}]({name}/README.md)" for name in RECIPES]
    assert all(len(row) == 5 and all(row) for row in ROWS)


def test_the_index_says_which_recipes_stream() -> None:
    streams = {name: "yes" if "--stream" in dev_options(name) else "no" for name in RECIPES}
    assert {row[0].partition("]")[0][1:]: row[2] for row in ROWS} == streams


@pytest.mark.parametrize("name", RECIPES)
def test_a_page_is_short_and_has_the_same_sections(name: str) -> None:
    page = (DEPLOY / name / "README.md").read_text()
    assert len(page.splitlines()) <= 40
    assert re.findall(r"^## (.+)$", page, re.MULTILINE) == SECTIONS


@pytest.mark.parametrize("name", RECIPES)
def test_its_links_lead_to_files(name: str) -> None:
    page = (DEPLOY / name / "README.md").read_text()
    links = re.findall(r"\]\(([^):#\s]+)[)#]", page)
    assert [link for link in links if not (DEPLOY / name / link).exists()] == []


@pytest.mark.parametrize("name", RECIPES)
def test_its_commands_exist(name: str) -> None:
    parse_options(["main:app", *dev_options(name)])
    for line in commands(name):
        program = shlex.split(line)[0]
        if program.startswith("."):
            assert (DEPLOY / name / program).stat().st_mode & stat.S_IXUSR


def test_a_message_can_be_sent_without_aws() -> None:
    (line,) = [line for line in commands("queue_and_http") if line.startswith("lambda-http-adapter invoke ")]
    command = [sys.executable, "-m", "lambda_http_adapter", *shlex.split(line)[1:]]
    done = subprocess.run(command, cwd=DEPLOY / "queue_and_http", capture_output=True, text=True, check=True)
    assert (done.stdout, "2 × tea" in done.stderr) == ('{"batchItemFailures":[]}', True)


DOCKERFILES = sorted((ROOT / "examples").rglob("Dockerfile"))


def test_images_are_made_in_one_way() -> None:
    """The README, the examples and the recipes have the same instructions around those that copy and name the app."""
    (readme,) = re.findall(r"^```dockerfile\n(FROM.+?)^```", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    pages = {"README.md": readme} | {str(path.relative_to(ROOT)): path.read_text() for path in DOCKERFILES}
    base = "examples/deploy/container_aws_base/Dockerfile"
    for its_own, same in {
        "public.ecr.aws/lambda/": "",
        "3.13\n": "3.13-slim\n",
        "-x /test/ /var/lang": "/usr/local",
    }.items():
        pages[base] = pages[base].replace(its_own, same, 1)
    slim = instructions(pages["examples/deploy/container_slim/Dockerfile"])
    copies, names = slim.pop(4), slim.pop()
    assert (copies.name, names.name) == ("COPY", "CMD")
    for name, text in pages.items():
        found = iter(instructions(text))
        assert all(line in found for line in slim), f"{name} lacks an instruction, or has them in another order"


def test_images_start_as_those_that_build_writes() -> None:
    template = (ROOT / "src/lambda_http_adapter/_deploy/init/files/deployments/sam-image/Dockerfile.txt").read_text()
    start = template[template.index("# For other places") : template.index("CMD ")]
    assert start.splitlines()[1:] == ["USER 65534", 'ENTRYPOINT ["python", "-m", "lambda_http_adapter", "run"]']
    replaces = "# Replaces the image's own entry point, which starts AWS's runtime.\n"  # of AWS's base image
    assert [path for path in DOCKERFILES if start not in path.read_text().replace(replaces, "")] == []


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: path.parent.name)
def test_a_dockerfile_copies_what_exists(path: Path) -> None:
    context = DEPLOY / "app" if path.parent.name in IMAGES else path.parent
    for name, value in instructions(path.read_text()):
        if name == "COPY":
            *sources, _target = value.split()
            assert [source for source in sources if source != "*.whl" and not list(context.glob(source))] == []
