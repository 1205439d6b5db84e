"""The claims of tokens, and which tokens a front door refuses."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambda_http_adapter._emulator.doors.tokens import TokenError, bearer_token, token_claims
from tests.support.web_tokens import web_token

NOW = 1_800_000_000


@pytest.mark.parametrize(
    ("header", "token"),
    [
        ("Bearer a.b.c", "a.b.c"),
        ("bearer  a.b.c ", "a.b.c"),
        ("a.b.c", "a.b.c"),
        ("Bearer", ""),
        ("Bearer ", ""),
        ("", ""),
        ("Basic dXNlcg==", "Basic dXNlcg=="),
    ],
)
def test_the_token_in_authorization(header: str, token: str) -> None:
    assert bearer_token(header) == token


@pytest.mark.parametrize(
    ("claims", "kept"),
    [
        ({"sub": "ines"}, {"sub": "ines"}),
        ({"name": "Inés ☕"}, {"name": "Inés ☕"}),
        ({"exp": NOW + 1, "nbf": NOW, "iat": NOW - 5.5}, {"exp": NOW + 1, "nbf": NOW, "iat": NOW - 5.5}),
        ({"sub": "ines", "email": None}, {"sub": "ines"}),
    ],
)
def test_claims(claims: dict[str, object], kept: dict[str, object]) -> None:
    assert token_claims(web_token(claims), NOW) == kept


def test_an_unsigned_token() -> None:
    assert token_claims(web_token({"sub": "ines"}, {"alg": "none"}).rpartition(".")[0] + ".", NOW) == {"sub": "ines"}


@pytest.mark.parametrize(
    ("token", "problem", "expired"),
    [
        ("", "it doesn't have the three parts of a JSON Web Token", False),
        ("a.b", "it doesn't have the three parts of a JSON Web Token", False),
        ("a.b.c.d.e", "it doesn't have the three parts of a JSON Web Token", False),
        ("Basic.b.c", "its header isn't JSON in base64url", False),
        ("☕.b.c", "its header isn't JSON in base64url", False),
        (web_token([]), "its payload isn't a JSON object", False),
        (web_token({}, [1]), "its header isn't a JSON object", False),
        (web_token({}).replace(".e30.", ".e3."), "its payload isn't JSON in base64url", False),
        (web_token({"exp": NOW}), "it has expired", True),
        (web_token({"exp": math.nan}), "it has expired", True),
        (web_token({"exp": str(NOW + 9)}), "its exp isn't a number", False),
        (web_token({"exp": True}), "its exp isn't a number", False),
        (web_token({"exp": None}), "its exp isn't a number", False),
        (web_token({"nbf": NOW + 1}), "its nbf is in the future", False),
        (web_token({"iat": NOW + 1}), "its iat is in the future", False),
    ],
)
def test_a_token_that_is_refused(token: str, problem: str, expired: bool) -> None:
    with pytest.raises(TokenError, match=f"^{problem}$") as refused:
        token_claims(token, NOW)
    assert refused.value.expired is expired


@given(st.text())
def test_any_text_is_a_token_or_refused(text: str) -> None:
    for token in (text, f"{text}.{text}.{text}", f"e30.{text}."):
        try:
            assert isinstance(token_claims(token, NOW), dict)
        except TokenError:
            pass


def test_a_token_that_is_nested_too_deeply() -> None:
    with pytest.raises(TokenError, match="isn't JSON"):
        token_claims(f"e30.{'W1tb' * 100_000}.", NOW)
