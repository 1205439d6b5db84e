"""apig-wsgi 2.20."""

from urllib.parse import unquote

from tests.differential import shared
from tests.differential.difference import (
    ABSENT,
    Case,
    Difference,
    Value,
    always,
    answer,
    fixture,
    of,
    sent,
    to,
    wherever_other,
)
from tests.differential.shared import ALB, URL, V1, V2

_SINGLE_MAPS_LOST = fixture("single_maps_only", "null_multi_maps")
_SINGLE_MAPS = (
    "Headers and query parameters of the single-value maps are used if the multi-value maps are null or don't contain "
    "them; they were lost."
)
_NOT_TWICE = (
    "Content type and length are in `CONTENT_TYPE` and `CONTENT_LENGTH` only, as in CGI; they were in `HTTP_` keys too."
)
_NO_TEXT = ("latin1_body", "mislabelled_body")
_BINARY = (*_NO_TEXT, "binary", "gzip", "no_content_type_binary")


def _lines(case: Case, name: str) -> list[str]:
    """The values of a header in the map that it reads: the multi-value one if there is such a key."""
    family = "multiValueHeaders" if "multiValueHeaders" in case.event else "headers"
    return sent({family: case.event.get(family)}, name)


def _last(case: Case, name: str, default: str = "") -> str:
    value = (_lines(case, name) or [default])[-1]
    return value.split(",")[-1] if case.origin in (V2, URL) else value


def _cookie(case: Case) -> str:
    return ";".join(case.event.get("cookies", ())) + "".join(";" + line for line in sent(case.event, "cookie"))


def _decoded(case: Case) -> str:
    return unquote(case.event.get("rawPath") or case.event.get("path", "/"), "latin-1")


def _in_base64(case: Case) -> bool:
    """Never for payload 1.0; else whatever has none of a few types in front of its content type."""
    content_type = "".join(case.response.values("content-type"))
    texts = ("text/", "application/json", "application/problem+json", "application/vnd.api+json")
    encoded = bool(case.response.values("content-encoding")) or not content_type.startswith(texts)
    return case.origin != V1 and encoded and case.response.body != b""


def _spelt(name: str) -> Difference:
    def theirs(case: Case) -> Value:
        found = [(key, value) for key, value in case.response.headers if key.lower() == name]
        return found or ABSENT

    return wherever_other(
        f"answer.header:{name}",
        theirs,
        "Header names are in lower case for every front door; a REST API's and a load balancer's were passed on as the "
        "app wrote them.",
        lambda case: case.origin in (V1, ALB) and case.answer == "capitals",
    )


def _as_sent(name: str) -> Difference:
    key = "HTTP_" + name.upper().replace("-", "_")
    return Difference(
        key,
        fixture("values_not_text"),
        lambda case, ours: case.event["headers"][name],
        "Header values that aren't strings in the event become strings, or are omitted for null; they were put into "
        "the environ unchanged.",
    )


