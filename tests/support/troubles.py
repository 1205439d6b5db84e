"""The entries of docs/troubleshooting.md: for each one a server that is in trouble, and the same with the remedy."""

import json
from typing import NamedTuple

from tests.support.troubled_server import FROM_PAGE, Ask, Seen, Server
from tests.support.web_tokens import web_token


class Row(NamedTuple):
    """In front of ``server``, ``ask`` shows ``symptom``; with ``remedy``, it or ``ask_then`` shows ``cure``."""

    server: Server
    ask: Ask
    symptom: Seen
    remedy: Server
    cure: Seen
    ask_then: Ask | None = None


FAILED = (
    '502 `{"message": "Internal server error"}`, 502 `Internal Server Error`, 500 `{"message":"Internal Server Error"}`'
)

PAGE_ORIGIN = "http://localhost:3000"
CORS = {"cors.json": json.dumps({"AllowOrigins": [PAGE_ORIGIN], "AllowMethods": ["GET"]})}
PREFLIGHT = {"origin": PAGE_ORIGIN, "access-control-request-method": "PUT"}
UPGRADING = {
    "connection": "Upgrade",
    "upgrade": "websocket",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    "sec-websocket-version": "13",
}
MIDDLEWARE = f"""
from starlette.middleware.cors import CORSMiddleware
app.add_middleware(CORSMiddleware, allow_origins=["{PAGE_ORIGIN}"])
"""
SAFE = {"host": "abc.lambda-url.eu-west-1.on.aws", "origin": "http://shop.example.com", "x-csrftoken": "t" * 32}
FORM = SAFE | {"cookie": f"csrftoken={'t' * 32}", "x-forwarded-host": "shop.example.com"}
POLICY = """
def authorize(event, context):
    allow = {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": event["methodArn"].replace("/me", "/items")}
    return {"principalId": "ines", "policyDocument": {"Version": "2012-10-17", "Statement": [allow]}}
"""
MESSAGE = {"messageId": "1", "body": "{}", "eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:eu-west-1:1:orders"}
AUTHORIZED = "--origin rest --authorizer lambda=authorizer:authorize"
VIEWER = {"x-forwarded-for": "198.51.100.9", "x-forwarded-host": "www.example.com"}


def staged(origin: str, symptom: Seen) -> Row:
    server = Server(arguments=f"--origin {origin} --stage live")
    return Row(server, Ask("/items"), symptom, server, Seen(200, '["a"]'), Ask("/live/items"))


