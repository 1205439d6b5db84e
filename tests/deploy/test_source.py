"""What the source of a module says of the app in it."""

from pathlib import Path

import pytest

from lambda_http_adapter._deploy.source import definitions, hides_names, kind, module_file, takes_events


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x = FastAPI()", "asgi"),
        ("x: FastAPI = fastapi.FastAPI()", "asgi"),
        ("x = flask.Flask(__name__)", "wsgi"),
        ("x = asgi_handler(app)", "handler"),
        ("from magic import *\nx = Mangum(app)", "handler"),
        ("def x(event, context): ...", "handler"),
        ("async def x(event, _): ...", "handler"),
        ("x = FastAPI()\nx = Mangum(x)", "handler"),
        ("x = Mangum(app)\ndef test():\n    x = FastAPI()", "handler"),
        ("def x(event, context): ...\ndef test():\n    x = FastAPI()", "handler"),
        ("def x(event): ...", ""),
        ("def x(request): ...", ""),
        ("x = 1", ""),
        ("for x in (): ...", ""),
        ("class x: ...", ""),
        ("import x", ""),
        ("y = 1", ""),
    ],
)
def test_the_kind_of_an_app(source: str, expected: str) -> None:
    names = definitions(source)
    assert names is not None
    assert kind(names.get("x")) == expected
    assert takes_events(names.get("x")) == ("def x(event, " in source)


@pytest.mark.parametrize("source", ["def", "x = '\0'", b"# coding: nothing\n"])
def test_what_is_not_python(source: str | bytes) -> None:
    assert definitions(source) is None


@pytest.mark.parametrize(
    ("source", "hidden"),
    [
        ("from a import *", True),
        ("def __getattr__(name): ...", True),
        ("globals = 1", True),
        ("from a import b as c\nimport d.e", False),
    ],
)
def test_names_that_cannot_be_seen(source: str, hidden: bool) -> None:
    names = definitions(source)
    assert names is not None
    assert hides_names(names) == hidden


def test_the_file_of_a_module(tmp_path: Path) -> None:
    package = tmp_path / "a" / "b"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (tmp_path / "a" / "b.py").touch()
    assert module_file(tmp_path, "a.b") == package / "__init__.py"  # as Python imports it
    (package / "__init__.py").unlink()
    assert module_file(tmp_path, "a.b") == tmp_path / "a" / "b.py"
    assert module_file(tmp_path, "a") is None
