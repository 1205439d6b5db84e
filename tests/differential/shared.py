"""What several peers have in common."""

from collections.abc import Callable

from lambda_http_adapter.origins import RequestOrigin
from tests.differential.difference import ABSENT, Case, Difference, Value, always, answer, fixture, of, sent, to

V1, V2 = RequestOrigin.api_gateway_v1, RequestOrigin.api_gateway_v2
URL, ALB, EDGE = RequestOrigin.function_url, RequestOrigin.alb, RequestOrigin.lambda_edge

REPEATED = r"answer\.header:(vary|link|x)"

INVALID_BASE64 = Difference(
    "outcome",
    fixture("invalid_base64"),
    to("fails"),
    "A body that is marked as base64 and isn't valid base64 is answered with 400; the invocation failed.",
)


def incomplete(where: Callable[[Case], bool]) -> Difference:
    reason = (
        "Events whose fields are absent or null, or numbers and booleans in place of strings, such as those of "
        "consoles, emulators and hand-written tests, are served, and those with an object as `body` are answered with "
        "400; the invocation failed."
    )
    return Difference("outcome", where, to("fails"), reason)


STATUS_DESCRIPTION = Difference(
    "answer.statusDescription",
    of(ALB),
    to(ABSENT),
    "Load balancers get the documented `statusDescription`; it was missing.",
)

SPOOFABLE = ("x-amzn-request-context", "x-amzn-lambda-context", "x-amz-tenant-id")
SPOOFED = (
    "The headers with which Lambda Web Adapter describes the invocation are dropped from requests, because any client "
    "could send them; they reached the app."
)

RAISES = Difference(
    "outcome",
    answer("raises", "raises_behind"),
    to("fails"),
    "An exception in the app is logged and answered with 500; the invocation failed. To keep that, set "
    '`fail_on_status="500"`.',
)


def passed_on(name: str, where: Callable[[Case], bool], reason: str) -> Difference:
    """The header as the app answered it."""

    def theirs(case: Case, ours: Value) -> Value:
        return [(name, value) for value in case.response.values(name)]

    return Difference(f"answer.header:{name}", where, theirs, reason)


def is_utf8(body: bytes) -> bool:
    return body.decode(errors="ignore").encode() == body


_HOP_BY_HOP = (
    "Headers about the connection (`Connection`, `Transfer-Encoding` and similar ones) are dropped from responses, "
    "because the client's connection ends at API Gateway, the load balancer or CloudFront, which reject or change such "
    "headers; they were passed on."
)

PASSED_ON = [
    passed_on("connection", answer("hop_by_hop"), _HOP_BY_HOP),
    passed_on("transfer-encoding", answer("hop_by_hop"), _HOP_BY_HOP),
    passed_on(
        "content-length",
        answer("head", "no_content", "wrong_length"),
        "A `Content-Length` that isn't the length of the response's body, as with HEAD and 204, is dropped, because "
        "AWS sets its own; it was passed on.",
    ),
    Difference(
        "answer.body",
        answer("head", "not_modified"),
        lambda case, ours: case.response.body,
        "Responses to HEAD and with status 204 or 304 have no body, whatever the app sends; they had the app's.",
    ),
]

# Environs


def header_line(
    name: str, where: Callable[[Case], bool], theirs: Callable[[list[str]], str], reason: str
) -> Difference:
    """A request header whose lines in the event a peer puts into one text in its own way."""
    key = "HTTP_" + name.upper().replace("-", "_")
    return Difference(key, where, lambda case, ours: theirs(sent(case.event, name)), reason)


def several(name: str) -> Callable[[Case], bool]:
    return lambda case: len(sent(case.event, name)) > 1


def there(name: str) -> Callable[[Case], bool]:
    return lambda case: bool(sent(case.event, name))


NEW_KEYS = Difference(
    r"aws\.(event|context|request_origin)|REQUEST_URI|RAW_URI|wsgi\.(file_wrapper|input_terminated)",
    always,
    to(ABSENT),
    "`aws.event`, `aws.context`, `aws.request_origin`, `REQUEST_URI`, `RAW_URI` (percent-encoded path and query), "
    "`wsgi.file_wrapper` and `wsgi.input_terminated` are new.",
)

CONTENT_LENGTH = Difference(
    "CONTENT_LENGTH",
    lambda case: "CONTENT_LENGTH" not in case.ours,
    to("0"),
    "`CONTENT_LENGTH` is absent if the client sent neither a body nor the header; it was `0`.",
)

UNDERSCORE = Difference(
    "HTTP_X_REAL_IP",
    fixture("underscore"),
    to("203.0.113.9"),
    "Request headers with an underscore in their name are dropped, as in nginx, because `X_Real_Ip` would be the same "
    "key as `X-Real-Ip`; they were passed on.",
)
BYTES_IN_DISGUISE = (
    "Characters outside latin-1 are encoded as UTF-8, one character per byte, as PEP 3333 requires; they were put into "
    "the environ unchanged."
)
ESCAPED_QUERY = "Characters that aren't allowed in a query are percent-encoded; they were passed on unchanged."
