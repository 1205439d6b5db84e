"""The beginning of a streamed answer: JSON with status and headers, eight NULs, and the body.

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
# Of a REST API; for Function URLs no limit is documented.
_PRELUDE_LIMIT = 16 * 1024
_REST_KEYS = {"statusCode", "headers", "multiValueHeaders", "cookies"}


class PreludeError(Exception):
    """The stream begins with nothing that the front door can read."""


class Start(NamedTuple):
    """``metadata`` as a buffered result would say it, None where the stream has none; and the body so far."""

    metadata: LambdaEvent | None
    body: bytes


async def split_prelude(content_type: str, pieces: AsyncIterator[bytes], rest: bool) -> Start:
    """Read as far as the delimiter, wherever the network has cut the stream. Raises PreludeError."""
    if content_type != INTEGRATION:
        if rest:
            raise PreludeError("a REST API that streams expects the content type " + INTEGRATION)
        return Start(None, b"")
    read = b""
    async for piece in pieces:
        read += piece
        prelude, delimiter, body = read.partition(_DELIMITER)
        if rest and len(prelude) > _PRELUDE_LIMIT:
            raise PreludeError("the delimiter is not within the first 16 KB")
        if delimiter:
            return Start(_metadata(prelude, rest), body)
    raise PreludeError("the stream ended without a delimiter")


def _metadata(prelude: bytes, rest: bool) -> LambdaEvent:
    try:
        metadata = json.loads(prelude)
    except ValueError:
        raise PreludeError(f"what precedes the delimiter is no JSON: {prelude[:80]!r}") from None
    if not isinstance(metadata, dict):
        raise PreludeError(f"what precedes the delimiter is no object: {prelude[:80]!r}")
    metadata.setdefault("statusCode", 200)
    if not rest:
        return metadata
    if not metadata.keys() <= _REST_KEYS:
        raise PreludeError(
            f"a REST API takes no {', '.join(sorted(metadata.keys() - _REST_KEYS))} in front of a stream"
        )
    several, single = metadata.get("multiValueHeaders") or {}, metadata.get("headers") or {}
    cookies = metadata.pop("cookies", None) or []
    if not (isinstance(several, dict) and isinstance(single, dict) and isinstance(cookies, list)):
        raise PreludeError(f"headers, multiValueHeaders and cookies are not of their types: {prelude[:80]!r}")
    if not all(isinstance(values, list) for values in several.values()):
        raise PreludeError(f"multiValueHeaders has values that are no lists: {prelude[:80]!r}")
    multi = {name.lower(): values for name, values in several.items()}
    if cookies:
        multi["set-cookie"] = [*multi.get("set-cookie", []), *cookies]
    metadata["headers"] = {name: value for name, value in single.items() if name.lower() not in multi}
    metadata["multiValueHeaders"] = multi
    return cast("LambdaEvent", metadata)
