import json
import re
from collections.abc import Callable

import pytest

from lambda_http_adapter._runtime.client import ContextError
from lambda_http_adapter._runtime.error_report import TRAILER_LIMIT, members, report_of
from lambda_http_adapter.errors import AppError
from tests.support.odd_exceptions import every_odd_exception, nested

PAYLOAD_LIMIT = 256 * 1024
CAUSE_LIMIT = 64 * 1024


class Http404Error(Exception):
    pass


def raised(function: Callable[[], object]) -> Exception:
    try:
        function()
    except Exception as error:
        return error
    raise AssertionError("nothing was raised")


def divide() -> object:
    return 1 / 0


def test_the_payload_and_the_cause_tell_what_and_where() -> None:
    failure = report_of(raised(divide), "r-1")
    payload, cause = json.loads(failure.payload), json.loads(failure.xray_cause)
    assert failure.error_type == "Function.ZeroDivisionError"
    assert (payload["errorMessage"], payload["errorType"], payload["requestId"]) == (
        "division by zero",
        "ZeroDivisionError",
        "r-1",
    )
    assert [re.sub(r"line \d+", "line N", line.strip().splitlines()[0]) for line in payload["stackTrace"]] == [
        f'File "{__file__}", line N, in raised',
        f'File "{__file__}", line N, in divide',
    ]
    assert payload["stackTrace"][-1].splitlines()[1] == "    return 1 / 0"
    assert set(cause) == {"working_directory", "exceptions", "paths"}
    (exception,) = cause["exceptions"]
    assert (exception["message"], exception["type"]) == ("division by zero", "ZeroDivisionError")
    assert [frame["label"] for frame in exception["stack"]] == ["raised", "divide"]
    assert exception["stack"][-1]["path"] == __file__
    assert isinstance(exception["stack"][-1]["line"], int)


@pytest.mark.parametrize(
    ("error", "given", "error_type"),
    [
        (ValueError(), None, "Function.ValueError"),
        (Http404Error(), None, "Function.Unknown"),
        (ValueError(), "Runtime.ImportModuleError", "Runtime.ImportModuleError"),
        (ValueError(), "made up", "Function.Unknown"),
    ],
)
def test_the_error_type_is_one_that_the_platform_keeps(error: Exception, given: str | None, error_type: str) -> None:
    assert report_of(error, error_type=given).error_type == error_type


def test_a_syntax_error_without_a_place_has_none() -> None:
    payload = json.loads(report_of(SyntaxError("made up")).payload)
    assert (payload["errorMessage"], payload["stackTrace"]) == ("made up", [])


def deep() -> object:
    def call(depth: int) -> object:
        return call(depth - 1) if depth else 1 / 0

    return call(900)


def mutual() -> object:
    """Frames that differ, so that no tool sums them up as repeated."""

    def ping(depth: int) -> object:
        return pong(depth - 1) if depth else 1 / 0

    def pong(depth: int) -> object:
        return ping(depth - 1) if depth else 1 / 0

    return ping(900)


@pytest.mark.parametrize(
    "error",
    [
        ValueError("x" * 1_000_000),
        ValueError("ü" * 1_000_000),
        ValueError("😀" * 1_000_000),
        ValueError("\x00" * 1_000_000),
        ValueError('"\\' * 1_000_000),
        ValueError("\ud800" * 1_000_000),
        raised(deep),
        raised(mutual),
    ],
    ids=["ascii", "latin", "astral", "nul", "escapes", "surrogates", "deep", "mutual"],
)
def test_however_large_the_error_it_fits(error: Exception) -> None:
    failure = report_of(error)
    assert len(failure.payload) <= PAYLOAD_LIMIT
    assert len(failure.xray_cause) < CAUSE_LIMIT
    assert json.loads(failure.payload)["errorType"] == type(error).__name__
    assert json.loads(failure.xray_cause)["exceptions"][0]["type"] == type(error).__name__


def test_the_innermost_frames_are_kept() -> None:
    stack = json.loads(report_of(raised(deep)).xray_cause)["exceptions"][0]["stack"]
    assert {frame["label"] for frame in stack[-10:]} == {"call"}
    assert stack[-1]["line"] == stack[-2]["line"]


@pytest.mark.parametrize("text", ["ü", "\r\nX-Injected: 1", "\x7f", "\x00", "\u2028", "\ud800"])
def test_the_cause_is_a_legal_header_value(text: str) -> None:
    cause = report_of(ValueError(text)).xray_cause
    assert re.fullmatch(rb"[\x20-\x7e]+", cause)
    assert json.loads(cause)["exceptions"][0]["message"] == text


