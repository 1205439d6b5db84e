"""What a front door knows besides the request: its authorised caller, the values of route and stage, the tenant."""

# https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-access-control.html
# https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
# https://docs.aws.amazon.com/vpc-lattice/latest/ug/lambda-functions.html
# https://docs.aws.amazon.com/lambda/latest/dg/tenant-isolation-invoke.html

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import TYPE_CHECKING, NamedTuple, cast

from ..._values.client_context import ClientContext, read_client_context
from ...errors import ConfigurationError
from ...origins import RequestOrigin

if TYPE_CHECKING:
    from ..._values.request import LambdaEvent
    from .door import Door

# What the event, or the context, of each origin can hold. Only a REST API can also name a tenant.
_CARRIED = {
    RequestOrigin.function_url: ("request_context", "authorizer"),
    RequestOrigin.api_gateway_v2: ("request_context", "path_parameters", "stage_variables", "authorizer"),
    RequestOrigin.api_gateway_v1: ("request_context", "path_parameters", "stage_variables", "authorizer"),
    RequestOrigin.alb: ("request_context",),
    RequestOrigin.websocket: ("request_context", "stage_variables", "authorizer"),
    RequestOrigin.vpc_lattice: ("request_context", "authorizer"),
    RequestOrigin.lambda_edge: (),
    RequestOrigin.pass_through: ("tenant_id", "client_context"),
}
_AUTHORIZERS = {
    RequestOrigin.function_url: ("iam",),
    RequestOrigin.api_gateway_v2: ("jwt", "lambda", "iam"),
    RequestOrigin.api_gateway_v1: ("jwt", "lambda", "iam"),
    RequestOrigin.websocket: ("lambda", "iam"),
    RequestOrigin.vpc_lattice: ("iam",),
}
_IAM_USER = {
    "accessKey": "AKIAIOSFODNN7EXAMPLE",
    "accountId": "123456789012",
    "callerId": "AIDACKCEVSQ6C2EXAMPLE",
    "cognitoIdentity": None,
    "principalOrgId": None,
    "userArn": "arn:aws:iam::123456789012:user/alice",
    "userId": "AIDACKCEVSQ6C2EXAMPLE",
}
_CLIENT_CONTEXT = ("custom", "env", "client", "w3c")


class Caller(NamedTuple):
    """A field that is None leaves the front door's event, or the context, as it is."""

    request_context: Mapping[str, object] | None = None
    path_parameters: Mapping[str, str] | None = None
    stage_variables: Mapping[str, str] | None = None
    authorizer: Mapping[str, Mapping[str, object]] | None = None
    tenant_id: str | None = None
    client_context: Mapping[str, object] | None = None

    def but(self, fields: object) -> Caller:
        """This caller with other values for some fields: ``request_context`` is merged, any other field replaced.

        Raises ConfigurationError for anything but a mapping of fields.
        """
        if not isinstance(fields, Mapping):
            raise ConfigurationError(f"Expected a mapping as aws.lambda, got {fields!r}.")
        _require_known(fields, self._fields, "aws.lambda")
        changed = self._replace(**fields)
        if self.request_context is not None and changed.request_context is not None:
            return changed._replace(request_context=merged(self.request_context, changed.request_context))
        return changed

    def client(self) -> tuple[ClientContext | None, dict[str, str] | None]:
        """The client context and the W3C trace context of the invocation. Raises ConfigurationError."""
        if self.client_context is None:
            return None, None
        _require_known(self.client_context, _CLIENT_CONTEXT, "client_context")
        try:
            return read_client_context(json.dumps(self.client_context))
        except (TypeError, ValueError, AttributeError) as error:
            raise ConfigurationError(f"{self.client_context!r} is not a client_context: {error}.") from error


ANONYMOUS = Caller()


