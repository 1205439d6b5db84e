"""With pybase64 or without, nobody must be able to tell."""

import base64
import sys
from collections.abc import Iterator
from types import ModuleType, SimpleNamespace
from typing import cast

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lambda_http_adapter._values import codec

LARGE = 70_000


@pytest.fixture(params=["with", "without"], autouse=True)
def pybase64(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if request.param == "without":
        monkeypatch.setitem(sys.modules, "pybase64", None)
    else:
        pytest.importorskip("pybase64")
    codec._pybase64.cache_clear()
    yield
    codec._pybase64.cache_clear()


def outcome(text: str) -> bytes | None:
    try:
        return codec.b64decode(text)
    except ValueError:
        return None


def expected(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return None


def test_pybase64_is_used_for_large_data_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    fast = SimpleNamespace(b64encode=lambda data: b"fast", b64decode=lambda text, validate: b"fast")
    monkeypatch.setitem(sys.modules, "pybase64", cast("ModuleType", fast))
    codec._pybase64.cache_clear()
    assert codec.b64encode(bytes(65536)) == b"fast"
    assert codec.b64encode(bytes(65535)) == b"AAAA" * 21845
    assert codec.b64decode("A" * 65536) == b"fast"
    assert codec.b64decode("A" * 65532) == bytes(49149)


# A fixture that is the same for every example.
same = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize("size", [0, LARGE])
@given(tail=st.binary(max_size=20))
@same
def test_every_byte_comes_back(size: int, tail: bytes) -> None:
    data = bytes(range(256)) * (size // 256) + tail
    assert codec.b64encode(data) == base64.b64encode(data)
    assert codec.b64decode(codec.b64encode(data).decode()) == data


@pytest.mark.parametrize("size", [0, LARGE])
@given(tail=st.text(alphabet="AZaz09+/-_= \n\t\x00é", max_size=8))
@example(tail="=")
@example(tail="A===")
@example(tail="AA=")
@example(tail="AA==")
@example(tail="AB==")
@example(tail="AAA=")
@example(tail="AAA=AAAA")
@example(tail="AA==\n")
@example(tail="=AAA")
@same
def test_what_is_not_base64_is_refused(size: int, tail: str) -> None:
    text = "A" * size + tail
    assert outcome(text) == expected(text)


def test_it_is_not_loaded_for_little(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "pybase64", raising=False)
    assert codec.b64decode(codec.b64encode(b"little").decode()) == b"little"
    assert "pybase64" not in sys.modules
