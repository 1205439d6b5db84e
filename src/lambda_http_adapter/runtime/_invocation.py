"""One invocation, as the Runtime API hands it out."""

from .._context import LambdaContext
from ..errors import AdapterError


class ContextError(AdapterError):
    """The Runtime API's headers don't describe an invocation."""

    error_type = "Runtime.LambdaContextUnmarshalError"


class Invocation:
    """One answer of ``/next``. Texts are empty where the Runtime API sent none, which it also spells as empty."""

    def __init__(
        self,
        request_id: str,
        deadline_ms: str,
        invoked_function_arn: str,
        trace_id: str,
        tenant_id: str,
        invocation_id: str,
        client_context: str,
        cognito_identity: str,
        event: bytes,
    ) -> None:
        self.request_id = request_id
        self.deadline_ms = deadline_ms
        self.invoked_function_arn = invoked_function_arn
        self.trace_id = trace_id
        self.tenant_id = tenant_id
        self.invocation_id = invocation_id
        self.client_context = client_context
        self.cognito_identity = cognito_identity
        self.event = event

    def context(self) -> LambdaContext:
        """Raises ContextError for headers that don't hold what they should."""
        client = w3c = identity = None
        try:
            if self.client_context or self.cognito_identity:
                from .._client_context import read_client_context, read_cognito_identity

                if self.client_context:
                    client, w3c = read_client_context(self.client_context)
                if self.cognito_identity:
                    identity = read_cognito_identity(self.cognito_identity)
            return LambdaContext(
                self.request_id,
                int(self.deadline_ms),
                self.invoked_function_arn,
                client_context=client,
                w3c=w3c,
                identity=identity,
                tenant_id=self.tenant_id or None,
                xray_trace_id=self.trace_id or None,
            )
        except (ValueError, TypeError, AttributeError) as error:
            raise ContextError(f"Unable to read the invocation's context: {error}") from error
