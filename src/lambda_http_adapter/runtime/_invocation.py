"""One invocation, as the Runtime API hands it out."""

from __future__ import annotations

from typing import NamedTuple

from .._context import W3C_FIELDS, Client, ClientContext, CognitoIdentity, LambdaContext
from .._json import loads
from ..errors import AdapterError


class ContextError(AdapterError):
    """The Runtime API's headers don't describe an invocation."""

    error_type = "Runtime.LambdaContextUnmarshalError"


class Invocation(NamedTuple):
    """One answer of ``/next``. Texts are empty where the Runtime API sent none, which it also spells as empty."""

    request_id: str
    deadline_ms: str
    invoked_function_arn: str
    trace_id: str
    tenant_id: str
    invocation_id: str
    client_context: str
    cognito_identity: str
    event: bytes

    def context(self) -> LambdaContext:
        """Raises ContextError for headers that don't hold what they should."""
        try:
            client, w3c = _client_context(self.client_context) if self.client_context else (None, None)
            return LambdaContext(
                self.request_id,
                int(self.deadline_ms),
                self.invoked_function_arn,
                client_context=client,
                w3c=w3c,
                identity=_cognito_identity(self.cognito_identity) if self.cognito_identity else None,
                tenant_id=self.tenant_id or None,
                xray_trace_id=self.trace_id or None,
            )
        except (ValueError, TypeError, AttributeError) as error:
            raise ContextError(f"Unable to read the invocation's context: {error}") from error


def _client_context(text: str) -> tuple[ClientContext, dict[str, str]]:
    fields = loads(text.encode("latin-1"))
    if not isinstance(fields, dict):
        raise TypeError(f"the client context is not an object but {text[:80]!r}")
    client, w3c = fields.get("client"), fields.get("w3c") or {}
    context = ClientContext(
        fields.get("custom"),
        fields.get("env"),
        Client(*(client.get(name) for name in Client._fields)) if client else None,
    )
    return context, {name: w3c[name] for name in W3C_FIELDS if isinstance(w3c.get(name), str)}


def _cognito_identity(text: str) -> CognitoIdentity:
    fields = loads(text.encode("latin-1"))
    if not isinstance(fields, dict):
        raise TypeError(f"the Cognito identity is not an object but {text[:80]!r}")
    return CognitoIdentity(fields.get("cognitoIdentityId"), fields.get("cognitoIdentityPoolId"))