def with_caller(event: LambdaEvent, door: Door, caller: Caller) -> LambdaEvent:
    """``event`` with what ``door`` writes of ``caller``. Raises ConfigurationError for what it can't write."""
    require_carried(door, caller)
    if caller == ANONYMOUS:
        return event
    event = deepcopy(event)
    context = cast("LambdaEvent", event.get("requestContext", {}))
    if caller.authorizer is not None:
        _authorize(context, door, caller.authorizer)
    if caller.request_context is not None:
        context = merged(context, caller.request_context)
        # Two fields of the route are in the event as well.
        for name, copied in (("resource", "resourcePath"), ("routeKey", "routeKey")):
            if name in event and copied in context:
                event[name] = context[copied]
    if context:
        event["requestContext"] = context
    for name, values in (("pathParameters", caller.path_parameters), ("stageVariables", caller.stage_variables)):
        if values is not None:
            event[name] = dict(values) or None
    return event


def merged(value: Mapping[str, object], changes: Mapping[str, object]) -> LambdaEvent:
    """``value`` with ``changes``; mappings that both have are merged in the same way."""
    result = deepcopy(dict(value))
    for name, change in changes.items():
        present = result.get(name)
        if isinstance(present, Mapping) and isinstance(change, Mapping):
            result[name] = merged(present, change)
        else:
            result[name] = deepcopy(change)
    return result


# What can be written


def require_carried(door: Door, caller: Caller) -> None:
    """Raises ConfigurationError if ``door`` has no place for something in ``caller``."""
    carried = [*_CARRIED[door.origin], *(["tenant_id"] if door.is_rest_api else [])]
    for name, value in caller._asdict().items():
        if value is None:
            continue
        if name not in carried:
            raise ConfigurationError(f"{_subject(door)} can't carry {name}; it can carry {_list(carried)}.")
        if name == "tenant_id":
            if not isinstance(value, str):
                raise ConfigurationError(f"A tenant_id is a string, got {value!r}.")
        elif not isinstance(value, Mapping):
            raise ConfigurationError(f"Expected a mapping as {name}, got {value!r}.")
        elif name in ("path_parameters", "stage_variables"):
            wrong = {key: item for key, item in value.items() if not isinstance(item, str)}
            if wrong:
                raise ConfigurationError(f"The values of {name} are strings, got {wrong!r}.")
    if caller.authorizer is not None:
        _require_authorizer(door, caller.authorizer)


def _require_authorizer(door: Door, authorizer: Mapping[str, object]) -> None:
    kinds = _AUTHORIZERS[door.origin]
    if len(authorizer) != 1 or not authorizer.keys() <= {"jwt", "lambda", "iam"}:
        raise ConfigurationError(
            f"An authorizer has one key, 'jwt', 'lambda' or 'iam'; got {_list(map(repr, authorizer))}."
        )
    ((kind, content),) = authorizer.items()
    if kind not in kinds:
        raise ConfigurationError(f"{_subject(door)} has no authorizer {kind!r}; it can have {_list(map(repr, kinds))}.")
    if not isinstance(content, Mapping):
        raise ConfigurationError(f"Expected a mapping as the authorizer's {kind!r}, got {content!r}.")
    if kind == "jwt":
        _require_known(
            content, ["claims"] if door.is_rest_api else ["claims", "scopes"], f"the authorizer 'jwt' of {door.label}"
        )
    if kind == "iam":
        known = ["userArn", "principalOrgId"] if door.origin is RequestOrigin.vpc_lattice else [*_IAM_USER]
        _require_known(content, known, f"the authorizer 'iam' of {door.label}")


def _require_known(fields: Iterable[str], known: Iterable[str], of: str) -> None:
    unknown = [name for name in fields if name not in known]
    if unknown:
        raise ConfigurationError(f"Unknown field {_list(map(repr, unknown))} in {of}; expected one of: {_list(known)}.")


def _subject(door: Door) -> str:
    return door.label[:1].upper() + door.label[1:]


def _list(names: Iterable[str]) -> str:
    return ", ".join(names) or "nothing"


# How the authorised caller is written


