"""Options and environment variables: what each is worth, which wins, and what is said about a wrong one."""

import pytest

from lambda_http_adapter._values.config import UNSET, Config, given, load_config
from lambda_http_adapter.errors import ConfigurationError
from lambda_http_adapter.origins import ORIGINS

Options = dict[str, object]
Environ = dict[str, str]

# An option, and everywhere a text may stand for it.
VALUES: list[tuple[str, str, Config]] = [
    ("invoke_mode", "buffered", Config(invoke_mode="buffered")),
    ("invoke_mode", "response_stream", Config(invoke_mode="response_stream")),
    ("invoke_mode", "RESPONSE_STREAM", Config(invoke_mode="response_stream")),
    ("base_path", "", Config(base_path="")),
    ("base_path", "/", Config(base_path="")),
    ("base_path", "v1", Config(base_path="/v1")),
    ("base_path", "/v1/", Config(base_path="/v1")),
    ("base_path", "/XL/X", Config(base_path="/XL/X")),
    ("base_path", "/api/v1", Config(base_path="/api/v1")),
    ("base_path", "/a%20b", Config(base_path="/a b")),
    ("root_path", "auto", Config(root_path="auto")),
    ("root_path", "", Config(root_path="")),
    ("root_path", "/", Config(root_path="")),
    ("root_path", "shop/", Config(root_path="/shop")),
    ("lifespan", "auto", Config(lifespan="auto")),
    ("lifespan", "on", Config(lifespan="on")),
    ("lifespan", "off", Config(lifespan="off")),
    ("pass_through_path", "/hooks/", Config(pass_through_path="/hooks")),
    ("pass_through_path", "/", Config(pass_through_path="/")),
    ("pass_through_path", "", Config(pass_through_path=None)),
    ("pass_through_host", "example.com", Config(pass_through_host="example.com")),
    ("trusted_proxies", "0", Config(trusted_proxies=0)),
    ("trusted_proxies", "2", Config(trusted_proxies=2)),
    ("forwarded_host", "X-Forwarded-Host", Config(forwarded_host=b"x-forwarded-host")),
    ("forwarded_host", "", Config(forwarded_host=b"")),
    ("forwarded_proto", "HTTPS", Config(forwarded_proto=b"https")),
    ("forwarded_proto", "CloudFront-Forwarded-Proto", Config(forwarded_proto=b"cloudfront-forwarded-proto")),
    ("body_encoding", "auto", Config(body_encoding="auto")),
    ("body_encoding", "text", Config(body_encoding="text")),
    ("body_encoding", "base64", Config(body_encoding="base64")),
    ("text_types", "", Config(text_types=frozenset())),
    ("text_types", "application/X-TeX, model/*,", Config(text_types=frozenset({"application/x-tex", "model/*"}))),
    ("stream_empty_body", "", Config(stream_empty_body="")),
    ("stream_empty_body", "newline", Config(stream_empty_body="newline")),
    ("fail_on_status", "", Config(fail_on_status=frozenset())),
    ("fail_on_status", "500", Config(fail_on_status=frozenset({500}))),
    ("fail_on_status", "500,502-504", Config(fail_on_status=frozenset({500, 502, 503, 504}))),
    ("fail_on_status", "100-599", Config(fail_on_status=frozenset(range(100, 600)))),
    ("fail_on_status", " 500 , 502 - 504 ,", Config(fail_on_status=frozenset({500, 502, 503, 504}))),
    ("authorization_source", "X-Authorization", Config(authorization_source=b"x-authorization")),
    ("authorization_source", "", Config(authorization_source=b"")),
    ("on_snapshot", "/hooks/before", Config(on_snapshot="/hooks/before")),
    ("on_restore", "after/", Config(on_restore="/after")),
    ("on_restore", "", Config(on_restore=None)),
    ("async_init", "true", Config(async_init=True)),
    ("processes", "auto", Config(processes="auto")),
    ("processes", "1", Config(processes=1)),
    ("processes", "2", Config(processes=2)),
    ("deadline_margin_ms", "500", Config(deadline_margin_ms=500)),
    ("deadline_margin_ms", "9" * 18, Config(deadline_margin_ms=10**18 - 1)),
    ("access_log", "true", Config(access_log=True)),
    ("graceful_shutdown", "false", Config(graceful_shutdown=False)),
    ("rival_keys", "true", Config(rival_keys=True)),
    ("rival_keys", "True", Config(rival_keys=True)),
    ("rival_keys", "False", Config(rival_keys=False)),
    ("rival_keys", "1", Config(rival_keys=True)),
    ("rival_keys", "false", Config(rival_keys=False)),
    ("rival_keys", "0", Config(rival_keys=False)),
    ("rival_keys", "", Config(rival_keys=False)),
]

