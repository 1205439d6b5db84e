"""The events that the benchmarks send."""

import json
from base64 import b64encode
from pathlib import Path
from typing import cast

_FIXTURES = Path(__file__).parent.parent / "tests" / "events"

# Recorded from AWS if there is a recording.
ORIGINS = {
    "api_gateway_v1": "live",
    "api_gateway_v2": "live",
    "function_url": "live",
    "alb": "live",
    "lambda_edge": "viewer_request_get",
}


def of_origin(origin: str) -> dict[str, object]:
    path = _FIXTURES / origin / f"{ORIGINS[origin]}.json"
    return cast("dict[str, object]", json.loads(path.read_bytes()))


def function_url(path: str, query: str = "", body: bytes | None = None) -> bytes:
    """The event of a browser's request to a Function URL: 1.2 KB without a body."""
    domain = "rqxw3tavezhhjzekv4lo2rjgfm0ypnih.lambda-url.eu-west-1.on.aws"
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    headers = {
        "x-amzn-trace-id": "Root=1-697df1c0-1f0e8a5b7d3c4e2f6a9b0c1d",
        "x-forwarded-proto": "https",
        "host": domain,
        "x-forwarded-port": "443",
        "x-forwarded-for": "203.0.113.24",
        "accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "accept-language": "en-GB,en;q=0.5",
        "accept-encoding": "gzip, deflate, br",
        "user-agent": agent,
    }
    if body is not None:
        headers |= {"content-type": "application/octet-stream", "content-length": str(len(body))}
    method = "GET" if body is None else "POST"
    event: dict[str, object] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers,
        "requestContext": {
            "accountId": "anonymous",
            "apiId": domain.partition(".")[0],
            "domainName": domain,
            "domainPrefix": domain.partition(".")[0],
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.24",
                "userAgent": agent,
            },
            "requestId": "0d5f6a1e-3c1b-4f7e-9a54-8e2b7c9d1f03",
            "routeKey": "$default",
            "stage": "$default",
            "time": "31/Jan/2026:12:00:00 +0000",
            "timeEpoch": 1769860800000,
        },
        "isBase64Encoded": body is not None,
    }
    if query:
        event["queryStringParameters"] = dict(field.split("=") for field in query.split("&"))
    if body is not None:
        event["body"] = b64encode(body).decode()
    return json.dumps(event, separators=(",", ":")).encode()
