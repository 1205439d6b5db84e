"""docs/design.md draws the stack as it is."""

import re

from tests.support.paths import ROOT
from tests.test_layers import stack

PAGE = (ROOT / "docs" / "design.md").read_text()


def test_the_drawing_has_the_packages_in_the_order_of_the_stack() -> None:
    drawing = PAGE.partition("```mermaid\nflowchart")[2].partition("```")[0]
    # A package in a box of its own, or around the rooms inside it.
    drawn = re.findall(r'\["(\w+)(?:<br>|: )', drawing)
    assert drawn == [entry.rpartition(".")[2] for row in stack() for entry in row]


def test_the_glossary_has_15_words_or_fewer() -> None:
    words = re.findall(r"^\| ([a-z, ]+) \| (?!means)", PAGE, re.MULTILINE)
    assert 10 <= len([word for entry in words for word in entry.split(", ")]) <= 15
