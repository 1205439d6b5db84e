"""A module that isn't imported before one of its names is asked for."""

import sys

import pytest

from lambda_http_adapter._values import Deferred


def test_a_name_imports_its_module(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "this_is_not_there", raising=False)
    missing = Deferred("this_is_not_there")
    with pytest.raises(ModuleNotFoundError, match="this_is_not_there"):
        _ = missing.anything
    assert Deferred("string").digits == "0123456789"
