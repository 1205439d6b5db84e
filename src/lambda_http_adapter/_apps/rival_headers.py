"""The request headers by which Lambda Web Adapter tells an app of its invocation, for apps that still read them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ..errors import EventError

if TYPE_CHECKING:
    from .._values.context import LambdaContext
    from .._values.request import Headers, LambdaEvent


def rival_headers(event: LambdaEvent, context: LambdaContext | None) -> Headers:
    """The event's request context and Lambda's context as JSON, and the tenant. Clients' headers of these names have
    been dropped. Raises EventError for one that is nested too deeply.
    """
    fields: object = event  # one that isn't an HTTP request may be any JSON
    request_context = fields.get("requestContext") if isinstance(fields, dict) else None
    headers: Headers = [(b"x-amzn-request-context", _json(request_context or {}))]
    if context is not None:
        headers.append((b"x-amzn-lambda-context", _json(_fields(context))))
        tenant_id = getattr(context, "tenant_id", None)
        if isinstance(tenant_id, str) and tenant_id and tenant_id.isascii() and tenant_id.isprintable():
            headers.append((b"x-amz-tenant-id", tenant_id.encode("ascii")))
    return headers


def _json(value: object) -> bytes:
    try:
        # A test's stand-in for a context may have values of any type.
        return json.dumps(value, separators=(",", ":"), default=str).encode("ascii")
    except RecursionError as error:
        raise EventError(f"The request context can't be passed to the app as JSON: {error}.") from error


def _fields(context: LambdaContext) -> dict[str, object]:
    """By the names of Rust's runtime. A context of AWS's own runtime lacks some, and a test's any of them."""

    def field(name: str) -> object:
        return getattr(context, name, None)

    return {
        "request_id": field("aws_request_id"),
        "deadline": field("_deadline_ms") or field("_epoch_deadline_time_in_ms"),
        "invoked_function_arn": field("invoked_function_arn"),
        "xray_trace_id": field("xray_trace_id"),
        "client_context": _client_context(field("client_context")),
        "identity": _identity(field("identity")),
        "tenant_id": field("tenant_id"),
        "env_config": {
            "function_name": field("function_name"),
            "memory": _whole(field("memory_limit_in_mb")),
            "version": field("function_version"),
            "log_stream": field("log_stream_name"),
            "log_group": field("log_group_name"),
        },
    }


def _whole(megabytes: object) -> int:
    text = str(megabytes)
    return int(text) if text.isdecimal() else 0


def _client_context(context: object) -> dict[str, object] | None:
    if context is None:
        return None
    names = {
        "installationId": "installation_id",
        "appTitle": "app_title",
        "appVersionName": "app_version_name",
        "appVersionCode": "app_version_code",
        "appPackageName": "app_package_name",
    }
    client = getattr(context, "client", None)
    return {
        "client": {name: getattr(client, attribute, None) or "" for name, attribute in names.items()},
        "custom": getattr(context, "custom", None) or {},
        "environment": getattr(context, "env", None) or {},
    }


def _identity(identity: object) -> dict[str, object] | None:
    identity_id = getattr(identity, "cognito_identity_id", None)
    if identity_id is None:
        return None
    return {"identityId": identity_id, "identityPoolId": getattr(identity, "cognito_identity_pool_id", None)}
