"""Preflights and CORS headers as a Function URL and an HTTP API make them of their configuration."""

import pytest

from lambda_http_adapter._emulator.doors.client import ClientRequest
from lambda_http_adapter._emulator.doors.cors import read_cors
from lambda_http_adapter._emulator.doors.door import DOORS
from lambda_http_adapter.errors import ConfigurationError

SITE = "https://www.example.com"
FULL = {
    "AllowCredentials": True,
    "AllowHeaders": ["authorization", "content-type"],
    "AllowMethods": ["GET", "POST"],
    "AllowOrigins": [SITE, "http://localhost:3000"],
    "ExposeHeaders": ["x-total", "date"],
    "MaxAge": 300,
}
ANYBODY = {"AllowOrigins": ["*"], "AllowMethods": ["*"], "AllowHeaders": ["*"], "MaxAge": 0}
URL_HEAD = {"content-type": "application/json", "content-length": "0", "vary": "Origin"}


def preflight(origin: str = SITE, method: str = "GET") -> ClientRequest:
    headers = [(b"origin", origin.encode()), (b"access-control-request-method", method.encode())]
    return ClientRequest("OPTIONS", headers=headers)


def texts(headers: list[tuple[bytes, bytes]]) -> dict[str, str]:
    return {name.decode(): value.decode() for name, value in headers}


@pytest.mark.parametrize("front_door", ["function-url", "http-api", "http-api-v1"])
@pytest.mark.parametrize(
    ("configuration", "origin", "expected"),
    [
        (
            FULL,
            SITE,
            {
                "access-control-allow-origin": SITE,
                "access-control-allow-credentials": "true",
                "access-control-allow-headers": "authorization,content-type",
                "access-control-allow-methods": "GET,POST",
                "access-control-max-age": "300",
            },
        ),
        (FULL, "https://www.example.com:8443", {}),
        (FULL, "https://WWW.example.com", {}),
        (FULL, "https://www.example.com.evil.example", {}),
        (FULL, "null", {}),
        (
            ANYBODY,
            "null",
            {
                "access-control-allow-origin": "*",
                "access-control-allow-headers": "*",
                "access-control-allow-methods": "*",
                "access-control-max-age": "0",
            },
        ),
        ({"AllowOrigins": [SITE]}, SITE, {"access-control-allow-origin": SITE}),
        ({"AllowMethods": ["GET"]}, SITE, {}),
        ({}, SITE, {}),
    ],
    ids=str,
)
def test_a_preflight(front_door: str, configuration: object, origin: str, expected: dict[str, str]) -> None:
    cors = read_cors(configuration, DOORS[front_door])
    response = cors.preflight(preflight(origin))
    assert response is not None
    if front_door == "function-url":
        # It repeats the origin where all are allowed.
        own = {"access-control-allow-origin": origin} if expected else {}
        assert (response.status, texts(response.headers)) == (200, URL_HEAD | expected | own)
    else:
        assert (response.status, texts(response.headers)) == (204, expected)
    assert response.body == b""


@pytest.mark.parametrize(
    "request_",
    [
        ClientRequest("GET", headers=preflight().headers),
        ClientRequest("OPTIONS", headers=[(b"origin", b"https://www.example.com")]),
        ClientRequest("OPTIONS", headers=[(b"access-control-request-method", b"GET")]),
        ClientRequest("OPTIONS"),
    ],
)
def test_what_is_no_preflight(request_: ClientRequest) -> None:
    assert read_cors(FULL, DOORS["function-url"]).preflight(request_) is None


OWN = [(b"content-type", b"text/plain"), (b"Access-Control-Allow-Origin", b"*"), (b"vary", b"accept")]
FROM = {
    "origin": (b"access-control-allow-origin", SITE.encode()),
    "credentials": (b"access-control-allow-credentials", b"true"),
    "expose": (b"access-control-expose-headers", b"x-total,date"),
    "vary": (b"vary", b"Origin"),
}


@pytest.mark.parametrize(
    ("front_door", "origin", "headers"),
    [
        # As deployed Function URLs do: browsers then see two values and refuse the response.
        ("function-url", SITE, [*OWN, FROM["vary"], FROM["origin"], FROM["credentials"], FROM["expose"]]),
        ("function-url", "https://other.example", [*OWN, FROM["vary"]]),
        ("function-url", "", [*OWN, FROM["vary"]]),
        ("http-api", SITE, [OWN[0], OWN[2], FROM["origin"], FROM["credentials"], FROM["expose"]]),
        ("http-api", "https://other.example", [OWN[0], OWN[2]]),
        ("http-api", "", [OWN[0], OWN[2]]),
    ],
)
def test_other_responses(front_door: str, origin: str, headers: list[tuple[bytes, bytes]]) -> None:
    request = ClientRequest(headers=[(b"origin", origin.encode())] if origin else [])
    assert read_cors(FULL, DOORS[front_door]).amended(request, OWN) == headers


