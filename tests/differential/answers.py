"""What apps answer, and to which events: one of each kind that an answer can depend on."""

import gzip

from tests.differential.difference import Response

_JSON = ("content-type", "application/json")
_TEXT = ("content-type", "text/plain; charset=utf-8")
_PNG = b"\x89PNG\r\n\x1a\n"

RESPONSES = {
    "json": Response(200, (_JSON,), b'{"a":1}'),
    "utf8_body": Response(200, (_TEXT,), "größe ☕".encode()),
    "latin1_body": Response(200, (("content-type", "text/plain; charset=iso-8859-1"),), "größe".encode("latin-1")),
    "utf16_body": Response(200, (("content-type", "text/plain; charset=utf-16"),), "a".encode("utf-16-le")),
    "mislabelled_body": Response(200, (_JSON,), b"\xff\xfe"),
    "binary": Response(200, (("content-type", "image/png"),), _PNG),
    "problem": Response(409, (("content-type", "application/problem+json"),), b'{"title":"no"}'),
    "svg": Response(200, (("content-type", "image/svg+xml"),), b"<svg/>"),
    "openapi": Response(200, (("content-type", "application/vnd.oai.openapi"),), b"openapi: 3.1.0"),
    "json_lines": Response(200, (("content-type", "application/jsonlines"),), b"{}\n{}\n"),
    "sql": Response(200, (("content-type", "application/sql"),), b"select 1"),
    "charset": Response(200, (("content-type", "application/x-shop; charset=utf-8"),), b"hello"),
    "form": Response(200, (("content-type", "application/x-www-form-urlencoded"),), b"a=1"),
    "gzip": Response(200, (_TEXT, ("content-encoding", "gzip")), gzip.compress(b"hello", mtime=0)),
    "coded": Response(200, (_TEXT, ("content-encoding", "x-shop")), b"hello"),
    "json_path": Response(200, (("content-type", "application/jsonpath"),), b"$.a"),
    "json_seq": Response(200, (("content-type", "application/json-seq"),), b"\x1e{}\n"),
    "json5": Response(200, (("content-type", "application/json5"),), b"{a: 1}"),
    "sparql": Response(200, (("content-type", "application/sparql-query"),), b"ask {}"),
    "playlist": Response(200, (("content-type", "application/vnd.apple.mpegurl"),), b"#EXTM3U"),
    "jwt": Response(200, (("content-type", "application/jwt"),), b"e30.e30.c2ln"),
    "pem": Response(200, (("content-type", "application/x-pem-file"),), b"-----BEGIN"),
    "metrics": Response(200, (("content-type", "application/openmetrics-text"),), b"# EOF"),
    "triples": Response(200, (("content-type", "application/n-triples"),), b"<a> <b> <c> ."),
    "dtd": Response(200, (("content-type", "application/xml-dtd"),), b"<!ELEMENT a ANY>"),
    "yaml": Response(200, (("content-type", "application/vnd.shop+yaml"),), b"a: 1"),
    "unknown_type": Response(200, (("content-type", "application/x-shop"),), b"hello"),
    "no_content_type": Response(200, (), b"hello"),
    "no_content_type_binary": Response(200, (), _PNG),
    "empty": Response(200, (("content-type", "image/png"),)),
    "head": Response(200, (_JSON, ("content-length", "7")), b'{"a":1}', method="HEAD"),
    "no_content": Response(204, (("content-length", "0"),)),
    "not_modified": Response(304, (("etag", '"1"'),), b"none of your business"),
    "unknown_status": Response(599, (_TEXT,), b"hello"),
    "set_cookie": Response(200, (_TEXT, ("set-cookie", "a=1; Path=/"), ("set-cookie", "b=2"))),
    "repeated": Response(200, (_TEXT, ("vary", "accept"), ("link", "</a>"), ("vary", "cookie"), ("link", "</b>"))),
    "many_short": Response(200, (_TEXT, ("x", "0"), ("x", "1"), ("x", "2"))),
    "latin1_header": Response(200, (_TEXT, ("x-name", "José"))),
    "capitals": Response(200, (("Content-Type", "text/plain"), ("X-Request-ID", "7")), b"hello"),
    "hop_by_hop": Response(200, (_TEXT, ("connection", "close"), ("transfer-encoding", "chunked")), b"hello"),
    "wrong_length": Response(200, (_TEXT, ("content-length", "99")), b"hello"),
    "refused_at_edge": Response(200, (_TEXT, ("via", "1.1 app"), ("x-cache", "hit"))),
    "raises": Response(raises="before"),
    "raises_behind": Response(200, (_JSON,), raises="behind"),
}

ASKED = {
    "api_gateway_v1": ("plain", "http_api"),
    "api_gateway_v2": ("plain",),
    "function_url": ("plain",),
    "alb": ("plain", "plain_multi"),
    "lambda_edge": ("viewer_request_get",),
}
