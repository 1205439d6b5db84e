"""The public names: where they are, and that they say what they are."""

import importlib
import importlib.metadata
import importlib.resources
import inspect
import re
import subprocess
import sys
from types import ModuleType

import pytest

import lambda_http_adapter
from lambda_http_adapter import errors, origins

LISTED = [lambda_http_adapter, origins]


@pytest.mark.parametrize("module", LISTED)
def test_all_is_sorted_and_true(module: ModuleType) -> None:
    names = module.__all__
    assert names == sorted(set(names), key=lambda name: (not name.isupper(), name[0].islower(), name))
    assert [name for name in names if not hasattr(module, name)] == []
    assert [name for name in names if name.startswith("_")] == []


@pytest.mark.parametrize("module", LISTED)
def test_dir_lists_all(module: ModuleType) -> None:
    assert set(module.__all__) <= set(dir(module))


@pytest.mark.parametrize("module", LISTED)
def test_a_star_import_brings_all(module: ModuleType) -> None:
    names: dict[str, object] = {}
    exec(f"from {module.__name__} import *", names)
    assert set(names) - {"__builtins__"} == set(module.__all__)


def test_a_name_that_is_not_there() -> None:
    message = r"^module 'lambda_http_adapter' has no attribute 'run_cgi'$"
    with pytest.raises(AttributeError, match=message):
        lambda_http_adapter.run_cgi  # noqa: B018
    with pytest.raises(ImportError, match=r"^cannot import name 'run_cgi' from 'lambda_http_adapter'"):
        exec("from lambda_http_adapter import run_cgi")


def error_classes() -> dict[str, type]:
    return dict(inspect.getmembers(errors, inspect.isclass))


def tree() -> list[tuple[str, str]]:
    """The classes of the errors' docstring and their parents, read from the branches in front of them."""
    above = {-1: "Exception"}
    found = []
    for branches, name in re.findall(r"^([├└│─ ]*)(\w+Error)\b", errors.__doc__ or "", re.MULTILINE):
        depth = len(branches) // 4
        above[depth] = name
        found.append((name, above[depth - 1]))
    return found


def test_the_tree_of_errors_is_true() -> None:
    assert tree()[0] == ("AdapterError", "Exception")
    assert sorted(tree()) == [(name, value.__mro__[1].__name__) for name, value in error_classes().items()]


def public() -> list[tuple[str, object]]:
    """Everything public that can have a docstring, the public parts of public classes too."""
    values = [(f"{module.__name__}.{name}", getattr(module, name)) for module in LISTED for name in module.__all__]
    values += [(f"errors.{name}", value) for name, value in error_classes().items()]
    values = [(name, value) for name, value in values if callable(value) or isinstance(value, ModuleType)]
    values += [(module.__name__, module) for module in LISTED]
    return values


@pytest.mark.parametrize("value", [value for _, value in public()], ids=[name for name, _ in public()])
def test_every_public_name_has_a_docstring(value: object) -> None:
    docstring = value.__doc__ or ""
    generated = getattr(value, "__name__", "") + "("  # a NamedTuple's
    assert docstring.strip()
    assert not docstring.startswith(generated)


def test_the_types_ship() -> None:
    assert importlib.resources.files(lambda_http_adapter).joinpath("py.typed").is_file()


def test_the_version_is_the_distribution_s() -> None:
    assert importlib.metadata.version("lambda-http-adapter") == lambda_http_adapter.__version__
    assert re.fullmatch(r"\d+\.\d+\.\d+(\.dev\d+|[ab]\d+|rc\d+)?", lambda_http_adapter.__version__)


def test_the_errors_need_no_import_of_their_own() -> None:
    program = "import lambda_http_adapter; print(lambda_http_adapter.errors.EventError.__name__)"
    assert subprocess.check_output([sys.executable, "-c", program], text=True) == "EventError\n"


def test_an_origin_shows_its_name() -> None:
    assert repr(origins.ORIGINS[0]) == f"<Origin {origins.ORIGINS[0].name}>"
