"""The reference has all that the code has."""

import argparse
import re

import pytest

from lambda_http_adapter import _HOMES, errors, events, opentelemetry, origins, testing
from lambda_http_adapter import __all__ as public
from lambda_http_adapter._emulator.doors.door import DOORS
from lambda_http_adapter._emulator.doors.limits import PAYLOAD_LIMIT
from lambda_http_adapter._values.config import _PARSERS
from lambda_http_adapter.cli import _COMMANDS
from lambda_http_adapter.origins import RequestOrigin
from tests.support.paths import ROOT
from website.docstrings import shown
from website.reference import PARTS, filled
from website.reference.commands import parser_of
from website.reference.events import EVENTS, reachable
from website.reference.limits import FRONT_DOORS, size
from website.reference.markdown import docstring, prose
from website.reference.options import loaded, variables_of
from website.reference.variables import MEANINGS, variables_read

REFERENCE = ROOT / "docs" / "reference"


@pytest.fixture(scope="module")
def options() -> str:
    return PARTS["options"]()


@pytest.mark.parametrize("name", _PARSERS)
def test_an_option_has_its_section(name: str, options: str) -> None:
    _, heading, section = options.partition(f"### `{name}` {{ #{name} }}\n")
    assert heading
    section = section.partition("\n### ")[0]
    assert ", by default " in section
    assert "types." not in section


def test_the_docstrings_name_the_variables_that_are_read() -> None:
    config = loaded("_values.config")["Config"]
    for name in _PARSERS:
        documented = re.search(r"^Environment: (.+)\.$", config[name].docstring.value, re.MULTILINE)
        if documented:
            assert re.findall(r"``(\w+)``", documented[1]) == variables_of(name)


def test_the_options_have_the_docstrings_text(options: str) -> None:
    assert "The number of proxies in front of the front door that append their caller's address" in options
    assert options.startswith("## Each option\n\n### `invoke_mode` {")


def test_every_variable_that_a_function_reads_is_described() -> None:
    assert set(variables_read()) == MEANINGS.keys()
    assert {"_HANDLER", "PORT", "AWS_LAMBDA_RUNTIME_API"} <= MEANINGS.keys()


@pytest.mark.parametrize("name", _COMMANDS)
def test_a_command_has_all_its_options(name: str) -> None:
    section = PARTS["commands"]().partition(f"## {name} {{ #{name} }}\n")[2].partition("\n## ")[0]
    parser = parser_of(name)
    assert parser.prog == f"lambda-http-adapter {name}"
    shown = [action for action in parser._actions if action.help != argparse.SUPPRESS]
    spelled = {flag for action in shown for flag in action.option_strings} - {"-h", "--help"}
    for flag in spelled:
        assert re.search(rf"^\| `(.+, )?{flag}[ `,]", section, re.MULTILINE), flag
    assert "%(" not in section


def test_every_type_of_event_is_described_below_an_origin() -> None:
    assert set(EVENTS) == set(RequestOrigin) - {RequestOrigin.pass_through}
    described = {one for names in EVENTS.values() for name in names for one in reachable(name)}
    assert described == set(events.__all__)
    page = PARTS["events"]()
    for name in events.__all__:
        assert page.count(f"### {name} {{ #{name} }}") == 1
    assert "| `rawPath` | `str` | always |" in page
    assert '| `requestContext` | <code><a href="#RequestContextV2">RequestContextV2</a></code> | always |' in page


