"""The request headers by which Lambda Web Adapter tells an app of its invocation, for apps that still read them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .._values.client_context import ClientContext, CognitoIdentity
    from .._values.context import LambdaContext
    from .._values.request import Headers, LambdaEvent


def rival_headers(event: LambdaEvent, context: LambdaContext | None) -> Headers:
    """The event's request context and Lambda's context as JSON, and the tenant. Clients' headers of these names have
    been dropped.
    """
    headers: Headers = [(b"x-amzn-request-context", _json(event.get("requestContext") or {}))]
    if context is not None:
        headers.append((b"x-amzn-lambda-context", _json(_fields(context))))
        tenant_id = getattr(context, "tenant_id", None)
        if tenant_id and tenant_id.isascii() and tenant_id.isprintable():
            headers.append((b"x-amz-tenant-id", tenant_id.encode("ascii")))
    return headers


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode("ascii")


def _fields(context: LambdaContext) -> dict[str, object]:
    """By the names of Rust's runtime. A context of AWS's own runtime lacks some."""
    deadline = getattr(context, "_deadline_ms", None) or getattr(context, "_epoch_deadline_time_in_ms", None)
    return {
        "request_id": context.aws_request_id,
        "deadline": deadline,
        "invoked_function_arn": context.invoked_function_arn,
        "xray_trace_id": getattr(context, "xray_trace_id", None),
        "client_context": _client_context(context.client_context),
        "identity": _identity(context.identity),
        "tenant_id": getattr(context, "tenant_id", None),
        "env_config": {
            "function_name": context.function_name,
            "memory": int(context.memory_limit_in_mb or 0),
            "version": context.function_version,
            "log_stream": context.log_stream_name,
            "log_group": context.log_group_name,
        },
    }


def _client_context(context: ClientContext | None) -> dict[str, object] | None:
    if context is None:
        return None
    names = {
        "installationId": "installation_id",
        "appTitle": "app_title",
        "appVersionName": "app_version_name",
        "appVersionCode": "app_version_code",
        "appPackageName": "app_package_name",
    }
    client = {name: getattr(context.client, attribute, None) or "" for name, attribute in names.items()}
    return {"client": client, "custom": context.custom or {}, "environment": context.env or {}}


def _identity(identity: CognitoIdentity | None) -> dict[str, str | None] | None:
    if identity is None or identity.cognito_identity_id is None:
        return None
    return {"identityId": identity.cognito_identity_id, "identityPoolId": identity.cognito_identity_pool_id}
