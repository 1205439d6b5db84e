"""A call of AWS's Invoke API as its HTTP request says it, and the API's own errors.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html
"""

from __future__ import annotations

import json
import re
from base64 import b64decode
from typing import TYPE_CHECKING, NamedTuple, NoReturn
from urllib.parse import parse_qs, unquote

from ..doors.client import ClientResponse, header_value
from ..sandbox.function import FunctionReference, is_qualifier, parse_reference

if TYPE_CHECKING:
    from ..doors.client import ClientRequest
    from ..sandbox.invocation import InvocationError

_PATH = re.compile(
    r"/(?:2015-03-31/functions/([^/]+)/invocations|2021-11-15/functions/([^/]+)/response-streaming-invocations)"
)
BODY_LIMIT = 6 * 1024 * 1024
_EVENT_LIMIT = 1024 * 1024
_CLIENT_CONTEXT_LIMIT = 3583  # bytes of base64


def is_invoke_path(path: str) -> bool:
    """Whether the path is the Invoke API's: such a request never reaches the app."""
    return _PATH.fullmatch(path) is not None


class RefusedCallError(Exception):
    """The Invoke API's own error: the function isn't invoked."""

    def __init__(self, status: int, error_type: str, message: str, **fields: str) -> None:
        super().__init__(message)
        self.error_type = error_type
        self._status = status
        # https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors: the shapes differ in this.
        name = "Message" if error_type == "ResourceNotFoundException" else "message"
        self._content = {"Type": "User", name: message, **fields}

    def response(self, request_id: str) -> ClientResponse:
        headers = [
            (b"content-type", b"application/json"),
            (b"x-amzn-errortype", self.error_type.encode()),
            (b"x-amzn-requestid", request_id.encode()),
        ]
        if self._status == 429:
            headers.append((b"retry-after", b"1"))
        return ClientResponse(self._status, headers, json.dumps(self._content).encode())


def too_large() -> RefusedCallError:
    """For a body over ``BODY_LIMIT``, of which no more is read."""
    message = f"Request must be smaller than {BODY_LIMIT} bytes for the InvokeFunction operation"
    return RefusedCallError(413, "RequestTooLargeException", message)


def throttled(error: InvocationError) -> RefusedCallError:
    message = str(error.payload["errorMessage"])
    return RefusedCallError(429, error.error_type, message, Reason="ConcurrentInvocationLimitExceeded")


class InvokeCall(NamedTuple):
    """``kind``: RequestResponse, Event or DryRun. ``tail``: the end of the log is asked for.

    ``payload`` is JSON and ``event`` what it holds. ``headers``: what the Runtime API tells the function about it.
    """

    kind: str
    streamed: bool
    tail: bool
    payload: bytes
    event: object
    headers: dict[str, str]


def read_call(request: ClientRequest, arn: str) -> InvokeCall:
    """``arn``: the function's. Raises RefusedCallError."""
    match = _PATH.fullmatch(request.path)
    assert match is not None
    streamed = match[2] is not None
    if request.method != "POST":
        raise RefusedCallError(404, "UnknownOperationException", f"The Invoke API has no {request.method} here.")
    # Any page in a browser can POST to a loopback address. Browsers add these headers, and AWS's clients don't.
    if header_value(request.headers, "origin") or header_value(request.headers, "sec-fetch-site"):
        raise RefusedCallError(403, "AccessDeniedException", "A page in a browser can't invoke this function.")
    reference = _reference(unquote(match[1] or match[2]), request.query, arn)
    kinds = ("RequestResponse", "DryRun") if streamed else ("RequestResponse", "Event", "DryRun")
    kind = _choice(request, "x-amz-invocation-type", kinds)
    payload = request.body or b"{}"
    if kind == "Event" and len(payload) > _EVENT_LIMIT:
        size = f"{len(payload)} byte payload is too large for the Event invocation type (limit {_EVENT_LIMIT} bytes)"
        raise RefusedCallError(413, "RequestTooLargeException", size)
    event = _json(payload)
    headers = _invoker(request, kind)
    if reference.qualifier:
        headers["Lambda-Runtime-Invoked-Function-Arn"] = f"{arn}:{reference.qualifier}"
    tail = _choice(request, "x-amz-log-type", ("None", "Tail")) == "Tail"
    return InvokeCall(kind, streamed, tail, payload, event, headers)