FALLBACKS = {
    "invoke_mode": "AWS_LWA_INVOKE_MODE",
    "base_path": "AWS_LWA_REMOVE_BASE_PATH",
    "pass_through_path": "AWS_LWA_PASS_THROUGH_PATH",
    "fail_on_status": "AWS_LWA_ERROR_STATUS_CODES",
    "authorization_source": "AWS_LWA_AUTHORIZATION_SOURCE",
    "async_init": "AWS_LWA_ASYNC_INIT",
    "on_snapshot": "AWS_LWA_SNAPSTART_BEFORE_CHECKPOINT_PATH",
    "on_restore": "AWS_LWA_SNAPSTART_AFTER_RESTORE_PATH",
}


def values(config: Config) -> dict[str, object]:
    return {name: getattr(config, name) for name in Config.__annotations__}


def variable(option: str) -> str:
    return "LAMBDA_HTTP_ADAPTER_" + option.upper()


@pytest.mark.parametrize(("option", "text", "config"), VALUES)
def test_texts(option: str, text: str, config: Config) -> None:
    assert values(load_config({option: text}, {})) == values(config)
    assert values(load_config({}, {variable(option): text})) == values(config)
    if option in FALLBACKS:
        assert values(load_config({}, {FALLBACKS[option]: text})) == values(config)


@pytest.mark.parametrize(
    ("options", "config"),
    [
        ({}, Config()),
        ({"pass_through_path": None}, Config(pass_through_path=None)),
        ({"trusted_proxies": 1}, Config(trusted_proxies=1)),
        ({"text_types": ["model/mtl"]}, Config(text_types=frozenset({"model/mtl"}))),
        ({"fail_on_status": range(500, 503)}, Config(fail_on_status=frozenset({500, 501, 502}))),
        ({"fail_on_status": range(100, 600)}, Config(fail_on_status=frozenset(range(100, 600)))),
        ({"fail_on_status": 500}, Config(fail_on_status=frozenset({500}))),
        ({"fail_on_status": [500, "502-503"]}, Config(fail_on_status=frozenset({500, 502, 503}))),
        ({"on_shutdown": print}, Config(on_shutdown=print)),
        ({"on_snapshot": print}, Config(on_snapshot=print)),
        ({"on_event": {"sqs": print}}, Config(on_event={"sqs": print})),
        ({"rival_keys": True}, Config(rival_keys=True)),
        ({"origins": list(ORIGINS)}, Config(origins=ORIGINS)),
        ({"origins": ORIGINS[:1]}, Config(origins=ORIGINS[:1])),
    ],
)
def test_arguments_that_are_no_texts(options: Options, config: Config) -> None:
    assert values(load_config(options, {})) == values(config)


def test_the_defaults() -> None:
    assert values(load_config({}, {})) == {
        "invoke_mode": "buffered",
        "base_path": "",
        "root_path": "auto",
        "lifespan": "auto",
        "pass_through_path": "/events",
        "pass_through_host": "localhost",
        "trusted_proxies": 0,
        "forwarded_host": b"",
        "forwarded_proto": b"",
        "body_encoding": "auto",
        "text_types": frozenset(),
        "fail_on_status": frozenset(),
        "stream_empty_body": "",
        "authorization_source": b"",
        "rival_keys": False,
        "deadline_margin_ms": None,
        "access_log": False,
        "graceful_shutdown": True,
        "async_init": False,
        "processes": "auto",
        "on_invocation_start": None,
        "on_invocation_end": None,
        "on_shutdown": None,
        "on_snapshot": None,
        "on_restore": None,
        "on_event": None,
        "origins": None,
    }


