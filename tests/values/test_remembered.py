"""What is asked of a text once, and how much of that is kept."""

import pytest

from lambda_http_adapter._values import Remembered


def test_what_was_found_once_is_kept() -> None:
    asked: list[str] = []

    def length(text: str) -> int:
        asked.append(text)
        return len(text)

    lengths = Remembered(length)
    assert [lengths[text] for text in ("a", "bb", "a", "bb")] == [1, 2, 1, 2]
    assert asked == ["a", "bb"]


@pytest.mark.parametrize(("longest", "kept"), [({}, 100), ({"longest": 3}, 3)])
def test_a_long_text_is_not_kept(longest: dict[str, int], kept: int) -> None:
    lengths = Remembered[str, int](len, **longest)
    assert (lengths["x" * kept], lengths["x" * (kept + 1)]) == (kept, kept + 1)
    assert list(lengths) == ["x" * kept]


def test_of_many_texts_a_thousand_are_kept() -> None:
    lengths = Remembered[str, int](len)
    for number in range(1024):
        lengths[str(number)]
    assert len(lengths) == 1024
    assert lengths["one more"] == 8
    assert list(lengths) == ["one more"]
