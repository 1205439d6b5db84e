"""An event as a user asks for it: a request at a front door, a sample of a service, or a file."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

from ..._apps.importer import near_match
from ...errors import ConfigurationError
from ..doors.door import DOORS, Door, door_name, door_of, find_door
from ..doors.services import SERVICES, service_event
from .typed_request import mounted_request, read_data, read_file, typed_request

if TYPE_CHECKING:
    from ..._values.request import LambdaEvent
    from ..doors.client import ClientRequest

_USUAL_DOOR = "function-url"
# The keys of on_event that are not the names here.
_BY_KEY = {"logs": "cloudwatch-logs"}
_SERVICE_OPTIONS = {"name": "--name", "type": "--type", "count": "--count"}
_REQUEST_OPTIONS = {"method": "METHOD", "path": "PATH", "header": "--header", "stage": "--stage"}


class TypedEvent(NamedTuple):
    """``door`` makes the result a response."""

    event: LambdaEvent
    door: Door


def origin(text: str) -> str:
    """``--origin``: the name of a front door, of a RequestOrigin or of a service."""
    name = _BY_KEY.get(text, text)
    if name in SERVICES:
        return name
    try:
        return door_name(name)
    except ConfigurationError:
        names = (*DOORS, *SERVICES)
        message = (
            f"there is no front door or service {text!r}; expected one of: {', '.join(names)}.{near_match(text, names)}"
        )
        raise argparse.ArgumentTypeError(message) from None


def add_origin(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--origin",
        type=origin,
        metavar="NAME",
        help=f"front door: {', '.join(DOORS)} (default: {_USUAL_DOOR}); service, for a sample of its events: "
        f"{', '.join(SERVICES)}",
    )
    add = command.add_argument_group("events of a service").add_argument
    add("--name", help="of the queue, the topic, the bucket …; eventbridge: the source, cognito: the user's name")
    add("--type", help="s3, dynamodb, eventbridge, cognito: what has happened, such as ObjectRemoved:Delete or MODIFY")
    add("--count", type=int, metavar="N", help="number of records (default: 1)")


def typed_event(options: argparse.Namespace) -> TypedEvent:
    """Raises ConfigurationError."""
    if getattr(options, "event", None) is not None:
        _refuse(options, {**_REQUEST_OPTIONS, **_SERVICE_OPTIONS, "origin": "--origin", "data": "--data"}, "--event")
        event = recorded_event(options.event)
        return TypedEvent(event, door_of(event))
    if options.origin in SERVICES:
        _refuse(options, _REQUEST_OPTIONS, f"--origin {options.origin}")
        data = None if options.data is None else read_data(options.data)
        count = 1 if options.count is None else options.count
        event = service_event(options.origin, data, options.name, options.type, count)
        return TypedEvent(event, door_of(event))
    door = mounted(find_door(options.origin or _USUAL_DOOR), options)
    return TypedEvent(door.event(mounted_request(request(options), door)), door)


def is_request(options: argparse.Namespace) -> bool:
    """Whether the options are those of an HTTP request."""
    return options.event is None and options.origin not in SERVICES


def request(options: argparse.Namespace) -> ClientRequest:
    """Raises ConfigurationError."""
    if options.method is None or options.path is None:
        raise ConfigurationError(
            "METHOD and PATH of the request are missing. For an event that is no request, name its service, such as "
            "--origin sqs."
        )
    _refuse(options, _SERVICE_OPTIONS, "a request")
    return typed_request(options.method, options.path, options.header, options.data)


def mounted(door: Door, options: argparse.Namespace) -> Door:
    return door.mounted(options.stage, options.base_path)


def _refuse(options: argparse.Namespace, names: dict[str, str], beside: str) -> None:
    """Raises ConfigurationError if one of these options is given."""
    given = [label for name, label in names.items() if getattr(options, name, None) not in (None, [])]
    if given:
        raise ConfigurationError(f"{' and '.join(given)} can't be used with {beside}.")


def recorded_event(name: str) -> LambdaEvent:
    """The event in a file; ``-`` is standard input. Raises ConfigurationError."""
    data = sys.stdin.buffer.read() if name == "-" else read_file(Path(name))
    try:
        event = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"{name!r} is not JSON: {error}.") from error
    return cast("LambdaEvent", event)  # any JSON: nearly all events are objects
