"""What an origin is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from .._values.config import Config
    from .._values.request import Headers, HTTPRequest, LambdaEvent


# A class of its own, as elsewhere in what every cold start loads: a named tuple takes 0.1 to 0.2 ms to make.
class Origin:
    """How one front door writes requests into events and reads answers out of results.

    ``matches`` is a cheap look at fields that only this origin has; it never raises, whatever the event holds, and
    never parses to find out. ``decode`` raises MalformedEventError. ``encode`` takes the status, the headers (no
    hop-by-hop ones), the body as text, whether that text is base64, and the event, and returns what goes into JSON.
    ``response_limit`` is the most bytes of that JSON the origin carries in answer to the event.

    ``prelude``, of an origin that can stream, takes the status and the headers and returns the JSON that goes before
    the body; ``streams`` tells for which events.
    """

    def __init__(
        self,
        name: str,
        matches: Callable[[LambdaEvent], bool],
        decode: Callable[[LambdaEvent, Config], HTTPRequest],
        encode: Callable[[int, Headers, str, bool, LambdaEvent], object],
        prelude: Callable[[int, Headers], bytes] | None = None,
        streams: Callable[[LambdaEvent], bool] = lambda event: True,
        # The Runtime API's own: 6 MiB and 100 bytes.
        response_limit: Callable[[LambdaEvent], int] = lambda event: 6_291_556,
    ) -> None:
        self.name = name
        self.matches = matches
        self.decode = decode
        self.encode = encode
        self.prelude = prelude
        self.streams = streams
        self.response_limit = response_limit

    def __repr__(self) -> str:
        return f"<Origin {self.name}>"
