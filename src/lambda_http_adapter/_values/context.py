"""The Lambda context object, with the attribute names of AWS's Python runtime.

https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
"""

from __future__ import annotations

import os
import sys
import time
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .client_context import ClientContext, CognitoIdentity


class LambdaContext:
    """One invocation and its environment, as Lambda describes them.

    ``memory_limit_in_mb`` is text and ``identity`` is never None, as in AWS's own runtime: code and tools for that
    runtime (Powertools, tracers) work unchanged. ``xray_trace_id`` and ``w3c()`` are additions.
    """

    __slots__ = (
        "_deadline_ms",
        "_identity",
        "_w3c",
        "aws_request_id",
        "client_context",
        "invoked_function_arn",
        "tenant_id",
        "xray_trace_id",
    )

    def __init__(
        self,
        aws_request_id: str,
        deadline_ms: int,
        invoked_function_arn: str,
        *,
        client_context: ClientContext | None = None,
        identity: CognitoIdentity | None = None,
        tenant_id: str | None = None,
        w3c: dict[str, str] | None = None,
        xray_trace_id: str | None = None,
    ) -> None:
        """``deadline_ms`` is the time at which the invocation times out, in milliseconds since the Unix epoch."""
        self.aws_request_id: str = aws_request_id
        self.invoked_function_arn: str = invoked_function_arn
        self.client_context: ClientContext | None = client_context
        self._identity = identity
        self.tenant_id: str | None = tenant_id
        self._deadline_ms = deadline_ms
        self.xray_trace_id: str | None = xray_trace_id
        self._w3c = w3c or {}

    @property
    def identity(self) -> CognitoIdentity:
        """The Amazon Cognito identity of the invoker; its fields are None if there is none."""
        if self._identity is None:
            from .client_context import CognitoIdentity

            self._identity = CognitoIdentity()
        return self._identity

    # The environment, not the invocation: looked up on demand, because few apps need it.

    @property
    def function_name(self) -> str | None:
        return os.environ.get("AWS_LAMBDA_FUNCTION_NAME")

    @property
    def function_version(self) -> str | None:
        return os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")

    @property
    def memory_limit_in_mb(self) -> str | None:
        return os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")

    @property
    def log_group_name(self) -> str | None:
        return os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")

    @property
    def log_stream_name(self) -> str | None:
        return os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda ends this invocation, never below 0."""
        # Wall clock, as the deadline is. A monotonic clock stops or jumps while the environment is frozen.
        return max(0, int(self._deadline_ms - time.time() * 1000))

    def log(self, message: object) -> None:
        """Write ``message`` to the function's log, without adding a newline."""
        sys.stdout.write(str(message))
        sys.stdout.flush()

    def w3c(self) -> dict[str, str]:
        """The W3C trace context from the invoker: those of ``traceparent``, ``tracestate`` and ``baggage`` it sent."""
        return dict(self._w3c)

    def __repr__(self) -> str:
        return f"LambdaContext(aws_request_id={self.aws_request_id!r}, function_name={self.function_name!r})"


current_scope: ContextVar[Mapping[str, object] | None] = ContextVar("lambda_http_adapter.scope", default=None)
"""The ASGI scope of the request in this task or thread. A WSGI app inside an ASGI app (asgiref's WsgiToAsgi, a2wsgi) is
given an environ with none of our keys; ``lambda_request`` finds them here."""

_current: ContextVar[LambdaContext | None] = ContextVar("lambda_http_adapter.context", default=None)

_only: LambdaContext | None = None


def current_context() -> LambdaContext | None:
    """The context of the invocation that this code runs in; None outside of an invocation.

    It is correct in each task and thread, even if several invocations run at once. Then, a thread that the app starts
    needs a copy of the ``contextvars`` context, which ``asyncio.to_thread`` gives it.
    """
    return _current.get() or _only


def enter_invocation(context: LambdaContext | None, alone: bool) -> None:
    """Make ``current_context`` return ``context`` in this task or thread.

    ``alone``: no other invocation is in flight, so every other thread may see it as well.
    """
    global _only  # noqa: PLW0603  # one invocation in the process, so one variable for it
    _current.set(context)
    _only = context if alone else None
