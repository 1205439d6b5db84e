"""What a person can do about an error of the function or about a request that the front door refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..doors.methods import RefusedMethodError
from .authorizers import BusyAuthorizerError

if TYPE_CHECKING:
    from ..doors.client import NoEventError
    from ..sandbox.invocation import InvocationError

_BY_TYPE = {
    "Runtime.ImportModuleError": "install the missing package in the environment of `dev`, or correct the import",
    "Runtime.UserCodeSyntaxError": "correct the line; `dev` tries again when the file is saved",
    "Runtime.HandlerNotFound": "correct the name of the app, the first argument of `dev`",
    "Runtime.OutOfMemory": "raise the limit with --memory MB",
    "Runtime.ExitError": "see what the process has printed; the next request starts a new one",
    "Sandbox.Timedout": "raise the limit with --timeout SECONDS; for a debugger, --no-timeout disables it",
    "Function.ResponseSizeTooLarge": "send less, or stream: --stream with function-url or rest allows 200 MB",
    # Ours: its message says the rest.
    "Function.ResponseTooLargeError": "to let it stream, start `dev` with --stream and --origin function-url or rest",
}
_OTHERS = "correct the app; `dev` restarts it when a file is saved"


def advice_on(error: InvocationError) -> str:
    return _BY_TYPE.get(error.error_type, _OTHERS)


def advice_in_line(error: InvocationError) -> str:
    """ "" where it would repeat the line of an ended process, or say no more than that there is an error."""
    return "" if error.error_type.startswith("Runtime.") else _BY_TYPE.get(error.error_type, "")


OTHER_METHOD = "send another method, or choose another front door with --origin"
NOT_AUTHORIZED = "send what --authorizer expects; the header x-lambda-dev-claims chooses a caller"
AUTHORIZER_FAILED = "correct the authorizer; `dev` restarts it when a file is saved"
TOO_LARGE = "send less, or upload to S3 with a presigned URL"
BUSY = "raise --concurrency, or see which request hangs at /_lambda"
BUSY_PROCESS = "raise --max-concurrency, or see which request hangs at /_lambda"
TOO_SLOW = "answer sooner; for a debugger, --no-timeout disables the limit"
IDLE = "send a heartbeat: AWS ends a stream after 300 s without a byte, of an edge-optimized API after 30 s"
MALFORMED = "return what docs/origins.md lists for this front door"
NO_WEBSOCKET = "start `dev` with --origin websocket, or connect to a WebSocket API"


def advice_on_refusal(error: NoEventError) -> str:
    """Empty for a response that isn't an error, such as the answer to a preflight."""
    if error.response.status < 400:
        return ""
    if isinstance(error, BusyAuthorizerError):
        return BUSY
    if error.response.status >= 500:
        return AUTHORIZER_FAILED
    return OTHER_METHOD if isinstance(error, RefusedMethodError) else NOT_AUTHORIZED


def outside(mount: str) -> str:
    return f"the app is below {mount}/"
