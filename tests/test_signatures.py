"""The signatures of the public functions: their options are those of Config, and every tool can read them."""

import ast
import inspect
import re
import typing
from collections.abc import Callable
from itertools import pairwise

import pytest

import lambda_http_adapter
from lambda_http_adapter._types import HandlerOptions, Options
from lambda_http_adapter._values import config
from lambda_http_adapter._values.config import UNSET, Config, given, load_config
from lambda_http_adapter.errors import ConfigurationError
from tests.support.paths import ROOT

WEB = ["run_asgi", "run_wsgi", "run_http", "asgi_handler", "wsgi_handler", "http_handler"]
FUNCTIONS = {name: getattr(lambda_http_adapter, name) for name in [*WEB, "run"]}
functions = pytest.mark.parametrize("name", FUNCTIONS)
FIELDS = list(Config.__annotations__)


def options_of(function: Callable[..., object]) -> dict[str, inspect.Parameter]:
    parameters = inspect.signature(function).parameters
    return {
        name: parameter
        for name, parameter in parameters.items()
        if parameter.kind is parameter.KEYWORD_ONLY and name != "layers"
    }


@functions
def test_the_options_are_explicit_and_in_the_order_of_config(name: str) -> None:
    options = options_of(FUNCTIONS[name])
    expected = FIELDS if name in WEB else list(HandlerOptions.__annotations__)
    assert list(options) == expected
    assert {parameter.default for parameter in options.values()} == {UNSET}


@functions
def test_every_tool_can_read_the_types(name: str) -> None:
    hints = typing.get_type_hints(FUNCTIONS[name])
    expected = typing.get_type_hints(Options if name in WEB else HandlerOptions)
    assert {option: hints[option] for option in options_of(FUNCTIONS[name])} == expected


@functions
def test_the_docstring_explains_every_option(name: str) -> None:
    documented = inspect.getdoc(FUNCTIONS[name]) or ""
    lines = [line for line in documented.splitlines() if line.partition(":")[0] in FIELDS]
    assert [line.partition(":")[0] for line in lines] == list(options_of(FUNCTIONS[name]))
    assert "``Config``" not in documented


def test_functions_say_the_same_of_an_option() -> None:
    said: dict[str, set[str]] = {}
    for function in FUNCTIONS.values():
        for line in (inspect.getdoc(function) or "").splitlines():
            option, colon, text = line.partition(": ")
            if colon and option in FIELDS:
                said.setdefault(option, set()).add(text)
    assert {option: len(texts) for option, texts in said.items()} == dict.fromkeys(FIELDS, 1)


def test_every_option_has_a_parser_and_a_description() -> None:
    assert list(config._PARSERS) == FIELDS
    (body,) = (
        node.body
        for node in ast.parse(inspect.getsource(config)).body
        if isinstance(node, ast.ClassDef) and node.name == "Config"
    )
    described = [
        field.target.id
        for field, text in pairwise(body)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(text, ast.Expr)
    ]
    assert described == FIELDS


def test_the_page_of_options_lists_every_option() -> None:
    rows = [line for line in (ROOT / "docs" / "options.md").read_text().splitlines() if line.startswith("| `")]
    listed = {name.strip(" `") for row in rows for name in row.split("|")[1].split(",")}
    assert set(FIELDS) <= listed


def has_variable(option: str) -> bool:
    """Whether some text is a value of it."""
    for text in ("1", "true", "/path", "off", "buffered", "newline", "text", "500", "model/*", "x-header"):
        try:
            load_config({}, {f"LAMBDA_HTTP_ADAPTER_{option.upper()}": text})
        except ConfigurationError:
            continue
        return True
    return False


def test_the_page_of_options_names_those_without_a_variable() -> None:
    page = (ROOT / "docs" / "options.md").read_text()
    sentence = page.partition("An argument overrides the variable. ")[2].partition(" are Python objects and have no")[0]
    assert re.findall(r"`(\w+)`", sentence) == [option for option in FIELDS if not has_variable(option)]


def test_the_page_on_handlers_names_the_options_of_run() -> None:
    page = (ROOT / "docs" / "handlers.md").read_text()
    sentence = page.partition("\n`run` has the options ")[2].partition(": see ")[0]
    assert re.findall(r"`(\w+)`", sentence) == list(HandlerOptions.__annotations__)


def test_only_what_is_set_is_given() -> None:
    assert given({"app": None, "lifespan": "off", "base_path": UNSET}) == {"lifespan": "off"}
    assert repr(UNSET) == "UNSET"


def test_an_argument_overrides_the_environment_even_with_the_default() -> None:
    environ = {"LAMBDA_HTTP_ADAPTER_INVOKE_MODE": "response_stream"}
    assert load_config({"invoke_mode": "buffered"}, environ).invoke_mode == "buffered"
    assert load_config({}, environ).invoke_mode == "response_stream"
