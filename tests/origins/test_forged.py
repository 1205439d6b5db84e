"""What a client sends as a header of the front door's, of the adapter's or of HTTP's own changes nothing."""

import pytest

from lambda_http_adapter._apps.asgi import build_scope
from lambda_http_adapter._apps.exchange import open_exchange
from lambda_http_adapter._apps.wsgi import build_environ
from lambda_http_adapter._emulator.doors.client import ClientRequest
from lambda_http_adapter._values.config import Config
from tests.support.doors import HTTP_DOORS, Door
from tests.support.response_recorder import ResponseRecorder

every_door = pytest.mark.parametrize("door", HTTP_DOORS.values(), ids=HTTP_DOORS)


def seen(door: Door, *headers: tuple[bytes, bytes]) -> tuple[dict[str, object], dict[str, object]]:
    """The scope and the environ of a request with these headers."""
    event = door.event(ClientRequest(path="/x", headers=[*headers, (b"User-Agent", b"curl")], host="shop.example.com"))
    exchange = open_exchange(event, None, Config(), ResponseRecorder())
    return dict(build_scope(exchange, {})), dict(build_environ(exchange))


def names(headers: object) -> set[str]:
    """The names as an app sees them that looks headers up by CGI's: hyphen and underscore are the same."""
    assert isinstance(headers, list)
    return {name.decode().replace("_", "-") for name, _ in headers}


UNDERSCORED = [
    *(b"x_amz_tenant_id", b"X_Amzn_Request_Context", b"x-amzn_lambda_context", b"x_amzn_oidc_data"),
    *(b"x_forwarded_for", b"x_forwarded_host", b"X_Forwarded_Proto", b"x-forwarded_port", b"x_forwarded_user"),
    *(b"x_real_ip", b"x_amzn_lattice_identity", b"cloudfront_forwarded_proto", b"x_api_key"),
    *(b"content_length", b"content_type", b"transfer_encoding", b"content_encoding", b"proxy_authorization"),
]


@every_door
@pytest.mark.parametrize("name", UNDERSCORED)
def test_a_reserved_header_is_not_forged_with_underscores(door: Door, name: bytes) -> None:
    honest, forged = seen(door), seen(door, (name, b"forged"))
    assert names(forged[0]["headers"]) == names(honest[0]["headers"])
    assert {key for key in forged[1] if key.startswith("HTTP_")} == {
        key for key in honest[1] if key.startswith("HTTP_")
    }


@every_door
def test_an_app_keeps_its_own_names_with_underscores(door: Door) -> None:
    scope, environ = seen(door, (b"session_id", b"7"))
    headers = scope["headers"]
    assert isinstance(headers, list)
    assert (b"session_id", b"7") in headers
    assert "HTTP_SESSION_ID" not in environ