ROWS = {
    '403 `{"message":"Forbidden"}` or `{"message":"Missing Authentication Token"}`': staged(
        "rest", Seen(403, '{"message":"Forbidden"}')
    ),
    '404 `{"message":"Not Found"}`': staged("http-api", Seen(404, '{"message":"Not Found"}')),
    '401 `{"message":"Unauthorized"}`': Row(
        Server(arguments="--origin http-api --authorizer jwt"),
        Ask("/items"),
        Seen(401, '{"message":"Unauthorized"}'),
        Server(arguments="--origin http-api --authorizer jwt"),
        Seen(200),
        Ask("/items", headers={"authorization": f"Bearer {web_token({'sub': 'ines'})}"}),
    ),
    "403 `User is not authorized to access this resource`": Row(
        Server(arguments=AUTHORIZED, files={"authorizer.py": POLICY}),
        Ask("/me", headers={"authorization": "token"}),
        Seen(403, "User is not authorized to access this resource"),
        Server(arguments=AUTHORIZED, files={"authorizer.py": FROM_PAGE}),
        Seen(200),
    ),
    "413 `Request must be smaller than 6291456 bytes`": Row(
        Server(),
        Ask("/upload", "POST", body=b"\xff" * 6_300_000),
        Seen(413, "Request must be smaller than 6291456 bytes"),
        Server(),
        Seen(200, "4500000"),
        Ask("/upload", "POST", body=b"\xff" * 4_500_000),
    ),
    "426 `Upgrade Required`": Row(
        Server(),
        Ask("/items", headers=UPGRADING),
        Seen(426, header="upgrade: websocket"),
        Server(arguments="--origin websocket"),
        Seen(101),
        Ask("/", headers=UPGRADING),
    ),
    "400 `Invalid HTTP_HOST header: 'shop.example.com'`": Row(
        Server("project"),
        Ask("/orders", headers={"host": "shop.example.com"}),
        Seen(400, log="Invalid HTTP_HOST header: 'shop.example.com'"),
        Server("project", block=FROM_PAGE),
        Seen(200, "ordered"),
    ),
    "403 `Origin checking failed`": Row(
        Server("project", block='ALLOWED_HOSTS = ["*"]'),
        Ask("/orders", "POST", FORM),
        Seen(403, log="Origin checking failed"),
        Server(
            "project",
            environment={"LAMBDA_HTTP_ADAPTER_FORWARDED_HOST": "x-forwarded-host"},
            block='ALLOWED_HOSTS = ["*"]',
        ),
        Seen(200, "ordered"),
    ),
    "`No 'Access-Control-Allow-Origin' header is present on the requested resource`": Row(
        Server(),
        Ask("/items", "OPTIONS", PREFLIGHT),
        Seen(405, absent="access-control-allow-origin"),
        Server(block=FROM_PAGE),
        Seen(200, header=f"access-control-allow-origin: {PAGE_ORIGIN}"),
    ),
    "`The 'Access-Control-Allow-Origin' header contains multiple values`": Row(
        Server(arguments="--cors cors.json", files=CORS, block=MIDDLEWARE),
        Ask("/items", headers={"origin": PAGE_ORIGIN}),
        Seen(200, header=f"access-control-allow-origin: {PAGE_ORIGIN}, {PAGE_ORIGIN}"),
        Server(block=MIDDLEWARE),
        Seen(200, header=f"access-control-allow-origin: {PAGE_ORIGIN}"),
    ),
    FAILED: Row(
        Server("handler.py", origin="rest"),
        Ask("/"),
        Seen(502, '{"message": "Internal server error"}'),
        Server("handler.py", origin="rest", block=FROM_PAGE),
        Seen(200, '{"hello": "world"}'),
    ),
    "`Runtime.ImportModuleError: No module named`": Row(
        Server("orders.py"),
        Ask("/price"),
        Seen(502, log="Runtime.ImportModuleError: No module named 'shop_prices'"),
        Server("orders.py", files={"shop_prices.py": "PRICE = 7"}),
        Seen(200, "7"),
    ),
    "`Function.ResponseTooLargeError`": Row(
        Server(),
        Ask("/export"),
        Seen(502, log="Function.ResponseTooLargeError: The response is 7,000,000 bytes"),
        Server(arguments="--stream"),
        Seen(200, "x" * 7_000_000),
    ),
    "`Task timed out after 1.00 seconds`": Row(
        Server(arguments="--origin function-url --timeout 1"),
        Ask("/report"),
        Seen(502, log="Task timed out after 1.00 seconds"),
        Server(arguments="--origin function-url --timeout 30"),
        Seen(200, "the last line"),
    ),
    "504 `Endpoint request timed out`": Row(
        Server(arguments="--origin rest --integration-timeout 0.8"),
        Ask("/report"),
        Seen(504, "Endpoint request timed out"),
        Server(arguments="--origin rest --integration-timeout 0.8 --stream"),
        Seen(200, "the last line"),
    ),
    "503 `Service Unavailable`": Row(
        Server(arguments="--origin http-api --integration-timeout 0.8 --timeout 30"),
        Ask("/report"),
        Seen(503, "Service Unavailable"),
        Server(arguments="--origin function-url --timeout 30"),
        Seen(200, "the last line"),
    ),
    "`Runtime.OutOfMemory`, `signal: killed`": Row(
        Server(arguments="--memory 256"),
        Ask("/memory"),
        Seen(502, log="Runtime.OutOfMemory: Runtime exited with error: signal: killed"),
        Server(arguments="--memory 1024"),
        Seen(200, "400000000"),
    ),
    "`RuntimeError: Event loop is closed`": Row(
        Server("prices.py"),
        Ask("/price"),
        Seen(500, log="RuntimeError: Event loop is closed"),
        Server("prices.py", block=FROM_PAGE),
        Seen(200, "7"),
    ),
    "`The app answered with status 404 at /events`": Row(
        Server("documented.py", origin="pass_through"),
        Ask("/", "POST", body=json.dumps({"Records": [MESSAGE]}).encode()),
        Seen(200, "The app answered with status 404 at /events", header="x-amz-function-error: Unhandled"),
        Server("documented.py", origin="pass_through", block=FROM_PAGE),
        Seen(200, '{"batchItemFailures":[]}', absent="x-amz-function-error"),
    ),
    "An image arrives as text that begins with `iVBORw0KGgo`": Row(
        Server(origin="rest", options={"binary_media_types": ()}),
        Ask("/logo"),
        Seen(200, "iVBORw0KGgo"),
        Server(origin="rest"),
        Seen(200, "PNG\r\n"),
    ),
    'The body begins with `{"statusCode":200,"headers":{`': Row(
        Server(environment={"LAMBDA_HTTP_ADAPTER_INVOKE_MODE": "response_stream"}),
        Ask("/items"),
        Seen(200, '{"statusCode":200,"headers":{'),
        Server(arguments="--stream"),
        Seen(200, '["a"]', absent="statusCode"),
    ),
    "`is a stream of server-sent events, but this front door sends a response only when it has ended`": Row(
        Server(),
        Ask("/ticks"),
        Seen(
            200,
            log="is a stream of server-sent events, but this front door sends a response only when it has ended",
        ),
        Server(arguments="--stream"),
        Seen(200, log="GET /ticks 200", absent="is a stream of server-sent events"),
    ),
    "`Failed to load API definition`, because /docs has `url: '/openapi.json'`": Row(
        Server("documented.py", origin="http-api", options={"base_path": "/v1"}),
        Ask("/v1/docs"),
        Seen(200, "url: '/openapi.json'"),
        Server("documented.py", origin="http-api", options={"base_path": "/v1", "root_path": "/v1"}),
        Seen(200, "url: '/v1/openapi.json'"),
    ),
    "`An ALB in single-value mode has one place for Set-Cookie`": Row(
        Server(origin="alb"),
        Ask("/login"),
        Seen(200, log="An ALB in single-value mode has one place for Set-Cookie"),
        Server(origin="alb-multi"),
        Seen(
            200,
            header="set-cookie: session=1; Path=/; SameSite=lax, theme=dark; Path=/; SameSite=lax",
            absent="single-value mode",
        ),
    ),
    'Of `?tag=a&tag=b` only `["b"]` arrives': Row(
        Server(origin="alb"),
        Ask("/search?tag=a&tag=b"),
        Seen(200, '["b"]'),
        Server(origin="alb-multi"),
        Seen(200, '["a","b"]'),
    ),
    "401 without a password prompt: `x-amzn-remapped-www-authenticate`": Row(
        Server(origin="rest"),
        Ask("/private"),
        Seen(401, header="x-amzn-remapped-www-authenticate: Basic"),
        Server(origin="http-api"),
        Seen(401, header="www-authenticate: Basic"),
    ),
    "Links and redirects lead to `https://abc.lambda-url.eu-west-1.on.aws`": Row(
        Server(origin="function-url", options={"client": "130.176.1.1"}),
        Ask("https://abc.lambda-url.eu-west-1.on.aws/me", headers=VIEWER),
        Seen(200, '{"client":"130.176.1.1","url":"https://abc.lambda-url.eu-west-1.on.aws/me"}'),
        Server(
            origin="function-url",
            options={"client": "130.176.1.1", "forwarded_host": "x-forwarded-host", "trusted_proxies": 1},
        ),
        Seen(200, '{"client":"198.51.100.9","url":"https://www.example.com/me"}'),
    ),
    "404 for a path with `%2F`": Row(
        Server(origin="http-api"),
        Ask("/files/a%2Fb"),
        Seen(404, "Not Found"),
        Server(origin="http-api", block=FROM_PAGE),
        Seen(200, "a/b"),
    ),
    "`logger.info()` writes nothing": Row(
        Server(),
        Ask("/stock"),
        Seen(200, log="GET /stock 200", absent="Stock of A-1 is low"),
        Server(environment={"AWS_LAMBDA_LOG_LEVEL": "INFO"}),
        Seen(200, log="Stock of A-1 is low"),
    ),
}
