"""What VPC Lattice gets back: one string per header name, whichever structure the event had."""

import pytest

from lambda_http_adapter._values.request import Headers
from lambda_http_adapter.origins.vpc_lattice import ORIGIN
from tests.support.origin_events import load_event

TEXT = (b"content-type", b"text/plain")
# status, headers, body, is_base64 and the result's headers; the other three fields are what went in.
ENCODED: list[tuple[int, Headers, str, bool, dict[str, str]]] = [
    (200, [], "", False, {}),
    (200, [TEXT], "pencil ☕", False, {"content-type": "text/plain"}),
    (200, [(b"Content-Type", b"text/plain")], "pencil", False, {"content-type": "text/plain"}),
    (201, [(b"location", b"/orders/7")], "", False, {"location": "/orders/7"}),
    (204, [], "", False, {}),
    (200, [(b"content-type", b"image/png")], "iVBORw0KGgo=", True, {"content-type": "image/png"}),
    (302, [(b"location", b"/caf\xe9")], "", False, {"location": "/café"}),
    (
        200,
        [(b"vary", b"Accept"), (b"x-a", b"1"), (b"vary", b"Origin")],
        "",
        False,
        {"vary": "Accept, Origin", "x-a": "1"},
    ),
    (200, [(b"Vary", b"Accept"), (b"vARY", b"Origin")], "", False, {"vary": "Accept, Origin"}),
    (
        401,
        [(b"www-authenticate", b"Basic"), (b"www-authenticate", b"Bearer")],
        "",
        False,
        {"www-authenticate": "Basic, Bearer"},
    ),
    (200, [(b"x-empty", b"")], "", False, {"x-empty": ""}),
    (200, [(b"set-cookie", b"a=1; Path=/")], "", False, {"set-cookie": "a=1; Path=/"}),
    (599, [TEXT], "odd", False, {"content-type": "text/plain"}),
]


@pytest.mark.parametrize("event", ["v1_get", "v2_lists"])
@pytest.mark.parametrize(("status", "headers", "body", "is_base64", "expected"), ENCODED)
def test_encode(
    status: int, headers: Headers, body: str, is_base64: bool, expected: dict[str, str], event: str
) -> None:
    result = ORIGIN.encode(status, headers, body, is_base64, load_event("vpc_lattice", event))
    assert result == {"isBase64Encoded": is_base64, "statusCode": status, "headers": expected, "body": body}


def test_several_cookies_keep_apart_by_the_case_of_the_name() -> None:
    cookies: Headers = [(b"set-cookie", b"a=1"), (b"set-cookie", b"b=2"), (b"set-cookie", b"c=3, d")]
    result = ORIGIN.encode(200, cookies, "", False, load_event("vpc_lattice", "v2_lists"))
    assert isinstance(result, dict)
    assert [name.lower() for name in result["headers"]] == ["set-cookie"] * 3
    assert next(iter(result["headers"])) == "set-cookie"
    assert list(result["headers"].values()) == ["a=1", "b=2", "c=3, d"]
