"""One invocation, as the Runtime API hands it out."""

from .._values.context import LambdaContext
from ..errors import AdapterError


class ContextError(AdapterError):
    """The Runtime API's headers don't describe an invocation."""

    error_type = "Runtime.LambdaContextUnmarshalError"


class Invocation:
    """One answer of ``/next``: its headers, their names in lower case, and the event."""

    def __init__(self, request_id: str, headers: dict[bytes, bytes], event: bytes) -> None:
        self.request_id = request_id
        self.event = event
        self._headers = headers
        self.invocation_id = self._text(b"lambda-runtime-invocation-id")
        self.trace_id = self._text(b"lambda-runtime-trace-id")

    def _text(self, name: bytes) -> str:
        """Empty where the Runtime API sent none, which it also spells as empty."""
        return self._headers.get(name, b"").decode("latin-1")

    def context(self) -> LambdaContext:
        """Raises ContextError for headers that don't hold what they should."""
        client = w3c = identity = None
        client_context = self._text(b"lambda-runtime-client-context")
        cognito_identity = self._text(b"lambda-runtime-cognito-identity")
        try:
            if client_context or cognito_identity:
                from .._values.client_context import read_client_context, read_cognito_identity

                if client_context:
                    client, w3c = read_client_context(client_context)
                if cognito_identity:
                    identity = read_cognito_identity(cognito_identity)
            return LambdaContext(
                self.request_id,
                int(self._text(b"lambda-runtime-deadline-ms")),
                self._text(b"lambda-runtime-invoked-function-arn"),
                client_context=client,
                w3c=w3c,
                identity=identity,
                tenant_id=self._text(b"lambda-runtime-aws-tenant-id") or None,
                xray_trace_id=self.trace_id or None,
            )
        except (ValueError, TypeError, AttributeError) as error:
            raise ContextError(f"Unable to read the invocation's context: {error}") from error
