"""The records as JSON for the page: a summary for the list, and everything about one request."""

from __future__ import annotations

import math
import sys
from base64 import b64encode
from typing import TYPE_CHECKING

from .curl_command import curl_command
from .history import BODY_KEPT

if TYPE_CHECKING:
    from ..sandbox.invocation import InvocationError
    from .history import RequestRecord
    from .sandbox_record import SandboxRecord

JSON = dict[str, object]
_TARGET_SHOWN = 1000
_LEVELS_KEPT = 100


def summary(record: RequestRecord) -> JSON:
    """Times are in milliseconds after the request was received; ``receivedAt`` counts from the epoch."""
    report = record.report
    return {
        "number": record.number,
        "requestId": record.request_id,
        "method": record.method,
        "target": record.target[:_TARGET_SHOWN],
        "status": record.status,
        "note": record.note,
        "error": record.error.error_type if record.error is not None else None,
        "replayOf": record.replay_of or None,
        "sandbox": record.sandbox or None,
        "cold": record.init_duration is not None,
        "complete": record.complete,
        "streamed": record.streamed,
        "size": record.size,
        "chunks": record.chunks,
        "logs": len(record.logs),
        "maxMemory": report.max_memory if report is not None else None,
        "billed": report.billed_ms if report is not None else None,
        "receivedAt": _ms(record.received_at),
        "taken": _ms(record.taken),
        "initWait": _ms(record.init_wait),
        "firstByte": _ms(record.first_byte) if record.status else None,
        "end": _ms(record.duration) if record.complete else None,
        "reported": _ms(record.reported),
    }


def details(record: RequestRecord) -> JSON:
    """The summary and all that is known. ``body`` is the beginning of the response's, base64 if it isn't text."""
    report = record.report
    body, is_text = _text_or_base64(record.body)
    return {
        **summary(record),
        "target": record.target,
        "event": shortened(record.event, sys.maxsize),
        "result": record.result,
        "payload": shortened(record.error.payload) if record.error is not None else None,
        "headers": [[name.decode("latin-1"), value.decode("latin-1")] for name, value in record.headers],
        "body": body,
        "bodyIsText": is_text,
        "bodyIsCut": record.size > len(record.body),
        "logs": [{"at": _ms(entry.at), "text": entry.text} for entry in record.logs],
        "duration": _ms(report.duration) if report is not None else None,
        "init": _ms(record.init_duration),
        "memory": report.memory if report is not None else None,
        "curl": curl_command(record.request) if record.request is not None else None,
    }


def sandbox_summary(record: SandboxRecord) -> JSON:
    figures = record.figures
    return {
        "number": record.number,
        "function": record.function,
        "pid": figures.pid or None,
        "state": figures.state,
        "invocations": figures.invocations,
        "init": _ms(figures.init_duration),
        "startedAt": _ms(record.started_at),
        "endedAt": _ms(record.ended_at),
        "error": _message(record.error),
        "maxMemory": figures.max_memory,
        "samples": [[_ms(sample.at), sample.peak] for sample in record.samples],
    }


def shortened(value: object, longest: int = BODY_KEPT) -> object:
    """``value``, of JSON's types, as a history can keep it and a browser read it.

    The rest of texts over ``longest`` characters is cut, and what is nested very deeply. NaN and Infinity, which
    Python's JSON has, become texts.
    """
    return _shortened(value, longest, _LEVELS_KEPT)


def _shortened(value: object, longest: int, levels: int) -> object:
    match value:
        case str() if len(value) > longest:
            return f"{value[:longest]}… {len(value):,} characters"
        case float() if not math.isfinite(value):
            return str(value)
        case dict() | list() if not levels:
            return "… nested deeper"
        case dict():
            return {key: _shortened(item, longest, levels - 1) for key, item in value.items()}
        case list():
            return [_shortened(item, longest, levels - 1) for item in value]
    return value


def _text_or_base64(body: bytes) -> tuple[str, bool]:
    """The last character of a body that was cut may be incomplete."""
    for missing in range(4):
        try:
            return body[: len(body) - missing].decode(), True
        except UnicodeDecodeError:
            continue
    return b64encode(body).decode(), False


def _message(error: InvocationError | None) -> str | None:
    return None if error is None else str(error)


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 2)
