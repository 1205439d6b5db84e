"""What mypy and pyright say about a user's calls: nothing about right ones, what is wrong about the others."""

from pathlib import Path

import pytest

from tests.support.type_checkers import Check, by_mypy, by_pyright

RIGHT = (
    "run_asgi(api)",
    "run_asgi(site)",
    "run_wsgi(site)",
    "run(on_order)",
    "run(on_api)",
    "run(lambda event, context: event['name'])",
    "run_http(create)",
    "run_http(lambda request: request.path)",
    "asgi_handler(api, on_event={'sqs': on_order, '*': on_api})({}, None)",
    "wsgi_handler(site, on_invocation_end=flush, on_shutdown=nothing)({}, None)",
    "http_handler(path)({}, None)",
    "httpx.Client(transport=LambdaTransport(site, 'alb', authorizer={'iam': {'accountId': '1'}}))",
    "httpx.AsyncClient(transport=AsyncLambdaTransport('main:app', 'http-api', kind='asgi'))",
    "make_event('PUT', '/', origin=RequestOrigin.alb, json=[1])['requestContext']['elb']['targetGroupArn'].lower()",
    "lambda_request(api).event['rawPath'].lower()",
    "lambda_request(api, None)",
    "run_asgi(api, lifespan='off', root_path='', pass_through_path=None, text_types=['model/*'])",
    "run_wsgi(site, invoke_mode='response_stream', trusted_proxies=1, fail_on_status=[500, '502-504'])",
    "run(on_order, deadline_margin_ms=500, graceful_shutdown=False, on_invocation_start=flush)",
    "run_http(create, base_path='/v1', fail_on_status=range(500, 600))",
    "LambdaTransport(api, base_path='/v1', invoke_mode='response_stream', stage='live')",
)

# The call, then mypy's code and words, then pyright's.
WRONG = (
    ("run_asgi('main:app')", "arg-type", 'incompatible type "str"', "reportArgumentType", 'in function "run_asgi"'),
    ("run_wsgi(path)", "arg-type", "Callable[[Request], Coroutine", "reportArgumentType", 'in function "run_wsgi"'),
    ("run(three)", "arg-type", "Callable[[Any, Any], object]", "reportArgumentType", 'Extra parameter "c"'),
    ("run_http(number)", "arg-type", "Callable[[Request], int]", "reportArgumentType", 'return type "int" is incompat'),
    ("http_handler(nothing)", "arg-type", "Callable[[], None]", "reportArgumentType", "expected 1 but received 0"),
    ("asgi_handler(api)({})", "call-arg", "Too few arguments", "reportCallIssue", "Expected 1 more positional"),
    (
        "run_asgi(api, on_invocation_end=nothing)",
        "arg-type",
        'expected "Callable[[LambdaContext], object]"',
        "reportArgumentType",
        'parameter "on_invocation_end" of type "InvocationHook"',
    ),
    ("run(on_order, on_shutdown=flush)", "arg-type", "Callable[[], object]", "reportArgumentType", '"ShutdownHook"'),
    (
        "wsgi_handler(site, on_event={'sqs': three})",
        "dict-item",
        '"str": "Callable[[int, int, int], None]"',
        "reportArgumentType",
        'parameter "on_event"',
    ),
    ("LambdaTransport(api, 'cdn')", "arg-type", "'alb', 'alb-multi'", "reportArgumentType", 'type "FrontDoor"'),
    ("LambdaTransport(api, kind='cgi')", "arg-type", "'asgi', 'wsgi'", "reportArgumentType", 'parameter "kind"'),
    (
        "httpx.AsyncClient(transport=LambdaTransport(api))",
        "arg-type",
        'expected "AsyncBaseTransport | None"',
        "reportArgumentType",
        'not assignable to "AsyncBaseTransport"',
    ),
    ("make_event(orgin='alb')", "call-arg", 'did you mean "origin"?', "reportCallIssue", 'No parameter named "orgin"'),
    ("make_event(origin='lattice')", "arg-type", "'vpc-lattice'", "reportArgumentType", 'type "FrontDoor"'),
    ("lambda_request()", "call-overload", "at least one argument", "reportCallIssue", 'overloads for "lambda_request"'),
    (
        "lambda_request(api).headers",
        "attr-defined",
        '"LambdaRequest" has no attribute "headers"',
        "reportAttributeAccessIssue",
        'attribute "headers" for class "LambdaRequest"',
    ),
    (
        "current_context().aws_request_id",
        "union-attr",
        'Item "None" of "LambdaContext | None"',
        "reportOptionalMemberAccess",
        'not a known attribute of "None"',
    ),
)

# An option with a wrong value or name is a wrong argument to both. The words name the option and what it can be.
WRONG_OPTIONS = (
    ("run_asgi(api, lifespan='maybe')", "expected \"Literal['auto', 'on', 'off']\"", 'type "LifespanMode"'),
    ("run_asgi(api, lifespans='on')", 'Argument "lifespans"', 'parameter "lifespans"'),
    ("run_asgi(api, text_types=5)", 'expected "str | Sequence[str]"', 'type "TextTypes"'),
    (
        "run_wsgi(site, deadline_margin_ms='5')",
        'type "str"; expected "int"',
        '"Literal[\'5\']" is not assignable to "int"',
    ),
    ("run(on_order, base_path='/v1')", 'Argument "base_path"', 'parameter "base_path"'),
    ("run_http(create, invoke_mode='stream')", "Literal['buffered', 'response_stream']", 'type "InvokeMode"'),
    (
        "asgi_handler(api, trusted_proxies='one')",
        'Argument "trusted_proxies"',
        'parameter "trusted_proxies" of type "int"',
    ),
    ("wsgi_handler(site, fail_on_status=502.5)", 'expected "str | int | range | Sequence[', 'type "Statuses"'),
    ("http_handler(create, access_log='yes')", 'expected "bool"', '"access_log" of type "bool"'),
    ("LambdaTransport(api, body_encoding='utf-8')", "Literal['auto', 'text', 'base64']", 'type "BodyEncoding"'),
)

MYPY = {call: (rule, words) for call, rule, words, _, _ in WRONG}
MYPY |= {call: ("arg-type", words) for call, words, _ in WRONG_OPTIONS}
PYRIGHT = {call: (rule, words) for call, _, _, rule, words in WRONG}
PYRIGHT |= {call: ("reportArgumentType", words) for call, _, words in WRONG_OPTIONS}


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        pytest.param(by_mypy, MYPY, id="mypy"),
        pytest.param(by_pyright, PYRIGHT, id="pyright", marks=pytest.mark.slow),
    ],
)
def test_a_type_checker_says_what_is_wrong(check: Check, expected: dict[str, tuple[str, str]], tmp_path: Path) -> None:
    complaints = check([*RIGHT, *expected], tmp_path)
    assert {complaint.call: complaint.rule for complaint in complaints} == {
        call: rule for call, (rule, _) in expected.items()
    }
    assert [complaint for complaint in complaints if expected[complaint.call][1] not in complaint.message] == []
