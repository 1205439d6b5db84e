"""The domains at which AWS answers for one API: an app sees the same mount point, scheme and client at each of them."""

import json
from typing import Any, NamedTuple, cast

import pytest

from lambda_http_adapter._apps.asgi import build_scope
from lambda_http_adapter._apps.exchange import open_exchange
from lambda_http_adapter._apps.wsgi import build_environ
from lambda_http_adapter._values.config import Config
from tests.support.origin_events import load_event
from tests.support.response_recorder import ResponseRecorder


class Place(NamedTuple):
    """Of an API or Function URL: the event's ``domain`` is its Host too, unless that is another."""

    domain: str
    client: str = "192.0.2.10"
    host: str = ""
    headers: tuple[tuple[str, str], ...] = ()


API = "r1e2s3t4a5"
VPCE = "vpce-0b6e8a5c1d2f3a4b5"
PRIVATE = "10.0.7.21"

# https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-call-api.html
# https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-api-test-invoke-url.html
# https://docs.amazonaws.cn/en_us/aws/latest/userguide/endpoints-Beijing.html
EXECUTE_API = {
    "classic": Place(f"{API}.execute-api.eu-central-1.amazonaws.com"),
    "GovCloud": Place(f"{API}.execute-api.us-gov-west-1.amazonaws.com"),
    "China": Place(f"{API}.execute-api.cn-north-1.amazonaws.com.cn"),
    "dual-stack, IPv4": Place(f"{API}.execute-api.eu-central-1.api.aws"),
    "dual-stack, IPv6": Place(f"{API}.execute-api.eu-central-1.api.aws", client="2001:db8::7"),
    "dual-stack, China": Place(f"{API}.execute-api.cn-north-1.api.amazonwebservices.com.cn", client="2001:db8::7"),
    "with a port": Place(f"{API}.execute-api.eu-central-1.api.aws", host=f"{API}.execute-api.eu-central-1.api.aws:443"),
}
# Only REST APIs can be private.
PRIVATE_API = {
    "private DNS": Place(f"{API}.execute-api.eu-central-1.amazonaws.com", PRIVATE),
    "Route 53 alias": Place(f"{API}-{VPCE}.execute-api.eu-central-1.amazonaws.com", PRIVATE),
    "x-apigw-api-id": Place(
        f"{VPCE}-abcd1234.execute-api.eu-central-1.vpce.amazonaws.com", PRIVATE, headers=(("x-apigw-api-id", API),)
    ),
    "x-apigw-api-id, one zone": Place(
        f"{VPCE}-abcd1234-eu-central-1a.execute-api.eu-central-1.vpce.amazonaws.com",
        PRIVATE,
        headers=(("x-apigw-api-id", API),),
    ),
    "Host of the API at the endpoint": Place(
        f"{API}.execute-api.eu-central-1.amazonaws.com",
        PRIVATE,
        headers=(("x-amzn-vpce-id", VPCE), ("x-amzn-vpce-config", "1")),
    ),
    "IPv6": Place(f"{API}.execute-api.eu-central-1.api.aws", "fd00:ec2::7"),
}
# The fixtures of these have a stage: that of an API at its own domain is in the client's URL.
FIXTURES = [("api_gateway_v1", "plain", "/live"), ("api_gateway_v2", "named_stage", "/prod")]
ROWS = [
    pytest.param(origin, name, stage, place, id=f"{origin}-{title}")
    for origin, name, stage in FIXTURES
    for title, place in (EXECUTE_API | (PRIVATE_API if origin == "api_gateway_v1" else {})).items()
]
FUNCTION_URLS = {
    "IPv4": Place("abcdefghijklmnopqrstuvwxyz012345.lambda-url.eu-central-1.on.aws"),
    "IPv6": Place("abcdefghijklmnopqrstuvwxyz012345.lambda-url.eu-central-1.on.aws", "2001:db8::7"),
    "dual-stack": Place("abcdefghijklmnopqrstuvwxyz012345.lambda-url.eu-central-1.api.aws", "2001:db8::7"),
    "China": Place("abcdefghijklmnopqrstuvwxyz012345.lambda-url.cn-north-1.on.amazonwebservices.com.cn"),
}


