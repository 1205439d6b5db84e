"""The beginning of a streamed response: a JSON object with status and headers, eight NUL bytes, then the body.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming
https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, NamedTuple, cast

if TYPE_CHECKING:
    from ..._values.request import LambdaEvent

INTEGRATION = "application/vnd.awslambda.http-integration-response"
_DELIMITER = bytes(8)
# A REST API's, with the delimiter. For Function URLs no limit is documented.
_PRELUDE_LIMIT = 16 * 1024
_REST_KEYS = {"statusCode", "headers", "multiValueHeaders", "cookies"}


class PreludeError(Exception):
    """The front door can't read the beginning of the stream."""


class StreamStart(NamedTuple):
    """``metadata`` is a result as a buffered function returns it, or None; ``body`` what was read of the body."""

    metadata: LambdaEvent | None
    body: bytes


async def read_prelude(content_type: str, chunks: AsyncIterator[bytes], rest: bool) -> StreamStart:
    """Read up to the delimiter, however the network has cut the stream. Raises PreludeError.

    ``rest``: the front door is a REST API, which is stricter than a Function URL.
    """
    if content_type != INTEGRATION:
        if rest:
            raise PreludeError("a REST API that streams expects the content type " + INTEGRATION)
        return StreamStart(None, b"")
    received = bytearray()
    async for chunk in chunks:
        looked_at = max(0, len(received) - len(_DELIMITER))  # a delimiter may be cut
        received += chunk
        end = received.find(_DELIMITER, looked_at)
        if rest and (len(received) if end < 0 else end + len(_DELIMITER)) > _PRELUDE_LIMIT:
            raise PreludeError("the delimiter is not within the first 16 KB")
        if end >= 0:
            prelude, body = bytes(received[:end]), bytes(received[end + len(_DELIMITER) :])
            metadata = _parsed(prelude)
            return StreamStart(_rest_metadata(metadata, prelude) if rest else metadata, body)
    raise PreludeError("the stream ended without a delimiter")


def _parsed(prelude: bytes) -> LambdaEvent:
    try:
        metadata = json.loads(prelude)
    except (ValueError, RecursionError):
        raise PreludeError(f"the text before the delimiter is not JSON: {prelude[:80]!r}") from None
    if not isinstance(metadata, dict):
        raise PreludeError(f"the text before the delimiter is not a JSON object: {prelude[:80]!r}")
    metadata.setdefault("statusCode", 200)
    return cast("LambdaEvent", metadata)


def _rest_metadata(metadata: LambdaEvent, prelude: bytes) -> LambdaEvent:
    """A REST API merges the three ways to send headers: multi-value ones win, cookies are added to them."""
    unknown = sorted(metadata.keys() - _REST_KEYS)
    if unknown:
        raise PreludeError(f"a REST API doesn't accept {', '.join(unknown)} in front of a stream")
    multiple, single = metadata.get("multiValueHeaders") or {}, metadata.get("headers") or {}
    cookies = metadata.get("cookies") or []
    if not (isinstance(multiple, dict) and isinstance(single, dict) and isinstance(cookies, list)):
        raise PreludeError(f"headers, multiValueHeaders or cookies has the wrong type: {prelude[:80]!r}")
    if not all(isinstance(values, list) for values in multiple.values()):
        raise PreludeError(f"a value in multiValueHeaders is not a list: {prelude[:80]!r}")
    multi_value_headers = {name.lower(): values for name, values in multiple.items()}
    if cookies:
        multi_value_headers["set-cookie"] = [*multi_value_headers.get("set-cookie", []), *cookies]
    return {
        "statusCode": metadata["statusCode"],
        "headers": {name: value for name, value in single.items() if name.lower() not in multi_value_headers},
        "multiValueHeaders": multi_value_headers,
    }
