"""The invoker's client context and Cognito identity, which the AWS Mobile SDKs send. Few invocations have them.

https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
"""

from typing import Any, NamedTuple

from .codec import loads

_W3C_FIELDS = ("traceparent", "tracestate", "baggage")


class CognitoIdentity(NamedTuple):
    """The Amazon Cognito identity that authorised the request; both fields are None if there is none."""

    cognito_identity_id: str | None = None
    cognito_identity_pool_id: str | None = None


class Client(NamedTuple):
    """The mobile app that invoked the function through an AWS Mobile SDK."""

    installation_id: str | None = None
    app_title: str | None = None
    app_version_name: str | None = None
    app_version_code: str | None = None
    app_package_name: str | None = None


class ClientContext(NamedTuple):
    """The client context that the invoker sent."""

    custom: dict[str, Any] | None = None
    env: dict[str, Any] | None = None
    client: Client | None = None


def read_client_context(text: str) -> tuple[ClientContext, dict[str, str]]:
    """The client context in ``text``, which is JSON, and the W3C trace context in it.

    Raises ValueError, TypeError or RecursionError if ``text`` is something else.
    """
    fields = loads(text.encode("latin-1"))
    if not isinstance(fields, dict):
        raise TypeError(f"the client context is not an object but {text[:80]!r}")
    custom, env, client, w3c = (_object(fields, name) for name in ("custom", "env", "client", "w3c"))
    context = ClientContext(custom, env, Client(*(client.get(name) for name in Client._fields)) if client else None)
    return context, {name: value for name in _W3C_FIELDS if w3c and isinstance(value := w3c.get(name), str)}


def _object(fields: dict[str, object], name: str) -> dict[str, Any] | None:
    value = fields.get(name)
    if value is None or isinstance(value, dict):
        return value
    raise TypeError(f"{name!r} of the client context is not an object but {str(value)[:80]!r}")


def read_cognito_identity(text: str) -> CognitoIdentity:
    """The Cognito identity in ``text``, which is JSON.

    Raises ValueError, TypeError or RecursionError if ``text`` is something else.
    """
    fields = loads(text.encode("latin-1"))
    if not isinstance(fields, dict):
        raise TypeError(f"the Cognito identity is not an object but {text[:80]!r}")
    return CognitoIdentity(fields.get("cognitoIdentityId"), fields.get("cognitoIdentityPoolId"))


def read_caller(
    client_context: bytes, cognito_identity: bytes
) -> tuple[ClientContext | None, dict[str, str] | None, CognitoIdentity | None]:
    """The client context, the W3C trace context and the identity in two headers; an empty one says nothing.

    Raises ValueError, TypeError or RecursionError for texts that hold something else.
    """
    client = w3c = identity = None
    if client_context:
        client, w3c = read_client_context(client_context.decode("latin-1"))
    if cognito_identity:
        identity = read_cognito_identity(cognito_identity.decode("latin-1"))
    return client, w3c, identity