DIFFERENCES = [
    shared.INVALID_BASE64,
    shared.incomplete(
        lambda case: case.origin in (V2, URL) and case.fixture in ("absent_headers", "minimal", "null_heavy")
    ),
    shared.incomplete(lambda case: case.origin == ALB and case.fixture in ("minimal", "null_heavy")),
    shared.incomplete(
        lambda case: case.origin in (V1, ALB) and case.fixture in ("values_not_text", "values_not_text_multi")
    ),
    # The environ
    shared.NEW_KEYS,
    shared.CONTENT_LENGTH,
    Difference(r"serverless\..*", always, to(ABSENT), "`rival_keys` adds serverless-wsgi's keys as well."),
    Difference(
        "HTTP_X_(AMZN_REQUEST_CONTEXT|AMZN_LAMBDA_CONTEXT|AMZ_TENANT_ID)",
        always,
        to(ABSENT),
        "`rival_keys` adds Lambda Web Adapter's request headers as well.",
    ),
    Difference(
        "apig_wsgi.request_context",
        fixture("absent_request_context", "method_and_path", "method_and_path_version", "minimal"),
        to(ABSENT),
        "`apig_wsgi.request_context` is None for an event without one; it was absent.",
    ),
    Difference("HTTP", always, to("on"), "There is no key `HTTP`; it was `on`."),
    wherever_other(
        "SCRIPT_NAME",
        lambda case: "",
        "`SCRIPT_NAME` is the stage on an execute-api domain, so that the URLs an app makes work behind it; it was "
        "empty.",
    ),
    Difference(
        "PATH_INFO",
        lambda case: case.event.get("rawPath", "").startswith("/prod") and case.fixture != "named_stage_lookalike",
        lambda case, ours: "/prod" + ours,
        "`PATH_INFO` doesn't contain the stage of an HTTP API; it did.",
    ),
    wherever_other(
        "PATH_INFO",
        _decoded,
        "The path is percent-decoded once, and has one character per byte, as PEP 3333 requires; behind HTTP APIs it "
        "was decoded twice, and characters that AWS had decoded were put into the environ unchanged.",
        fixture("decoded_path", "illegal_path"),
    ),
    Difference(
        "QUERY_STRING",
        lambda case: case.fixture == "illegal_query",
        lambda case, ours: (
            ours.replace("a%20b|", "a+b%7C").replace('{1}"<2>%23', "%7B1%7D%22%3C2%3E#")
            if case.origin == ALB
            else case.event["rawQueryString"]
        ),
        shared.ESCAPED_QUERY,
    ),
    wherever_other(
        "REMOTE_ADDR",
        lambda case: _last(case, "x-forwarded-for", "127.0.0.1").split(", ")[0],
        "`REMOTE_ADDR` is the address that the REST API or the load balancer saw, and absent if there is none; it was "
        "the first entry of `X-Forwarded-For`, which a client can forge, or `127.0.0.1`.",
        of(V1, ALB),
    ),
    wherever_other(
        "SERVER_NAME",
        lambda case: _last(case, "host"),
        "`SERVER_NAME` is a name without a port, and the event's domain name if there is no `Host`; it was the value "
        "of the header, or empty, which PEP 3333 forbids.",
    ),
    wherever_other(
        "SERVER_PORT",
        lambda case: _last(case, "x-forwarded-port"),
        "`SERVER_PORT` is the port in `Host`, in `X-Forwarded-Port` or of the scheme; it was the value of "
        "`X-Forwarded-Port`, or empty, which PEP 3333 forbids.",
    ),
    wherever_other(
        "wsgi.url_scheme",
        lambda case: _last(case, "x-forwarded-proto", "http"),
        "`wsgi.url_scheme` is `http` or `https`, in lower case, and `https` behind API Gateway if no header says "
        "otherwise; it was the value of `X-Forwarded-Proto`, or `http`.",
    ),
    wherever_other(
        "SERVER_PROTOCOL",
        lambda case: case.event["requestContext"]["http"]["protocol"] if case.origin in (V2, URL) else "HTTP/1.1",
        "`SERVER_PROTOCOL` is the client's, `HTTP/2` for `HTTP/2.0`; it was always `HTTP/1.1` for REST APIs.",
    ),
    wherever_other("HTTP_CONTENT_TYPE", lambda case: ",".join(_lines(case, "content-type")) or ABSENT, _NOT_TWICE),
    wherever_other("HTTP_CONTENT_LENGTH", lambda case: ",".join(_lines(case, "content-length")) or ABSENT, _NOT_TWICE),
    wherever_other(
        "HTTP_COOKIE",
        _cookie,
        "`HTTP_COOKIE` is joined with `; `, and absent if there are no cookies; behind HTTP APIs and Function URLs it "
        "was joined with `;` or empty, and contained a Function URL's cookies twice.",
        of(V2, URL),
    ),
    Difference(
        "HTTP_COOKIE",
        lambda case: len(sent(case.event, "cookie")) > 1,
        lambda case, ours: ",".join(sent(case.event, "cookie")),
        "Several `Cookie` lines become one, joined with `; `; they were joined with a comma, which no framework can "
        "read.",
    ),
    *[
        shared.header_line(
            name,
            shared.several(name),
            ",".join,
            "Values of a repeated request header are joined with `, ` instead of `,`, which means the same.",
        )
        for name in ("accept", "x-tag", "x-voker-probe", "x-forwarded-for")
    ],
    *[shared.header_line(name, shared.there(name), ",".join, shared.SPOOFED) for name in shared.SPOOFABLE],
    shared.header_line("x-city", shared.there("x-city"), "".join, shared.BYTES_IN_DISGUISE),
    shared.UNDERSCORE,
    *map(_as_sent, ("x-count", "x-enabled", "x-disabled", "x-missing")),
    Difference("HTTP_.*", _SINGLE_MAPS_LOST, to(ABSENT), _SINGLE_MAPS),
    Difference("QUERY_STRING", _SINGLE_MAPS_LOST, to(""), _SINGLE_MAPS),
    Difference("HTTP_X_ONLY_HERE", fixture("single_map_has_more"), to(ABSENT), _SINGLE_MAPS),
    # Answers
    shared.RAISES,
    Difference(
        "outcome",
        answer(*_NO_TEXT),
        to("fails"),
        "A body that has a text type and isn't UTF-8 is sent as base64; the invocation failed.",
    ),
    Difference(
        "outcome",
        lambda case: case.origin == V1 and case.answer in _BINARY,
        to("fails"),
        "REST APIs get binary bodies as base64 (they need `binaryMediaTypes: */*`), as with `binary_support=True`; "
        "the invocation failed.",
    ),
    *shared.PASSED_ON,
    shared.STATUS_DESCRIPTION,
    *map(_spelt, ("content-type", "x-request-id")),
    Difference(
        shared.REPEATED,
        lambda case: (
            case.origin in (V2, URL, ALB) and case.fixture == "plain" and case.answer in ("repeated", "many_short")
        ),
        lambda case, ours: [(ours[0][0], ours[0][1].split(", ")[-1])],
        "Every value of a repeated response header reaches the client, joined with `, `; only the last did.",
    ),
    Difference(
        "answer.header:set-cookie",
        lambda case: case.origin == ALB and case.fixture == "plain" and case.answer == "set_cookie",
        lambda case, ours: [("set-cookie", ours[-1][1])],
        "A load balancer in single-value mode gets several `Set-Cookie` headers in different spellings, and a warning "
        "is logged; only the last was sent.",
    ),
    wherever_other(
        "answer.base64",
        _in_base64,
        "Other text formats (`+json`, `+xml`, JavaScript, YAML, SQL, SVG, forms …), types with the charset UTF-8 and "
        "bodies without a content type are sent as text if they are UTF-8. Text in another charset, bodies with a "
        "content coding and types that only begin like JSON (`application/jsonpath`) are sent as base64.",
    ),
]
