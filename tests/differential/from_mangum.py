"""Mangum 0.22."""

import re
from base64 import b64encode
from urllib.parse import parse_qsl, unquote, urlencode

from tests.differential import shared
from tests.differential.difference import (
    ABSENT,
    Case,
    Difference,
    Event,
    Value,
    always,
    answer,
    fixture,
    of,
    sent,
    to,
    wherever_other,
)
from tests.differential.shared import ALB, EDGE, URL, V1, V2

_TEXTS = re.compile("text/|application/(json|javascript|xml|vnd.api+json|vnd.oai.openapi)")


def _edge_request(case: Case) -> Event:
    return case.event["Records"][0]["cf"]["request"]  # type: ignore[no-any-return]


def _raw_query(case: Case) -> str:
    return str(_edge_request(case)["querystring"] if case.origin == EDGE else case.event.get("rawQueryString", ""))


def _recoded(query: bytes) -> bytes:
    return urlencode(parse_qsl(query.decode(), keep_blank_values=True)).encode()


def _ends_in_slash(case: Case) -> bool:
    path = str(case.event.get("rawPath", ""))
    return path.endswith("/") and bool(path != case.event["requestContext"]["http"]["path"])


def _decodes_twice(case: Case) -> bool:
    return case.origin in (V2, URL) and unquote(case.ours["path"]) != case.ours["path"]


def _repeats(case: Case) -> bool:
    headers = (value for name, value in case.ours.items() if name.startswith("header:"))
    return case.origin in (V1, EDGE) and any(len(values) > 1 for values in headers)


def _cookie_lines(case: Case, ours: Value) -> Value:
    lines = sent(case.event, "cookie")
    if case.origin == V1:
        return [", ".join(lines)]
    return lines if case.origin == ALB else lines[:1]


def _spoofed(name: str) -> Difference:
    def theirs(case: Case, ours: Value) -> Value:
        values = sent(case.event, name)
        return [", ".join(values)] if case.origin == V1 else values

    return Difference(f"header:{name}", lambda case: bool(sent(case.event, name)), theirs, shared.SPOOFED)


def _utf8(values: list[str]) -> list[str]:
    return [value.encode().decode("latin-1") if value == "José" else value for value in values]


def _forwarded_for(case: Case) -> tuple[str, int]:
    return (sent(case.event, "x-forwarded-for") or [""])[-1], 0


def _server(case: Case) -> tuple[str, int]:
    host = (sent(case.event, "host") or ["mangum"])[0]
    return host, int((sent(case.event, "x-forwarded-port") or ["80"])[0])


def _proto(case: Case) -> str:
    name = "cloudfront-forwarded-proto" if case.origin == EDGE else "x-forwarded-proto"
    return (sent(case.event, name) or ["https"])[0]


def _in_base64(case: Case) -> bool:
    """Whatever has none of a few types somewhere in its content type, and what is no UTF-8."""
    content_type = "".join(case.response.values("content-type"))
    if case.origin in (V2, URL):
        content_type = content_type or "application/json"
    return case.response.body != b"" and not (_TEXTS.search(content_type) and shared.is_utf8(case.response.body))


_BODY_ENCODING = (
    "A base64 body is marked by `bodyEncoding`, which CloudFront reads; it wasn't, so that the client got base64."
)
_REFUSED = (
    "Headers that CloudFront keeps for itself are dropped; they were passed on, and CloudFront answers 502 to them."
)

