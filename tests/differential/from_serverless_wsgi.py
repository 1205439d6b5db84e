"""serverless-wsgi 3.1."""

from urllib.parse import parse_qsl, urlencode

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

_TEXTS = ("application/json", "application/javascript", "application/xml", "application/vnd.api+json", "image/svg+xml")
_REPEATING = ("repeated", "many_short")
_STAGE = (
    "`SCRIPT_NAME` is the stage if the client's URL contains it, and `PATH_INFO` doesn't contain it; if `Host` was "
    "Amazon's, `SCRIPT_NAME` was the stage, even `/$default`, or `/` for a load balancer, and both contained the stage "
    'of an HTTP API. Behind a CDN that adds the stage, set `root_path=""` instead of `STRIP_STAGE_PATH`.'
)


def _first(case: Case, name: str, default: str = "") -> str:
    return [*sent(case.event, name), default][0]


def _script_name(case: Case) -> str:
    on_amazon = "amazonaws.com" in _first(case, "host")
    return "/" + case.event.get("requestContext", {}).get("stage", "") if on_amazon else ""


def _principal(case: Case) -> str:
    authorizer = (case.event.get("requestContext") or {}).get("authorizer") or {}
    return str(authorizer.get("principalId", ""))


def _source_ip(case: Case) -> str:
    return str(case.event.get("requestContext", {}).get("identity", {}).get("sourceIp", ""))


def _recoded(case: Case) -> str:
    return urlencode(parse_qsl(case.ours["QUERY_STRING"], keep_blank_values=True))


def _in_base64(case: Case) -> bool:
    media_type = "".join(case.response.values("content-type")).partition(";")[0]
    is_text = media_type in ("", *_TEXTS) or media_type.startswith("text/")
    return case.response.body != b"" and (not is_text or bool(case.response.values("content-encoding")))


def _case_variants(case: Case, ours: Value) -> Value:
    """A spelling for each value, as far as they go."""
    name = ours[0][0]
    return list(zip((name, name.capitalize()), case.response.values(name), strict=False))


_NOT_TEXT = (
    "Header and query values that aren't strings in the event are written as in JSON (`true`), or omitted for null; "
    "they were written as in Python (`True`, `None`)."
)


def _spelt_as_in_python(name: str, rest: Value, others: Value) -> Difference:
    return wherever_other(
        "HTTP_" + name.upper().replace("-", "_"),
        lambda case: rest if case.origin == V1 else others,
        _NOT_TEXT,
        lambda case: case.origin in (V1, V2, URL) and case.fixture == "values_not_text",
    )


