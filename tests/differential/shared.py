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
    "A body that is not the base64 it is said to be is answered with 400; the invocation failed.",
)


def incomplete(where: Callable[[Case], bool]) -> Difference:
    reason = (
        "Events with fields absent, null or of another type, as consoles, emulators and hand-written tests make them, "
        "are served; the invocation failed."
    )
    return Difference("outcome", where, to("fails"), reason)


STATUS_DESCRIPTION = Difference(
    "answer.statusDescription", of(ALB), to(ABSENT), "Load balancers get the documented `statusDescription`."
)

SPOOFABLE = ("x-amzn-request-context", "x-amzn-lambda-context", "x-amz-tenant-id")
SPOOFED = (
    "The headers by which Lambda Web Adapter tells apps about the invocation are dropped from requests, since any "
    "client could send them; they reached the app."
)

RAISES = Difference(
    "outcome",
    answer("raises", "raises_behind"),
    to("fails"),
    'An app that raises is logged and answered with 500; the invocation failed. `fail_on_status="500"` keeps it so.',
)


def passed_on(name: str, where: Callable[[Case], bool], reason: str) -> Difference:
    """The header as the app answered it."""

    def theirs(case: Case, ours: Value) -> Value:
        return [(name, value) for value in case.response.values(name)]

    return Difference(f"answer.header:{name}", where, theirs, reason)


def is_utf8(body: bytes) -> bool:
    return body.decode(errors="ignore").encode() == body


_HOP_BY_HOP = (
    "Headers that speak of a connection (`Connection`, `Transfer-Encoding` and kin) are dropped from answers: the "
    "client's connection is API Gateway's, the load balancer's or CloudFront's, which refuse or mangle them."
)

PASSED_ON = [
    passed_on("connection", answer("hop_by_hop"), _HOP_BY_HOP),
    passed_on("transfer-encoding", answer("hop_by_hop"), _HOP_BY_HOP),
    passed_on(
        "content-length",
        answer("head", "no_content", "wrong_length"),
        "A `Content-Length` that is not the length of the body in the answer is dropped, as with HEAD and 204; AWS "
        "sets its own.",
    ),
    Difference(
        "answer.body",
        answer("head", "not_modified"),
        lambda case, ours: case.response.body,
        "Answers to HEAD, and with status 204 or 304, have no body, whatever the app sends.",
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
    "`CONTENT_LENGTH` is absent, not `0`, where neither a body nor the header was sent.",
)

UNDERSCORE = Difference(
    "HTTP_X_REAL_IP",
    fixture("underscore"),
    to("203.0.113.9"),
    "Request headers with an underscore in their name are dropped, as by nginx: `X_Real_Ip` would be the same key as "
    "`X-Real-Ip`.",
)
BYTES_IN_DISGUISE = (
    "Characters beyond latin-1 are UTF-8 bytes in disguise, as PEP 3333 has it; they were put into the environ as they "
    "were."
)
ESCAPED_QUERY = "Characters that may not stand in a query are percent-encoded; they came as they were."
