"""The server-sent events of `/_lambda`, read from `dev`."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import httpx

from tests.support.dev_process import Dev


class Event(NamedTuple):
    kind: str
    id: str
    data: dict[str, Any]

    def invocations(self) -> list[object]:
        return [invocation["target"] for invocation in self.data["invocations"]]


@contextmanager
def events(dev: Dev, last_event_id: str = "") -> Iterator[Iterator[Event]]:
    headers = {"last-event-id": last_event_id} if last_event_id else {}
    with dev.client() as client, client.stream("GET", "/_lambda/events", headers=headers) as response:
        assert response.status_code == 200
        yield _parsed(response)


def _parsed(response: httpx.Response) -> Iterator[Event]:
    fields: dict[str, str] = {}
    for line in response.iter_lines():
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif "data" in fields:
            yield Event(fields["event"], fields["id"], json.loads(fields["data"]))
            fields = {}


def until(read: Iterator[Event], target: str, **fields: object) -> dict[str, Any]:
    """The first state of a request to ``target`` that is so."""
    for event in read:
        invocations: list[dict[str, Any]] = event.data["invocations"]
        for invocation in invocations:
            if invocation["target"] == target and fields.items() <= invocation.items():
                return invocation
    raise AssertionError(f"The events ended before {target} was {fields}")