DIFFERENCES = [
    shared.INVALID_BASE64,
    shared.incomplete(fixture("absent_headers", "method_and_path", "minimal", "null_heavy")),
    shared.incomplete(lambda case: case.origin == ALB and case.fixture in ("values_not_text", "values_not_text_multi")),
    # The environ
    shared.NEW_KEYS,
    shared.CONTENT_LENGTH,
    Difference(r"apig_wsgi\..*", always, to(ABSENT), "`rival_keys` adds apig-wsgi's keys as well."),
    Difference(
        "HTTP_X_(AMZN_REQUEST_CONTEXT|AMZN_LAMBDA_CONTEXT|AMZ_TENANT_ID)",
        always,
        to(ABSENT),
        "`rival_keys` adds Lambda Web Adapter's request headers as well.",
    ),
    wherever_other(
        "CONTENT_TYPE",
        lambda case: _first(case, "content-type"),
        "`CONTENT_TYPE` is absent if the client sent none; it was empty.",
    ),
    wherever_other(
        "REMOTE_USER",
        _principal,
        "`REMOTE_USER` isn't set, because frameworks treat it as a login; it was the authorizer's `principalId`, or "
        "empty. The authorizer is in `aws.event`, and with `rival_keys` in `serverless.authorizer`.",
    ),
    wherever_other(
        "REMOTE_ADDR",
        _source_ip,
        "`REMOTE_ADDR` is the client's address behind a load balancer too, from `X-Forwarded-For`, and absent if there "
        "is none; it was empty.",
        of(V1, ALB),
    ),
    wherever_other("SCRIPT_NAME", _script_name, _STAGE),
    Difference(
        "PATH_INFO",
        lambda case: case.event.get("rawPath", "").startswith("/prod") and case.fixture != "named_stage_lookalike",
        lambda case, ours: "/prod" + ours,
        _STAGE,
    ),
    Difference(
        "PATH_INFO",
        fixture("illegal_path", "decoded_delimiters"),
        lambda case, ours: ours.partition("?")[0],
        "A `?` in a path, which AWS may have decoded from `%3F`, stays in the path; it ended the path.",
    ),
    Difference(
        "PATH_INFO",
        fixture("decoded_path"),
        lambda case, ours: ours.replace("%41", "A"),
        "The path is percent-decoded once; behind HTTP APIs it was decoded twice.",
    ),
    Difference(
        "PATH_INFO",
        fixture("encoded_path"),
        lambda case, ours: ours.replace("\xff", "\ufffd".encode().decode("latin-1")),
        "A byte in the path that isn't UTF-8 is kept; it was replaced.",
    ),
    wherever_other(
        "QUERY_STRING",
        _recoded,
        "A load balancer's query is passed on unchanged; it was decoded and encoded again, which replaced `%FF`.",
        of(ALB),
    ),
    wherever_other(
        "QUERY_STRING",
        lambda case: case.event["rawQueryString"].encode().decode("latin-1"),
        shared.ESCAPED_QUERY,
        lambda case: case.origin in (V2, URL) and case.fixture == "illegal_query",
    ),
    wherever_other(
        "SERVER_NAME",
        lambda case: _first(case, "host", "lambda"),
        "`SERVER_NAME` is a name without a port, and the event's domain name if there is no `Host`; it was the value "
        "of the header, or `lambda`.",
    ),
    wherever_other(
        "SERVER_PORT",
        lambda case: _first(case, "x-forwarded-port", "443"),
        "`SERVER_PORT` is the port in `Host`, in `X-Forwarded-Port` or of the scheme; it was the value of "
        "`X-Forwarded-Port`, or 443.",
    ),
    wherever_other(
        "wsgi.url_scheme",
        lambda case: _first(case, "x-forwarded-proto", "https"),
        "`wsgi.url_scheme` is `http` or `https`, in lower case, and `http` for a load balancer's health check; it was "
        "the value of `X-Forwarded-Proto`, or `https`.",
    ),
    wherever_other(
        "SERVER_PROTOCOL",
        lambda case: "HTTP/1.1",
        "`SERVER_PROTOCOL` is the client's; it was always `HTTP/1.1`.",
    ),
    wherever_other(
        "HTTP_COOKIE",
        lambda case: "; ".join(case.event.get("cookies", ())),
        "`HTTP_COOKIE` is the `Cookie` header if there is one, as from a Function URL, and absent if there are no "
        "cookies; it was made from `cookies`, or empty.",
        of(V2, URL),
    ),
    *[
        shared.header_line(
            name,
            shared.several(name),
            lambda lines: lines[-1],
            "Values of a repeated header are joined with `, `, those of `Cookie` with `; `; only the last was kept.",
        )
        for name in ("accept", "cookie", "x-tag", "x-voker-probe", "x-forwarded-for")
    ],
    *[
        shared.header_line(name, shared.there(name), lambda lines: lines[-1], shared.SPOOFED)
        for name in shared.SPOOFABLE
    ],
    shared.UNDERSCORE,
    shared.header_line("x-city", shared.there("x-city"), "".join, shared.BYTES_IN_DISGUISE),
    _spelt_as_in_python("x-count", "None", "3"),
    _spelt_as_in_python("x-enabled", "True", "True"),
    _spelt_as_in_python("x-disabled", ABSENT, "False"),
    _spelt_as_in_python("x-missing", "None", "None"),
    wherever_other(
        "QUERY_STRING",
        lambda case: "page=2&all=True",
        _NOT_TEXT,
        lambda case: case.origin == V1 and case.fixture == "values_not_text",
    ),
    Difference(
        "HTTP_X_ONLY_HERE",
        fixture("single_map_has_more"),
        to(ABSENT),
        "A header that only the single-value map contains, as in events of emulators, is used; it was lost.",
    ),
    # Answers
    shared.RAISES,
    Difference(
        "outcome",
        answer("latin1_body", "mislabelled_body", "no_content_type_binary"),
        to("fails"),
        "A body that has a text type or none, and isn't UTF-8, is sent as base64; the invocation failed.",
    ),
    Difference(
        "outcome",
        lambda case: case.origin == ALB and case.answer == "unknown_status",
        to("fails"),
        "A load balancer may get a status without a standard name; the invocation failed.",
    ),
    *shared.PASSED_ON,
    Difference(
        r"answer\.header:(content-type|x-request-id)",
        answer("capitals"),
        lambda case, ours: [pair for pair in case.response.headers if pair[0].lower() == ours[0][0]],
        "Header names in responses are in lower case; they were passed on as the app wrote them.",
    ),
    Difference(
        "answer.header:content-type",
        answer("no_content_type", "no_content", "not_modified"),
        to([("Content-Type", "text/plain; charset=utf-8")]),
        "A response without a content type is passed on without one; it became `text/plain; charset=utf-8`, even with "
        "204.",
    ),
    Difference(
        shared.REPEATED,
        lambda case: case.origin in (V2, URL, ALB) and case.fixture == "plain" and case.answer in _REPEATING,
        _case_variants,
        "Values of a repeated header are joined with `, `; they were sent separately in different spellings of the "
        "name, and a one-letter name lost its third value.",
    ),
    Difference(
        "answer.(cookies|header:set-cookie)",
        lambda case: case.origin in (V2, URL) and case.answer == "set_cookie",
        lambda case, ours: [("set-cookie", "a=1; Path=/"), ("Set-cookie", "b=2")] if ours is ABSENT else ABSENT,
        "HTTP APIs and Function URLs get `Set-Cookie` in `cookies`, as documented; it was in `headers`, in different "
        "spellings of the name.",
    ),
    wherever_other(
        "answer.base64",
        _in_base64,
        "Other text formats (`+json`, `+xml`, YAML, SQL, forms …) and types with the charset UTF-8 are sent as text if "
        "they are UTF-8. Text in another charset is sent as base64.",
    ),
]