# Values of an argument, our variable and the fallback: "501", "502" and "503" for the other options.
IN_ORDER = {"async_init": ("1", "0", "1"), "invoke_mode": ("buffered", "response_stream", "buffered")}


@pytest.mark.parametrize("option", FALLBACKS)
def test_the_argument_wins_over_our_variable_and_that_over_the_fallback(option: str) -> None:
    argument, own, fallback = IN_ORDER.get(option, ("501", "502", "503"))
    ours, theirs = {variable(option): own}, {FALLBACKS[option]: fallback}
    assert values(load_config({option: argument}, {**theirs, **ours})) == values(load_config({option: argument}, {}))
    assert values(load_config({}, {**theirs, **ours})) == values(load_config({option: own}, {}))
    assert values(load_config({}, theirs)) == values(load_config({option: fallback}, {}))


def test_an_empty_value_is_a_value() -> None:
    environ = {"LAMBDA_HTTP_ADAPTER_BASE_PATH": "", "AWS_LWA_REMOVE_BASE_PATH": "/v1"}
    assert values(load_config({}, environ)) == values(Config(base_path=""))
    ours = {"LAMBDA_HTTP_ADAPTER_BASE_PATH": "/v1"}
    assert values(load_config({"base_path": ""}, ours)) == values(Config(base_path=""))


A_PATH = "expected a path such as '/v1'."
MEDIA_TYPES = "expected media types such as 'application/x-tex, model/*'."
STATUSES = "expected statuses from 100 to 599 such as '500,502-504'."
COUNT = "expected a whole number, 0 or more."
PROCESSES = "expected 'auto' or a whole number, 1 or more."
HOST = "expected a host such as 'example.com'."
HOOK = "expected a callable, as an argument, or a path such as '/snapshot'."
LIFESPAN = "expected one of 'auto', 'on', 'off'."

