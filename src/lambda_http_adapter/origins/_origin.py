"""What an origin is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from .._values.config import Config
    from .._values.request import Headers
    from ._http_request import HTTPRequest


# A plain class, like the others that every cold start loads: creating a named tuple takes 0.1 to 0.2 ms.
class Origin:
    """How one front door writes requests into events and reads responses from results.

    ``name`` is a member of ``RequestOrigin``, or another name for an origin of your own.

    ``matches(event)`` returns whether the event is this origin's. It checks a few fields that no other origin has,
    decodes nothing, and never raises, whatever the event holds.

    ``decode(event, config)`` returns the request as an ``HTTPRequest``. ``config`` has the options of ``run_*``, such
    as ``base_path``. It raises ``errors.MalformedEventError``, which the client gets as a 400.

    ``encode(status, headers, body, is_base64, event)`` returns the result, to be sent as JSON. ``headers`` has no
    hop-by-hop headers; ``body`` is text, which ``is_base64`` declares as base64.

    ``prelude(status, headers)`` returns the JSON that precedes the body of a streamed response; None for an origin that
    can't stream. ``streams(event)`` returns whether the front door of this event can; None means that all can.

    ``response_limit(event)`` is the maximum size of the result's JSON in bytes; None is the limit of the Runtime API,
    6 MiB and 100 bytes.

    https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    """

    def __init__(
        self,
        name: str,
        matches: Callable[[dict[str, Any]], bool],
        decode: Callable[[dict[str, Any], Config], HTTPRequest],
        encode: Callable[[int, Headers, str, bool, dict[str, Any]], object],
        prelude: Callable[[int, Headers], bytes] | None = None,
        streams: Callable[[dict[str, Any]], bool] | None = None,
        response_limit: Callable[[dict[str, Any]], int] | None = None,
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
