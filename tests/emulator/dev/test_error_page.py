"""The pages of errors and refusals."""

import pytest

from lambda_http_adapter._emulator.dev.error_page import error_page, refusal_page
from lambda_http_adapter._emulator.doors.client import ClientResponse
from lambda_http_adapter._emulator.doors.responses import json_error
from lambda_http_adapter._emulator.sandbox.invocation import InvocationError

STACK = [
    '  File "/usr/lib/python3/dist-packages/framework/app.py", line 3, in call\n    handler()\n',
    '  File "/home/me/shop/main.py", line 12, in <module>\n    1 / 0\n    ~~^~~\n',
    "ValueError: a <member>",
]


def page(error_type: str, message: object, stack: object = None) -> str:
    response = error_page(InvocationError(error_type, error_payload(error_type, message, stack)), 502)
    assert response.status == 502
    assert response.headers == [(b"content-type", b"text/html; charset=utf-8")]
    return response.body.decode()


def error_payload(error_type: str, message: object, stack: object) -> dict[str, object]:
    return {"errorType": error_type, "errorMessage": message, "stackTrace": stack}


def test_own_frames_come_first_and_libraries_are_folded() -> None:
    html = page("ZeroDivisionError", "division by zero", STACK)
    own = html.index("main.py&quot;, line 12, in &lt;module&gt;")
    fold = html.index("<details><summary>… 1 library frame: framework</summary>")
    library = html.index("app.py&quot;, line 3")
    assert own < fold < library < html.index("ValueError: a &lt;member&gt;")
    assert "On AWS the client would see only a bare 502" in html
    assert '<a href="/_lambda">' in html


@pytest.mark.parametrize("stack", [None, [], "text", [None, 3]])
def test_without_a_stack(stack: object) -> None:
    assert "<h1>E</h1><pre>no luck</pre>" in page("E", "no luck", stack)


@pytest.mark.parametrize(
    ("error_type", "sentence"),
    [
        ("Sandbox.Timedout", "Raise the limit with --timeout SECONDS"),
        ("Runtime.OutOfMemory", "Raise the limit with --memory MB."),
        ("Runtime.ImportModuleError", "Install the missing package in the environment of `dev`, or correct"),
        ("Function.ResponseSizeTooLarge", "Send less, or stream: --stream with function-url or rest allows 200 MB."),
        ("Function.ResponseTooLargeError", "To let it stream, start `dev` with --stream and --origin"),
        ("ValueError", "Correct the app; `dev` restarts it when a file is saved."),
    ],
)
def test_what_to_do(error_type: str, sentence: str) -> None:
    assert f"<p>{sentence}" in page(error_type, "no luck")


def test_what_no_page_can_hold() -> None:
    html = page("<script>", "\udc80 \ud83d\x00<b>", ['  File "\udc80.py", line 1, in f\n'])
    assert "<script>" not in html
    assert "\\udc80 \\ud83d\x00&lt;b&gt;" in html
    assert page("E", {"a": ["b"]}).count("&#x27;a&#x27;") == 1


def test_a_refusal_says_why_and_what_to_do() -> None:
    bare = json_error(403, '{"message":"Forbidden"}')
    response = refusal_page(bare, "the path is <outside>.", "open /a&b/", "/a&b/")
    html = response.body.decode()
    assert response.status == 403
    assert "<h1>403 Forbidden</h1>" in html
    assert '<p>The path is &lt;outside&gt;. Open /a&amp;b/. <a href="/a&amp;b/">/a&amp;b/</a></p>' in html
    assert "{&quot;message&quot;:&quot;Forbidden&quot;}" in html


def test_a_refusal_keeps_its_other_headers() -> None:
    bare = ClientResponse(401, [(b"Content-Type", b"text/plain"), (b"www-authenticate", b"Bearer")], b"no")
    html_type = (b"content-type", b"text/html; charset=utf-8")
    assert refusal_page(bare, "x", "y").headers == [(b"www-authenticate", b"Bearer"), html_type]


def test_a_refusal_of_an_unknown_status() -> None:
    html = refusal_page(ClientResponse(299, [], b"\xff"), "x", "y").body.decode()
    assert "<h1>299</h1><p>X. Y.</p>" in html