WRONG: list[tuple[Options, Environ, str]] = [
    ({"base_path": 1}, {}, f"The option base_path is 1; {A_PATH}"),
    ({"base_path": None}, {}, f"The option base_path is None; {A_PATH}"),
    ({"root_path": b"/v1"}, {}, f"The option root_path is b'/v1'; {A_PATH}"),
    ({"pass_through_path": 1}, {}, f"The option pass_through_path is 1; {A_PATH}"),
    ({"pass_through_host": ""}, {}, f"The option pass_through_host is ''; {HOST}"),
    ({"lifespan": "maybe"}, {}, f"The option lifespan is 'maybe'; {LIFESPAN}"),
    ({"lifespan": True}, {}, f"The option lifespan is True; {LIFESPAN}"),
    ({"lifespan": ["on"]}, {}, f"The option lifespan is ['on']; {LIFESPAN}"),
    ({"invoke_mode": 5}, {}, "The option invoke_mode is 5; expected one of 'buffered', 'response_stream'."),
    ({"on_snapshot": b"/x"}, {}, f"The option on_snapshot is b'/x'; {HOOK}"),
    ({"on_restore": b"/x"}, {}, f"The option on_restore is b'/x'; {HOOK}"),
    (
        {"on_event": "handle"},
        {},
        "The option on_event is 'handle'; expected a handler or a dict of them, as an argument.",
    ),
    (
        {"invoke_mode": "stream"},
        {},
        "The option invoke_mode is 'stream'; expected one of 'buffered', 'response_stream'.",
    ),
    (
        {},
        {"AWS_LWA_INVOKE_MODE": "stream"},
        "The environment variable AWS_LWA_INVOKE_MODE is 'stream'; expected one of 'buffered', 'response_stream'.",
    ),
    ({"deadline_margin_ms": "1 s"}, {}, f"The option deadline_margin_ms is '1 s'; {COUNT}"),
    ({"deadline_margin_ms": -1}, {}, f"The option deadline_margin_ms is -1; {COUNT}"),
    ({"trusted_proxies": -1}, {}, f"The option trusted_proxies is -1; {COUNT}"),
    ({"trusted_proxies": True}, {}, f"The option trusted_proxies is True; {COUNT}"),
    ({"deadline_margin_ms": False}, {}, f"The option deadline_margin_ms is False; {COUNT}"),
    ({"trusted_proxies": 1.5}, {}, f"The option trusted_proxies is 1.5; {COUNT}"),
    ({"processes": 0}, {}, f"The option processes is 0; {PROCESSES}"),
    ({"processes": True}, {}, f"The option processes is True; {PROCESSES}"),
    ({"processes": "two"}, {}, f"The option processes is 'two'; {PROCESSES}"),
    ({"processes": None}, {}, f"The option processes is None; {PROCESSES}"),
    ({"forwarded_host": 5}, {}, "The option forwarded_host is 5; expected a header name."),
    ({"forwarded_proto": "é"}, {}, "The option forwarded_proto is 'é'; expected a header name."),
    ({"trusted_proxies": None}, {}, f"The option trusted_proxies is None; {COUNT}"),
    ({"body_encoding": "gzip"}, {}, "The option body_encoding is 'gzip'; expected one of 'auto', 'text', 'base64'."),
    (
        {"stream_empty_body": "space"},
        {},
        "The option stream_empty_body is 'space'; expected one of '', 'newline'.",
    ),
    ({"text_types": "text"}, {}, f"The option text_types is 'text'; {MEDIA_TYPES}"),
    ({"text_types": [1]}, {}, f"The option text_types is [1]; {MEDIA_TYPES}"),
    ({"text_types": None}, {}, f"The option text_types is None; {MEDIA_TYPES}"),
    ({"fail_on_status": 99}, {}, f"The option fail_on_status is 99; {STATUSES}"),
    ({"fail_on_status": True}, {}, f"The option fail_on_status is True; {STATUSES}"),
    ({"fail_on_status": [500, None]}, {}, f"The option fail_on_status is [500, None]; {STATUSES}"),
    ({"lifespans": "on"}, {}, "Unknown option 'lifespans'; did you mean 'lifespan'?"),
    (
        {},
        {"LAMBDA_HTTP_ADAPTER_INVOKEMODE": "buffered"},
        "Unknown environment variable 'LAMBDA_HTTP_ADAPTER_INVOKEMODE'; "
        "did you mean 'LAMBDA_HTTP_ADAPTER_INVOKE_MODE'?",
    ),
    ({"fail_on_status": "5xx"}, {}, f"The option fail_on_status is '5xx'; {STATUSES}"),
    ({"fail_on_status": "-500"}, {}, f"The option fail_on_status is '-500'; {STATUSES}"),
    ({"fail_on_status": "500-"}, {}, f"The option fail_on_status is '500-'; {STATUSES}"),
    ({"fail_on_status": "504-500"}, {}, f"The option fail_on_status is '504-500'; {STATUSES}"),
    ({"deadline_margin_ms": "9" * 5000}, {}, f"The option deadline_margin_ms is '{'9' * 5000}'; {COUNT}"),
    ({"authorization_source": b"x"}, {}, "The option authorization_source is b'x'; expected a header name."),
    ({"authorization_source": "ключ"}, {}, "The option authorization_source is 'ключ'; expected a header name."),
    ({"rival_keys": "yes"}, {}, "The option rival_keys is 'yes'; expected 'true' or 'false'."),
    ({"rival_keys": None}, {}, "The option rival_keys is None; expected 'true' or 'false'."),
    ({"origins": "alb"}, {}, "The option origins is 'alb'; expected a list of Origin."),
    ({"origins": ["alb"]}, {}, "The option origins is ['alb']; expected a list of Origin."),
    (
        {},
        {"LAMBDA_HTTP_ADAPTER_LIFESPAN": "maybe"},
        f"The environment variable LAMBDA_HTTP_ADAPTER_LIFESPAN is 'maybe'; {LIFESPAN}",
    ),
    (
        {},
        {"LAMBDA_HTTP_ADAPTER_TRUSTED_PROXIES": "-1"},
        f"The environment variable LAMBDA_HTTP_ADAPTER_TRUSTED_PROXIES is '-1'; {COUNT}",
    ),
    (
        {},
        {"LAMBDA_HTTP_ADAPTER_ORIGINS": "alb"},
        "The environment variable LAMBDA_HTTP_ADAPTER_ORIGINS is 'alb'; expected a list of Origin.",
    ),
    (
        {},
        {"AWS_LWA_ERROR_STATUS_CODES": "all"},
        f"The environment variable AWS_LWA_ERROR_STATUS_CODES is 'all'; {STATUSES}",
    ),
    (
        {"timeout": 1},
        {},
        "Unknown option 'timeout'; expected one of: invoke_mode, base_path, root_path, lifespan, "
        "pass_through_path, pass_through_host, trusted_proxies, forwarded_host, forwarded_proto, body_encoding, "
        "text_types, fail_on_status, stream_empty_body, authorization_source, rival_keys, "
        "deadline_margin_ms, access_log, graceful_shutdown, async_init, processes, on_invocation_start, "
        "on_invocation_end, on_shutdown, on_snapshot, on_restore, on_event, origins.",
    ),
]


