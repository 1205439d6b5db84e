"""Readers that several origins share, with what no front door sends and a hand-written event may."""

import pytest

from lambda_http_adapter.origins import _fields, _http_request


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("example.com", ("example.com", None)),
        ("example.com:8443", ("example.com", 8443)),
        ("[2001:db8::5]:80", ("2001:db8::5", 80)),
        ("2001:db8::5", ("2001:db8::5", None)),
        ("example.com:", ("example.com", None)),
        ("example.com:65536", ("example.com", None)),
        ("example.com:²", ("example.com", None)),
        ("example.com:" + "1" * 5000, ("example.com", None)),  # more digits than int() takes
    ],
)
def test_split_host(value: str, expected: tuple[str, int | None]) -> None:
    assert _http_request.split_host(value) == expected


@pytest.mark.parametrize(
    "name", ["X-Amzn-Request-Context", "x-amzn-lambda-context", "X-Amz-Tenant-Id", "Transfer-Encoding"]
)
def test_headers_that_no_app_may_believe(name: str) -> None:
    assert _fields.request_headers([(name, "chunked"), ("X-Tag", "1")]) == [(b"x-tag", b"1")]