def test_an_error_that_can_not_be_turned_into_text_is_reported_all_the_same() -> None:
    class MuteError(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no words")

    payload = json.loads(report_of(MuteError()).payload)
    assert payload["errorType"] == "MuteError"
    assert payload["errorMessage"] == "<the exception can't be turned into text>"


def test_a_frame_without_source() -> None:
    code = compile("1 / 0", "<generated>", "eval")
    failure = report_of(raised(lambda: eval(code)))
    assert "<generated>" in json.loads(failure.payload)["stackTrace"][-1]


def group() -> object:
    errors = [raised(divide), ExceptionGroup("inner", [KeyError("the real reason")])]
    raise ExceptionGroup("unhandled errors in a TaskGroup", errors)


def test_a_group_tells_what_it_holds() -> None:
    stack = json.loads(report_of(raised(group)).payload)["stackTrace"]
    told = [line.strip() for line in stack if not line.lstrip().startswith("File")]
    assert told == [
        "ZeroDivisionError: division by zero",
        "ExceptionGroup: inner (1 sub-exception)",
        "KeyError: 'the real reason'",
    ]


@pytest.mark.parametrize("error", [ValueError("\x00" * 5000), raised(deep), raised(group)])
def test_what_fits_in_a_trailer(error: Exception) -> None:
    payload = report_of(error, "r-1", limit=TRAILER_LIMIT).payload
    assert len(payload) <= TRAILER_LIMIT
    assert json.loads(payload)["errorType"] == type(error).__name__


@every_odd_exception
@pytest.mark.parametrize("limit", [PAYLOAD_LIMIT, TRAILER_LIMIT])
def test_every_exception_can_be_reported(make: Callable[[], Exception], limit: int) -> None:
    failure = report_of(make(), "r-1", limit=limit)
    assert len(failure.payload) <= limit
    assert set(json.loads(failure.payload)) == {"errorMessage", "errorType", "requestId", "stackTrace"}
    assert len(failure.xray_cause) < CAUSE_LIMIT
    assert json.loads(failure.xray_cause)["exceptions"]
    assert re.fullmatch(r"(Function|Runtime)\.[A-Z][a-zA-Z]+", failure.error_type)


def test_a_group_that_never_ends_is_told_in_part() -> None:
    class EndlessGroup(ExceptionGroup[Exception]):
        @property
        def exceptions(self) -> tuple[Exception, ...]:
            return (self,)

    assert len(report_of(EndlessGroup("endless", [KeyError()])).payload) <= PAYLOAD_LIMIT


def test_the_reason_in_a_deeply_nested_group_is_told() -> None:
    assert json.loads(report_of(nested()).payload)["stackTrace"][-1] == "KeyError: 'the real reason'\n"


def named(name: str) -> Exception:
    """An exception of a class with this name."""
    error: Exception = type(name, (Exception,), {})("said")
    return error


@pytest.mark.parametrize(
    ("name", "error_type"),
    [
        ("Ab", "Function.Ab"),
        ("A", "Function.Unknown"),
        ("ab", "Function.Unknown"),
        ("A1", "Function.Unknown"),
        ("Aé", "Function.Unknown"),
        ("A" * 79, "Function." + "A" * 79),
        ("A" * 80, "Function.Unknown"),
    ],
)
def test_the_name_of_a_class_is_its_type_where_the_platform_keeps_it(name: str, error_type: str) -> None:
    assert report_of(named(name)).error_type == error_type


@pytest.mark.parametrize("given", ["Extension.Crash", "Function", ".Crash", "Function.", "Runtime.a.b"])
def test_a_type_from_elsewhere_is_unknown(given: str) -> None:
    assert report_of(ValueError(), error_type=given).error_type == "Function.Unknown"


@pytest.mark.parametrize(
    ("error", "header", "told"),
    [
        (ContextError("no"), "Runtime.LambdaContextUnmarshalError", "Runtime.LambdaContextUnmarshalError"),
        (AppError("no"), "Function.AppError", "AppError"),
        (named("A" * 100), "Function.Unknown", "A" * 80),
    ],
)
def test_an_error_of_this_package_may_have_a_type_of_its_own(error: Exception, header: str, told: str) -> None:
    report = report_of(error)
    assert (report.error_type, json.loads(report.payload)["errorType"]) == (header, told)


@pytest.mark.parametrize("directory", ["/var/task", None])
def test_the_cause_has_the_working_directory(directory: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LAMBDA_TASK_ROOT", raising=False)
    if directory is not None:
        monkeypatch.setenv("LAMBDA_TASK_ROOT", directory)
    report = report_of(ValueError("no"))
    assert json.loads(report.xray_cause) == {
        "working_directory": directory or "",
        "exceptions": [{"message": "no", "type": "ValueError", "stack": []}],
        "paths": [],
    }
    assert json.loads(report.payload) == {
        "errorMessage": "no",
        "errorType": "ValueError",
        "requestId": "",
        "stackTrace": [],
    }


def test_of_a_long_message_the_start_is_told() -> None:
    report = report_of(ValueError("x" * 100_000))
    assert json.loads(report.payload)["errorMessage"] == "x" * 32_768
    assert json.loads(report.xray_cause)["exceptions"][0]["message"] == "x" * 4096
    assert json.loads(report_of(ValueError("x" * 1000), limit=TRAILER_LIMIT).payload)["errorMessage"] == "x" * 350


def test_a_syntax_error_tells_its_line() -> None:
    error = raised(lambda: compile("x = 1\ny = (\n", "app.py", "exec"))
    *_, place = json.loads(report_of(error).payload)["stackTrace"]
    assert place.startswith('  File "app.py", line 2\n    y = (\n')


class LikeOursError(Exception):
    error_type = "Runtime.ExitError"
    exceptions = (KeyError("not a member"),)


def test_attributes_of_the_apps_own_exceptions_say_nothing() -> None:
    report = report_of(LikeOursError("no"))
    assert report.error_type == "Function.LikeOursError"
    assert json.loads(report.payload)["stackTrace"] == []


class BrokenLoader:
    def get_source(self, name: str) -> str:
        raise RuntimeError("no source")


def test_without_sources_the_places_are_told() -> None:
    code = compile("def f():\n    1 / 0\nf()\n", "not-there.py", "exec")
    names = {"__name__": "app", "__loader__": BrokenLoader()}
    stack = json.loads(report_of(raised(lambda: exec(code, names))).payload)["stackTrace"]
    assert stack[-2:] == ['  File "not-there.py", line 3, in <module>\n', '  File "not-there.py", line 2, in f\n']


class Unreadable(ExceptionGroup[Exception]):
    @property
    def exceptions(self) -> tuple[Exception, ...]:
        raise RuntimeError("no members")


class Numbered(ExceptionGroup[Exception]):
    exceptions = 5  # type: ignore[assignment]


class PlacelessError(SyntaxError):
    @property
    def lineno(self) -> int:  # type: ignore[override]
        raise RuntimeError("no line")


@pytest.mark.parametrize("error", [Unreadable("no", [KeyError()]), Numbered("no", [KeyError()]), PlacelessError("no")])
def test_what_an_exception_does_not_tell_is_left_out(error: Exception) -> None:
    assert json.loads(report_of(error).payload)["stackTrace"] == []


def test_each_member_of_a_group_has_its_frames() -> None:
    text, *frames = members(ExceptionGroup("one", [raised(divide)]))
    assert text == "ZeroDivisionError: division by zero\n"
    assert [frame.partition(", in ")[2].splitlines()[0] for frame in frames] == ["raised", "divide"]


def test_of_many_members_of_a_group_some_are_told() -> None:
    assert members(ValueError()) == []
    assert members(ExceptionGroup("two", [KeyError("a"), ValueError("b" * 5000)])) == [
        "KeyError: 'a'\n",
        f"ValueError: {'b' * 4096}\n",
    ]
    assert len(members(ExceptionGroup("many", [KeyError()] * 5001))) == 5000


def test_a_member_that_does_not_tell_its_own_is_told() -> None:
    assert members(ExceptionGroup("one", [Numbered("no", [KeyError()])])) == ["Numbered: no (1 sub-exception)\n"]


@pytest.mark.parametrize(("count", "kept"), [(1, 0), (2, 1), (3, 1), (4, 2), (5, 2)])
def test_the_first_half_of_the_lines_is_left_out(count: int, kept: int) -> None:
    error = ExceptionGroup("some", [KeyError(str(number) * 1000) for number in range(count)])
    whole = report_of(error).payload
    part = json.loads(report_of(error, limit=len(whole) - 1).payload)["stackTrace"]
    assert part == json.loads(whole)["stackTrace"][count - kept :]
    assert len(part) == kept


def test_half_of_the_frames_are_left_out_until_it_fits() -> None:
    error = raised(mutual)
    whole = json.loads(report_of(error, limit=10**9).payload)["stackTrace"]
    part = json.loads(report_of(error, limit=len(json.dumps(whole)) - 1000).payload)["stackTrace"]
    assert part == whole[(len(whole) + 1) // 2 :]
    exact = report_of(raised(divide), limit=10_000).payload
    assert report_of(raised(divide), limit=len(exact)).payload == exact
