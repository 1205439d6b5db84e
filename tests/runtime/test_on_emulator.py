"""The loop against AWS's own other side."""

import json
from base64 import b64encode
from pathlib import Path
from typing import cast

import pytest

from tests.support.child_process import python
from tests.support.runtime_interface_emulator import Emulator, StartEmulator
from tests.support.runtime_process import APP, http


def told(status: int, body: bytes) -> dict[str, object]:
    envelope = json.loads(body)
    assert (status, envelope["statusCode"]) == (200, 200), body
    return cast("dict[str, object]", json.loads(envelope["body"]))


@pytest.fixture
def function(emulator: StartEmulator, tmp_path: Path) -> Emulator:
    (tmp_path / "app.py").write_text(APP)
    return emulator(python("run", "app:app"), {"LAMBDA_HTTP_ADAPTER_PASS_THROUGH_PATH": ""})


def test_one_process_for_all_invocations(function: Emulator) -> None:
    answers = [told(*function.invoke(http(f"/{n}"))) for n in range(3)]
    assert [answer["path"] for answer in answers] == ["/0", "/1", "/2"]
    assert len({cast("str", answer["request_id"]) for answer in answers}) == 3
    assert len({cast("int", answer["pid"]) for answer in answers}) == 1


def test_the_client_context(function: Emulator) -> None:
    context = b64encode(json.dumps({"custom": {"k": "ü"}}).encode()).decode()
    assert told(*function.invoke(http(), {"X-Amz-Client-Context": context}))["custom"] == {"k": "ü"}


def test_a_failed_invocation_leaves_the_process_alive(function: Emulator) -> None:
    before = told(*function.invoke(http()))
    _, body = function.invoke(b"not json")
    assert json.loads(body)["errorType"] == "EventError"
    _, body = function.invoke({"hello": "world"})
    assert json.loads(body)["errorType"] == "UnknownOriginError"
    assert told(*function.invoke(http()))["pid"] == before["pid"]


def test_large_and_too_large(function: Emulator) -> None:
    largest = json.dumps({"a": "x" * 6_000_000})
    assert told(*function.invoke(http("/echo", largest))) == json.loads(largest)
    before = told(*function.invoke(http()))
    _, body = function.invoke(http("/large"))
    assert json.loads(body)["errorType"] == "ResponseTooLargeError"
    assert told(*function.invoke(http()))["pid"] == before["pid"]


def test_a_failed_init_reaches_the_invoker(emulator: StartEmulator, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("import no_such_module")
    status, body = emulator(python("run", "app:app")).invoke(http())
    assert status == 502
    assert json.loads(body)["errorType"] == "Runtime.ImportModuleError"
