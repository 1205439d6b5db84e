"""docs/faq.md: short answers whose links lead to more."""

import re

import pytest

from tests.support.paths import ROOT

PAGE = (ROOT / "docs" / "faq.md").read_text()
ANSWERS = dict(re.findall(r"^## ([^\n]+\?)\n\n(.+?)(?=\n## |\Z)", PAGE, re.MULTILINE | re.DOTALL))


def test_it_is_long_enough_to_help_and_short_enough_to_read() -> None:
    assert len(ANSWERS) == PAGE.count("\n## ")
    assert 15 <= len(ANSWERS) <= 20


@pytest.mark.parametrize("question", ANSWERS)
def test_an_answer_is_short(question: str) -> None:
    assert len(ANSWERS[question].split()) <= 75
