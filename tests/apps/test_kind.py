"""What an app is called with, by its signature."""

import pytest

from lambda_http_adapter._apps.kind import AppKind, called_kind, require_app
from lambda_http_adapter.errors import ConfigurationError


def answers(request: object, item: str) -> str:
    return item


def files(item: str, request: object) -> str:
    return item


@pytest.mark.parametrize("app", [answers, files])
def test_a_request_among_two_arguments_is_a_handler_of_http(app: object) -> None:
    assert called_kind(app) is AppKind.http


def test_a_compiled_app_without_a_signature_may_be_one() -> None:
    require_app(max, 3, "an ASGI app")
    with pytest.raises(ConfigurationError, match=r"^Expected an ASGI app, got "):
        require_app(answers, 3, "an ASGI app")
