"""What a client sends as a header of the front door's, of the adapter's or of HTTP's own changes nothing."""

import pytest

from lambda_http_adapter._apps.asgi import build_scope
from lambda_http_adapter._apps.exchange import open_exchange
from lambda_http_adapter._apps.wsgi import build_environ
from lambda_http_adapter._emulator.doors.client import ClientRequest
from lambda_http_adapter._values.config import Config
from lambda_http_adapter.origins.lambda_edge import ORIGIN
from tests.support.doors import HTTP_DOORS, Door
from tests.support.origin_events import load_event
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


FORGED = [
    (b"X-Forwarded-Proto", b"http"),
    (b"X-Forwarded-Port", b"8080"),
    (b"X-Forwarded-Host", b"forged.example"),
    (b"X-Forwarded-For", b"127.0.0.1, 10.0.0.1"),
    (b"CloudFront-Forwarded-Proto", b"http"),
    (b"X-Forwarded-For-Proto", b"http"),
    (b"X-Forwarded-Scheme", b"http"),
    (b"X-Real-Ip", b"127.0.0.1"),
    (b"Forwarded", b"for=127.0.0.1;host=forged.example;proto=http"),
    (b"X-Original-Host", b"forged.example"),
]
CLAIMS = ("scheme", "server", "client", "root_path", "path", "method", "http_version")


@every_door
@pytest.mark.parametrize("field", FORGED, ids=[name.decode() for name, _ in FORGED])
def test_a_client_does_not_choose_scheme_server_or_address(door: Door, field: tuple[bytes, bytes]) -> None:
    honest, _ = seen(door)
    for name, value in (field, (field[0], field[1].replace(b"http", b"https"))):
        forged, environ = seen(door, (name, value))
        assert {claim: forged[claim] for claim in CLAIMS} == {claim: honest[claim] for claim in CLAIMS}
        assert environ["wsgi.url_scheme"] == honest["scheme"]
        assert environ["SERVER_PORT"] == ("80" if honest["scheme"] == "http" else "443")


@pytest.mark.parametrize(
    ("origin", "scheme"), [("origin_request_cloudfront_headers", "http"), ("origin_request_s3_origin", "https")]
)
def test_cloudfront_tells_the_scheme_in_origin_requests_only(origin: str, scheme: str) -> None:
    event = load_event("lambda_edge", origin)
    assert ORIGIN.decode(event, Config()).scheme == scheme
    event["Records"][0]["cf"]["config"]["eventType"] = "viewer-request"  # type: ignore[index]
    assert ORIGIN.decode(event, Config()).scheme == "https"