def test_every_front_door_has_its_limits() -> None:
    assert {door.name for door in FRONT_DOORS} == {*DOORS, "websocket", "pass_through"} - {"http-api-v1", "alb-multi"}
    assert all(page.startswith("https://docs.aws.amazon.com/") for door in FRONT_DOORS for page in door.pages)
    sections = dict(re.findall(r"^## (.+?)\n(.+?)(?=^## |\Z)", PARTS["limits"](), re.MULTILINE | re.DOTALL))
    assert [name for name, text in sections.items() if "streamed" in text] == ["Function URL", "REST API"]
    assert "| time for a buffered response | 29 s | 504 |" in sections["REST API"]
    assert "| message, to the app or from it | 128 KB | the client is closed with 1009, " in sections["WebSocket API"]
    assert "| result, as JSON | 1 MB |" in sections["Application Load Balancer"]
    assert "| request body that the function gets | 40 KB |" in sections["CloudFront, viewer request"]


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (1, "1 bytes"),
        (40 * 1024, "40 KB"),
        (1024**2 + 1, "1,048,577 bytes"),
        (10 * 1024**2, "10 MB"),
        (20 * 1024**3, "20 GB"),
        (PAYLOAD_LIMIT, "6 MB and 100 bytes"),
    ],
)
def test_sizes(count: int, expected: str) -> None:
    assert size(count) == expected


def test_every_error_is_described() -> None:
    page = PARTS["errors"]()
    names = {name for name, value in vars(errors).items() if isinstance(value, type)}
    assert set(re.findall(r"^::: lambda_http_adapter\.errors\.(\w+)$", page, re.MULTILINE)) == names


@pytest.mark.parametrize(
    ("page", "module", "names"),
    [
        ("api", "lambda_http_adapter", set(public) - {"errors", "RequestOrigin"}),
        ("api", "lambda_http_adapter.opentelemetry", set(opentelemetry.__all__)),
        ("api-testing", "lambda_http_adapter.testing", set(testing.__all__)),
        ("api-origins", "lambda_http_adapter.origins", set(origins.__all__)),
    ],
)
def test_every_public_name_is_described(page: str, module: str, names: set[str]) -> None:
    text = (REFERENCE / f"{page}.md").read_text()
    assert set(re.findall(rf"^::: {re.escape(module)}\.(\w+)$", text, re.MULTILINE)) == names


def test_the_pages_ask_for_all_parts() -> None:
    asked = [
        name
        for page in REFERENCE.parent.rglob("*.md")
        for name in re.findall(r"^<!-- website: (\w+) -->$", page.read_text(), re.M)
    ]
    assert sorted(asked) == sorted(PARTS)
    with pytest.raises(LookupError, match="no part 'gone'; there are: commands, "):
        filled("<!-- website: gone -->")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("See https://example.org/a.html.", "See <https://example.org/a.html>."),
        (
            "Text.\nhttps://example.org/a\nhttps://example.org/b",
            "Text.\n\n- <https://example.org/a>\n- <https://example.org/b>\n",
        ),
        (
            "Errors:\n\nBase    the base\n└── One the first\n",
            "Errors:\n\n```text\nBase    the base\n└── One the first\n\n```",
        ),
        ("- ``a`` has\n  ``b``.\n", "- ``a`` has\n  ``b``.\n"),
    ],
)
def test_a_docstring_becomes_markdown(text: str, expected: str) -> None:
    assert docstring(text) == expected


def test_a_list_of_options_is_folded_up() -> None:
    text = "Serve.\n\nOptions:\n\nbase_path: A ``/v1``.\nroot_path: B.\nlifespan: C.\n"
    assert shown(text) == (
        'Serve.\n\nOptions:\n\n??? abstract "Options"\n\n'
        "    - [`base_path`](../options.md#base_path): A ``/v1``.\n"
        "    - [`root_path`](../options.md#root_path): B.\n"
        "    - [`lifespan`](../options.md#lifespan): C.\n"
    )


def test_plain_text_is_not_taken_for_markdown() -> None:
    assert prose("*/asgi.py <a> `x|y` [b] | c") == "&#42;/asgi.py &#60;a&#62; `x|y` &#91;b&#93; &#124; c"


def test_the_names_of_the_package_are_those_of_its_face() -> None:
    assert set(public) - {"errors"} <= _HOMES.keys()
