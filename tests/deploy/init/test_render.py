"""Templates: holes, and lines that only some projects have."""

import pytest

from lambda_http_adapter._deploy.init.render import render


@pytest.mark.parametrize(
    ("template", "facts", "text"),
    [
        ("Handler: $handler\n", [], "Handler: main.app\n"),
        ("$${path.module}\n", [], "${path.module}\n"),
        ("a\n#if url\nb\n#end\nc\n", ["url"], "a\nb\nc\n"),
        ("a\n#if url\nb\n#end\nc\n", ["queue"], "a\nc\n"),
        ("#if url queue\na\n#end\n", ["queue"], "a\n"),
        ("#if url\na\n#end\n#if queue\nb\n#end\n", ["queue"], "b\n"),
        ("  #if url\na\n  #end\nlast line", [], "last line"),
        ("# a comment\n#end of it\n", [], "# a comment\n#end of it\n"),
    ],
)
def test_holes_and_conditions(template: str, facts: list[str], text: str) -> None:
    assert render(template, facts, {"handler": "main.app"}) == text


def test_a_hole_that_nothing_fills() -> None:
    with pytest.raises(KeyError, match="name"):
        render("$name", (), {})