def _reference(text: str, query: str, arn: str) -> FunctionReference:
    """The function that the path names. Every version and alias of it is the code in this directory."""
    qualifier = parse_qs(query).get("Qualifier", [""])[-1]
    reference = parse_reference(text)
    if reference is None:
        _refuse(f"{text[:256]!r} is not the name or the ARN of a function.")
    if qualifier and not is_qualifier(qualifier):
        _refuse(f"{qualifier[:128]!r} is not a version or an alias.")
    if qualifier and reference.qualifier not in ("", qualifier):
        _refuse("The derived qualifier from the function name does not match the specified qualifier.")
    prefix, _, name = arn.rpartition(":")
    if reference.name != name:
        message = f"Function not found: {prefix}:{reference.name}. The function that dev serves here is {name!r}."
        raise RefusedCallError(404, "ResourceNotFoundException", message)
    return FunctionReference(name, reference.qualifier or qualifier)


def _choice(request: ClientRequest, header: str, values: tuple[str, ...]) -> str:
    """The header's value; the first of ``values`` if it is absent."""
    value = header_value(request.headers, header) or values[0]
    if value not in values:
        _refuse(f"{header} is {value[:80]!r}; expected one of {', '.join(values)}.")
    return value


def _refuse(message: str) -> NoReturn:
    raise RefusedCallError(400, "InvalidParameterValueException", message)


def _json(payload: bytes) -> object:
    try:
        return json.loads(payload.decode(), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        message = f"Could not parse request body into json: {error}"
        raise RefusedCallError(400, "InvalidRequestContentException", message) from error


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _invoker(request: ClientRequest, kind: str) -> dict[str, str]:
    """The Runtime API's headers about the invoker."""
    headers: dict[str, str] = {}
    context = _client_context(header_value(request.headers, "x-amz-client-context"))
    if context and kind == "RequestResponse":  # AWS passes it to synchronous invocations only
        headers["Lambda-Runtime-Client-Context"] = context
    # AWS takes the identity from the caller's credentials, which nobody checks here: these two headers are ours.
    identity = header_value(request.headers, "cognito-identity-id")
    if identity:
        pool = header_value(request.headers, "cognito-identity-pool-id")
        fields = {"cognitoIdentityId": identity, "cognitoIdentityPoolId": pool}
        headers["Lambda-Runtime-Cognito-Identity"] = json.dumps(fields)
    for name, source in (("Aws-Tenant-Id", "x-amz-tenant-id"), ("Trace-Id", "x-amzn-trace-id")):
        value = header_value(request.headers, source)
        if value:
            headers[f"Lambda-Runtime-{name}"] = value
    return headers


def _client_context(encoded: str) -> str:
    """The client context as a header's text, latin-1 for its bytes."""
    if len(encoded) > _CLIENT_CONTEXT_LIMIT:
        _refuse(f"The client context is {len(encoded)} bytes of base64; the limit is {_CLIENT_CONTEXT_LIMIT}.")
    if not encoded:
        return ""
    try:
        data = b64decode(encoded, validate=True)
        valid = isinstance(_json(data), dict)
    except (ValueError, RefusedCallError):
        valid = False
    if not valid:
        message = "Client context must be a valid Base64-encoded JSON object."
        raise RefusedCallError(400, "InvalidRequestContentException", message)
    # In JSON a line break is only ever white space; in a header it would begin another one.
    return data.decode("latin-1").replace("\r", " ").replace("\n", " ")