def _authorize(context: LambdaEvent, door: Door, authorizer: Mapping[str, Mapping[str, object]]) -> None:
    ((kind, content),) = authorizer.items()
    if kind == "iam":
        _write_iam(context, door, content)
    elif kind == "jwt":
        context["authorizer"] = _jwt(door, content)
    elif door.origin is RequestOrigin.api_gateway_v2:
        context["authorizer"] = {"lambda": dict(content)}
    elif door.payload == "http_api":
        context["authorizer"] = dict(content)
    else:
        # REST and WebSocket APIs add two fields, and turn the values into texts.
        texts = {name: _text(name, value, "") for name, value in content.items()}
        context["authorizer"] = {"principalId": "user", **texts, "integrationLatency": 12}


def _jwt(door: Door, content: Mapping[str, object]) -> LambdaEvent:
    """Every claim becomes a text.

    A list is ``a,b`` in the event of a REST API and ``[a b]`` in that of an HTTP API, an object ``{"a":"b"}`` or
    ``map[a:b]``.
    """
    claims = cast("Mapping[str, object]", content.get("claims") or {})
    separator = "," if door.is_rest_api else " "
    texts = {name: _text(name, value, separator) for name, value in claims.items()}
    if door.is_rest_api:
        return {"claims": texts}
    jwt = {"claims": texts, "scopes": content.get("scopes")}
    return jwt if door.payload == "http_api" else {"jwt": jwt}


def _text(name: str, value: object, separator: str) -> str:
    """``separator``: of a claim's items. Without one, lists and objects are refused."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    if separator and isinstance(value, list | tuple):
        items = separator.join(_item(name, item, separator) for item in value)
        return items if separator == "," else f"[{items}]"
    if separator == "," and isinstance(value, Mapping):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if separator and isinstance(value, Mapping):
        fields = separator.join(f"{key}:{_item(name, item, separator)}" for key, item in sorted(value.items()))
        return f"map[{fields}]"
    raise ConfigurationError(f"The front door can't write the value of {name!r} in the authorizer as text: {value!r}.")


def _item(name: str, value: object, separator: str) -> str:
    """The text of a value inside a list or an object."""
    if value is None:
        return "null" if separator == "," else "<nil>"
    return _text(name, value, separator)


def _write_iam(context: LambdaEvent, door: Door, content: Mapping[str, object]) -> None:
    user: LambdaEvent = {**_IAM_USER, **content}
    arn = str(user["userArn"])
    account = arn.split(":")[4:5]
    if "accountId" not in content and account:
        user["accountId"] = account[0]
    if door.origin is RequestOrigin.api_gateway_v2:
        context["authorizer"] = {"iam": user}
    elif door.origin is RequestOrigin.function_url:
        context |= {"accountId": user["accountId"], "authentication": None, "authorizer": {"iam": user}}
    elif door.origin is RequestOrigin.vpc_lattice:
        context["identity"] = cast("LambdaEvent", context["identity"]) | _lattice_identity(arn, user["principalOrgId"])
    else:
        context["identity"] = cast("LambdaEvent", context["identity"]) | _identity_v1(user)


def _lattice_identity(arn: str, organisation: object) -> LambdaEvent:
    identity: LambdaEvent = {"type": "AWS_IAM", "principal": arn}
    if organisation is not None:
        identity["principalOrgID"] = organisation
    if ":assumed-role/" in arn:
        identity["sessionName"] = arn.rpartition("/")[2]
    return identity


def _identity_v1(user: Mapping[str, object]) -> LambdaEvent:
    identity = {name: user[name] for name in ("accessKey", "accountId", "principalOrgId", "userArn")}
    identity |= {"caller": user["callerId"], "user": user["userId"]}
    cognito = user["cognitoIdentity"]
    if isinstance(cognito, Mapping):
        identity["cognitoIdentityId"] = cognito.get("identityId")
        identity["cognitoIdentityPoolId"] = cognito.get("identityPoolId")
        identity["cognitoAuthenticationType"] = next(iter(cognito.get("amr") or ()), None)
    return identity