# No app answers with these.
WRONG += [
    ({"fail_on_status": text}, {}, f"The option fail_on_status is {text!r}; {STATUSES}")
    for text in ("0", "99", "600", "1000", "1-99999999", "500-600", "99-100", "0500", "9" * 5000)
]


WRONG += [
    ({"pass_through_host": value}, {}, f"The option pass_through_host is {value!r}; {HOST}")
    for value in ("a b", "é.com", "a\n", 5, b"example.com")
]
WRONG += [
    ({name: value}, {}, f"The option {name} is {value!r}; expected a callable, as an argument.")
    for name in ("on_invocation_start", "on_invocation_end", "on_shutdown")
    for value in ("close", None)
]
WRONG += [
    ({name: "on"}, {}, f"The option {name} is 'on'; expected 'true' or 'false'.")
    for name in ("access_log", "graceful_shutdown", "async_init")
]
WRONG += [
    ({"fail_on_status": wrong}, {}, f"The option fail_on_status is {wrong!r}; {STATUSES}")
    for wrong in (range(500, 601), range(99, 200), range(599, 98, -1), range(500, 10**12), 500.0, b"500")
]


@pytest.mark.parametrize(("options", "environ", "message"), WRONG, ids=[message[:60] for *_, message in WRONG])
def test_wrong_values(options: Options, environ: Environ, message: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        load_config(options, environ)
    assert str(raised.value) == message


@pytest.mark.parametrize("hook", ["on_invocation_start", "on_invocation_end", "on_shutdown"])
def test_one_hook_is_enough_to_have_hooks(hook: str) -> None:
    assert Config(**{hook: print}).has_hooks() is True
    assert Config(on_snapshot=print, on_restore=print, on_event=print).has_hooks() is False
    assert Config(on_invocation_start=print, on_invocation_end=print, on_shutdown=print).has_hooks() is True


def test_options_are_the_arguments_that_are_set() -> None:
    arguments = {"app": 1, "invoke_mode": "buffered", "lifespan": UNSET, "base_path": "", "unknown": {"timeout": 1}}
    assert given(arguments) == {"invoke_mode": "buffered", "base_path": "", "timeout": 1}
    assert given({"app": 1, "lifespan": UNSET}) == {}
    assert repr(UNSET) == "UNSET"