DIFFERENCES = [
    shared.INVALID_BASE64,
    Difference(
        "outcome",
        fixture("forwarded_port_list", "local_emulator", "ipv6_host", "ipv6_host_without_port"),
        to("fails"),
        "An IPv6 address in `Host` and a list in `X-Forwarded-Port` are accepted; the invocation failed.",
    ),
    Difference(
        "outcome",
        fixture("viewer_request_body_truncated"),
        to("served"),
        "A request whose body CloudFront has cut off is answered with 413; the app got the part as the whole.",
    ),
    shared.incomplete(fixture("absent_request_context", "minimal", "null_heavy", "viewer_request_no_querystring")),
    shared.incomplete(fixture("method_and_path", "method_and_path_version")),
    shared.incomplete(fixture("null_multi_maps", "values_not_text", "values_not_text_multi")),
    shared.incomplete(lambda case: case.origin == ALB and case.fixture == "absent_headers"),
    # The scope
    Difference(
        "asgi", always, to({"version": "3.0", "spec_version": "2.0"}), "`asgi.spec_version` is 2.4; it was 2.0."
    ),
    Difference(
        "aws.request_origin|extensions",
        always,
        to(ABSENT),
        "`aws.request_origin` and `extensions` are new beside `aws.event` and `aws.context`.",
    ),
    Difference("raw_path", always, to(None), "`raw_path` is the percent-encoded path; it was None."),
    Difference(
        "path",
        lambda case: case.origin == V1 and case.ours["root_path"] != "",
        lambda case, ours: ours.removeprefix(case.ours["root_path"]),
        "`path` starts with `root_path`, as ASGI requires, and frameworks route on the rest; for REST APIs it was "
        "without the stage.",
    ),
    wherever_other(
        "root_path",
        lambda case: "",
        "`root_path` is the stage on an execute-api domain, so that the URLs an app makes, such as those in FastAPI's "
        "`/docs`, work behind it; it was empty.",
    ),
    Difference(
        "path",
        fixture("named_stage_custom_domain", "named_stage_custom_domain_root"),
        lambda case, ours: "/prod" + ours,
        "`path` doesn't contain the stage of an HTTP API behind a custom domain, because the client's URL doesn't; it "
        "did.",
    ),
    Difference(
        "path",
        _ends_in_slash,
        lambda case, ours: ours.removesuffix("/"),
        "A trailing slash in the path is kept; behind HTTP APIs and Function URLs it was lost.",
    ),
    Difference(
        "path",
        _decodes_twice,
        lambda case, ours: unquote(ours),
        "The path is percent-decoded once; behind HTTP APIs and Function URLs it was decoded twice, so that a client's "
        "`/%2541` became `/A`.",
    ),
    wherever_other(
        "path",
        lambda case: _edge_request(case)["uri"],
        "The path is percent-decoded behind CloudFront too; it was not.",
        of(EDGE),
    ),
    wherever_other(
        "query_string",
        lambda case: _recoded(case.ours["query_string"]),
        "A load balancer's query is passed on unchanged; it was decoded and encoded again, which replaced `%FF`.",
        of(ALB),
    ),
    Difference(
        "query_string",
        lambda case: case.origin != ALB and not _raw_query(case).isascii(),
        lambda case, ours: _raw_query(case).encode(),
        "Characters that aren't allowed in a query are percent-encoded; they were passed on unchanged.",
    ),
    wherever_other("http_version", lambda case: "1.1", "`http_version` is the client's; it was always 1.1."),
    wherever_other(
        "client",
        _forwarded_for,
        "Behind a load balancer `client` is the address that it saw, the last entry of `X-Forwarded-For` (or an "
        "earlier one, with `trusted_proxies`), or None; it was the whole header, most of which a client can forge.",
        of(ALB),
    ),
    wherever_other(
        "scheme",
        _proto,
        "`scheme` is `http` or `https`, in lower case, and `http` for a load balancer's health check; it was the value "
        "of `X-Forwarded-Proto`, or `https`.",
    ),
    wherever_other(
        "server",
        _server,
        "If no header says otherwise, `server` is the event's domain name and the scheme's port; it was `mangum` and "
        "80.",
    ),
    # Its headers
    Difference(
        "header:(?!x-amz).*",
        _repeats,
        lambda case, ours: [", ".join(ours)] if case.origin == V1 else ours[:1],
        "Each value of a repeated header is a header of its own; a REST API's were joined with a comma, and of "
        "CloudFront's only the first was kept.",
    ),
    Difference(
        "header:cookie",
        lambda case: len(sent(case.event, "cookie")) > 1,
        _cookie_lines,
        "Several `Cookie` lines become one, joined with `; `; a REST API's were joined with a comma, which no "
        "framework can read, a load balancer's stayed separate, and of CloudFront's only the first was kept.",
    ),
    Difference(
        "header:cookie",
        fixture("cookie_header_wins"),
        lambda case, ours: ["; ".join(case.event["cookies"])],
        "A Function URL's cookies, which it sends twice, are read from the header; they were read from the list.",
    ),
    wherever_other(
        "header:content-length",
        lambda case: sent(case.event, "content-length") or ABSENT,
        "`Content-Length` is the length of the body that the app gets, even if the event has no such header; it was "
        "the event's.",
    ),
    Difference(
        "header:.*",
        fixture("non_latin1_header"),
        lambda case, ours: _utf8(ours),
        "Header values are encoded as latin-1, as in HTTP; they were encoded as UTF-8.",
    ),
    *map(_spoofed, shared.SPOOFABLE),
    Difference(
        "header:x_real_ip",
        fixture("underscore"),
        to(["203.0.113.9"]),
        "Request headers with a meaning for a front door or for HTTP are dropped if they are spelled with underscores "
        "(`X_Forwarded_Proto`), because some frameworks take them for the real ones; they were passed on.",
    ),
    # Answers
    Difference(
        "outcome",
        answer("latin1_header"),
        to("fails"),
        "Response headers may contain characters outside ASCII; the invocation failed.",
    ),
    *shared.PASSED_ON,
    shared.STATUS_DESCRIPTION,
    Difference(
        "answer.header:content-type",
        lambda case: case.origin in (V2, URL) and case.ours.get("answer.header:content-type") is None,
        to([("content-type", "application/json")]),
        "A response without a content type is passed on without one; behind HTTP APIs and Function URLs it became "
        "`application/json`, even with 204.",
    ),
    Difference(
        shared.REPEATED,
        lambda case: case.origin in (V2, URL) and case.answer in ("repeated", "many_short"),
        lambda case, ours: [(ours[0][0], ours[0][1].replace(", ", ","))],
        "Values of a repeated header are joined with `, ` instead of `,`, which means the same.",
    ),
    Difference(
        shared.REPEATED,
        lambda case: case.origin == ALB and case.fixture == "plain" and case.answer in ("repeated", "many_short"),
        lambda case, ours: list(zip((ours[0][0], ours[0][0].capitalize()), ours[0][1].split(", "), strict=False)),
        "For a load balancer in single-value mode, the values of a repeated header are joined with `, `, and only "
        "`Set-Cookie` is sent in several spellings; all repeated headers were, and a one-letter name lost its third "
        "value.",
    ),
    wherever_other(
        "answer.base64",
        _in_base64,
        "Other text formats (`+json`, `+xml`, YAML, SQL, SVG, forms …), types with the charset UTF-8 and bodies "
        "without a content type are sent as text if they are UTF-8; they were sent as base64, which a REST API without "
        "`binaryMediaTypes` shows to the client. Text in a charset other than UTF-8, bodies with a content coding and "
        "types that only begin like JSON (`application/jsonpath`) are sent as base64.",
        of(V1, V2, URL, ALB),
    ),
    # Lambda@Edge
    Difference(
        "answer.status",
        of(EDGE),
        lambda case, ours: int(ours),
        "CloudFront gets the status as a string, as documented; it was a number.",
    ),
    Difference(
        "answer.statusDescription", of(EDGE), to(ABSENT), "CloudFront gets `statusDescription`; it was missing."
    ),
    Difference(
        "answer.body",
        lambda case: case.origin == EDGE and _in_base64(case),
        lambda case, ours: b64encode(ours),
        _BODY_ENCODING,
    ),
    Difference(
        "answer.base64",
        lambda case: case.origin == EDGE and case.ours["answer.base64"],
        to(False),
        _BODY_ENCODING,
    ),
    Difference(
        shared.REPEATED + "|answer.header:set-cookie",
        lambda case: case.origin == EDGE and case.answer in ("repeated", "many_short", "set_cookie"),
        lambda case, ours: ours[-1:],
        "Every value of a repeated header reaches CloudFront; only the last did.",
    ),
    *[
        shared.passed_on(name, lambda case: case.origin == EDGE and case.answer == "refused_at_edge", _REFUSED)
        for name in ("via", "x-cache")
    ],
]