@pytest.mark.parametrize(
    ("patterns", "origin", "allowed"),
    [
        (["https://*"], SITE, True),
        (["https://*"], "http://www.example.com", False),
        (["http://*", SITE], "http://localhost:3000", True),
    ],
)
def test_an_http_api_s_patterns(patterns: list[str], origin: str, allowed: bool) -> None:
    response = read_cors({"AllowOrigins": patterns}, DOORS["http-api"]).preflight(preflight(origin))
    assert response is not None
    assert response.headers == ([(b"access-control-allow-origin", origin.encode())] if allowed else [])


@pytest.mark.parametrize(
    ("front_door", "configuration", "sentence"),
    [
        ("function-url", [], "Expected a JSON object as the CORS configuration, got []."),
        (
            "function-url",
            {"allowOrigins": ["*"]},
            "Unknown field 'allowOrigins' in the CORS configuration; expected one of: ",
        ),
        ("function-url", {"AllowCredentials": "true"}, "AllowCredentials is true or false in the CORS configuration"),
        (
            "function-url",
            {"AllowOrigins": "*"},
            "AllowOrigins is a list of strings in the CORS configuration, got '*'.",
        ),
        (
            "function-url",
            {"AllowHeaders": [1]},
            "AllowHeaders is a list of strings in the CORS configuration, got [1].",
        ),
        (
            "function-url",
            {"AllowHeaders": [""]},
            "AllowHeaders is a list of strings in the CORS configuration, got [''].",
        ),
        ("function-url", {"ExposeHeaders": ["x\r\ny"]}, "ExposeHeaders is a list of strings in the CORS configuration"),
        ("function-url", {"ExposeHeaders": ["☕"]}, "ExposeHeaders is a list of strings in the CORS configuration"),
        ("function-url", {"AllowHeaders": ["x"] * 101}, "AllowHeaders has up to 100 strings in the CORS configuration"),
        ("function-url", {"MaxAge": -1}, "MaxAge is a number of seconds from 0 to 86400 in the CORS configuration"),
        ("function-url", {"MaxAge": 86401}, "MaxAge is a number of seconds from 0 to 86400 in the CORS configuration"),
        ("function-url", {"MaxAge": True}, "MaxAge is a number of seconds from 0 to 86400 in the CORS configuration"),
        ("http-api", {"MaxAge": -2}, "MaxAge is a number of seconds from -1 to 86400 in the CORS configuration"),
        (
            "function-url",
            {"AllowMethods": ["OPTIONS"]},
            "AllowMethods has 'OPTIONS' in the CORS configuration; "
            "expected one of: GET, PUT, POST, DELETE, HEAD, PATCH, *. A Function URL answers preflights anyway.",
        ),
        (
            "function-url",
            {"AllowMethods": ["get"]},
            "AllowMethods has 'get' in the CORS configuration; expected one of: GET",
        ),
        (
            "function-url",
            {"AllowOrigins": ["www.example.com"]},
            "AllowOrigins has 'www.example.com' in the CORS configuration; expected an origin such as "
            "'https://www.example.com', without a path, or '*'.",
        ),
        ("function-url", {"AllowOrigins": [f"{SITE}/"]}, f"AllowOrigins has '{SITE}/' in the CORS configuration"),
        ("function-url", {"AllowOrigins": ["https://*"]}, "AllowOrigins has 'https://*' in the CORS configuration"),
        ("http-api", {"AllowOrigins": ["https://*.a.b"]}, "AllowOrigins has 'https://*.a.b' in the CORS configuration"),
        (
            "http-api",
            {"AllowOrigins": ["*"], "AllowCredentials": True},
            "AllowCredentials is true in the CORS configuration, which an HTTP API can't allow to all origins",
        ),
    ],
    ids=str,
)
def test_a_configuration_that_is_refused(front_door: str, configuration: object, sentence: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        read_cors(configuration, DOORS[front_door])
    assert str(refused.value).startswith(sentence)


def test_what_one_of_them_accepts() -> None:
    assert read_cors({"AllowMethods": ["OPTIONS"], "MaxAge": -1}, DOORS["http-api"]).max_age == -1
    assert read_cors({"AllowOrigins": ["*"], "AllowCredentials": True}, DOORS["function-url"]).allow_credentials