def event_at(place: Place, origin: str, name: str) -> dict[str, Any]:
    """The fixture, as AWS would send it for a request to ``place``."""
    event = load_event(origin, name)
    domain = cast("dict[str, str]", event["requestContext"])["domainName"]
    text = json.dumps(event).replace(domain, place.domain).replace("192.0.2.10", place.client)
    moved: dict[str, Any] = json.loads(text)
    added = {**dict(place.headers), **({"host": place.host} if place.host else {})}
    moved["headers"] = {key: value for key, value in moved["headers"].items() if key.lower() not in added} | added
    moved.pop("multiValueHeaders", None)
    return moved


def seen(event: dict[str, Any], config: Config | None = None) -> dict[str, object]:
    """What an ASGI app sees of the place, which a WSGI app sees as well."""
    exchange = open_exchange(event, None, config or Config(), ResponseRecorder())
    scope = build_scope(exchange, {})
    environ = build_environ(exchange)
    headers = dict(cast("list[tuple[bytes, bytes]]", scope["headers"]))
    server, client = cast("tuple[str, int]", scope["server"]), cast("tuple[str, int]", scope["client"])
    assert (environ["SERVER_NAME"], environ["SERVER_PORT"]) == (server[0], str(server[1]))
    assert environ["SCRIPT_NAME"] == scope["root_path"]
    assert str(environ["SCRIPT_NAME"]) + str(environ["PATH_INFO"]) == scope["path"]
    assert (environ["wsgi.url_scheme"], environ["REMOTE_ADDR"]) == (scope["scheme"], client[0])
    assert environ["HTTP_HOST"] == headers[b"host"].decode()
    return {
        "root_path": scope["root_path"],
        "path": scope["path"],
        "scheme": scope["scheme"],
        "server": server,
        "client": client[0],
        "host": headers[b"host"].decode(),
        "headers": headers,
    }


@pytest.mark.parametrize(("origin", "name", "stage", "place"), ROWS)
def test_at_its_own_domains_an_api_has_its_stage(origin: str, name: str, stage: str, place: Place) -> None:
    found = seen(event_at(place, origin, name))
    headers = cast("dict[bytes, bytes]", found.pop("headers"))
    assert found == {
        "root_path": stage,
        "path": stage + ("/items/7" if origin == "api_gateway_v2" else "/items"),
        "scheme": "https",
        "server": (place.domain, 443),
        "client": place.client,
        "host": place.host or place.domain,
    }
    assert {key: value.encode() for key, value in place.headers}.items() <= {
        key.decode(): value for key, value in headers.items()
    }.items()


# Also through a VPC endpoint: https://vpce-….vpce.amazonaws.com, Host: private.example.com.
@pytest.mark.parametrize(("base_path", "root_path", "path"), [("", "", "/items"), ("/items", "/items", "/items")])
def test_a_private_custom_domain_has_no_stage(base_path: str, root_path: str, path: str) -> None:
    place = Place("private.example.com", PRIVATE, headers=(("x-amzn-vpce-id", VPCE),))
    event = event_at(place, "api_gateway_v1", "custom_domain")
    found = seen(event, Config(base_path=base_path))
    assert (found["root_path"], found["path"]) == (root_path, path)
    assert (found["server"], found["client"], found["scheme"]) == (("private.example.com", 443), PRIVATE, "https")


@pytest.mark.parametrize("place", FUNCTION_URLS.values(), ids=FUNCTION_URLS)
def test_a_function_url_has_no_mount_point(place: Place) -> None:
    found = seen(event_at(place, "function_url", "plain"))
    del found["headers"]
    assert found == {
        "root_path": "",
        "path": "/items",
        "scheme": "https",
        "server": (place.domain, 443),
        "client": place.client,
        "host": place.domain,
    }
