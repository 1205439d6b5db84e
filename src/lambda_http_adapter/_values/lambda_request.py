"""The event and the context behind an HTTP request, for apps that need them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar, cast, overload
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from .context import LambdaContext
    from .request import LambdaEvent


Default = TypeVar("Default")


class Authorizer(NamedTuple):
    """The caller as the front door has authorised it, in the same form for every payload version.

    ``kind`` tells what ``claims`` are: the claims of a token (``jwt``), the context that a Lambda authorizer returned
    (``lambda``), or the fields of an IAM identity (``iam``). ``scopes`` are the scopes that the route requires.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-access-control.html
    """

    kind: Literal["jwt", "lambda", "iam"]
    claims: dict[str, Any]
    scopes: list[str]


class LambdaRequest:
    """The invocation behind an HTTP request.

    A map that is absent or null in the event is empty here, and so are all maps if the event isn't an object.
    """

    __slots__ = ("_query_string", "context", "event", "origin", "raw_path")

    def __init__(
        self, event: dict[str, Any], context: LambdaContext | None, origin: str, raw_path: str, query_string: str
    ) -> None:
        self.event: dict[str, Any] = event
        self.context: LambdaContext | None = context
        self.origin: str = origin
        """A member of ``RequestOrigin``, or the name of an origin of your own."""
        self.raw_path: str = raw_path
        """The percent-encoded path: as the client sent it, unless the origin decodes it."""
        self._query_string = query_string

    @property
    def request_context(self) -> dict[str, Any]:
        """The event's ``requestContext``."""
        return _mapping(_mapping(self.event).get("requestContext"))

    @property
    def path_parameters(self) -> dict[str, str]:
        """The path parameters of API Gateway's route, not those of the app's own routes."""
        return cast("dict[str, str]", _mapping(_mapping(self.event).get("pathParameters")))

    @property
    def stage_variables(self) -> dict[str, str]:
        """The stage variables of an API Gateway stage."""
        return cast("dict[str, str]", _mapping(_mapping(self.event).get("stageVariables")))

    @property
    def query_parameters(self) -> dict[str, list[str]]:
        """All values of each query parameter, decoded."""
        return parse_qs(self._query_string, keep_blank_values=True)

    @property
    def authorizer(self) -> Authorizer | None:
        """The caller as the front door has authorised it; None for a request without authorisation.

        The first of these that the event has:

        kind    payload 2.0                 payload 1.0, VPC Lattice
        jwt     authorizer.jwt.claims       authorizer.claims
        iam     authorizer.iam
        lambda  authorizer.lambda           authorizer
        iam                                 identity
        """
        context = self.request_context
        authorizer = _mapping(context.get("authorizer"))
        jwt = _mapping(authorizer.get("jwt")) or authorizer
        if claims := _mapping(jwt.get("claims")):
            scopes = jwt.get("scopes")
            return Authorizer("jwt", claims, scopes if isinstance(scopes, list) else [])
        iam = _mapping(authorizer.get("iam"))
        if _is_iam(iam):
            return Authorizer("iam", iam, [])
        custom: object = authorizer
        if "lambda" in authorizer:
            custom = authorizer["lambda"]
        elif "jwt" in authorizer or "iam" in authorizer:
            custom = None
        if isinstance(custom, dict) and custom:
            return Authorizer("lambda", custom, [])
        identity = _mapping(context.get("identity"))
        return Authorizer("iam", identity, []) if _is_iam(identity) else None


def _is_iam(identity: LambdaEvent) -> bool:
    return bool(identity.get("userArn")) or identity.get("type") == "AWS_IAM"


_RAISE = object()


@overload
def lambda_request(source: object) -> LambdaRequest: ...
@overload
def lambda_request(source: object, default: Default) -> LambdaRequest | Default: ...
def lambda_request(source: object, default: object = _RAISE) -> object:
    """The invocation behind ``source``: an ASGI scope, a WSGI environ, or a framework's request that has one of them
    (Starlette, FastAPI, Flask, Django …).

    Returns ``default`` if the request didn't come through Lambda, for example in a development server. Raises
    LookupError if there is no ``default``.
    """
    for candidate in (source, getattr(source, "scope", None), getattr(source, "environ", None)):
        if not isinstance(candidate, Mapping):
            continue
        if "aws.event" in candidate:
            return _from_keys(cast("Mapping[str, object]", candidate))
        if "wsgi.version" in candidate:  # perhaps of a WSGI app inside an ASGI app
            from .context import current_scope

            scope = current_scope.get()
            if scope is not None:
                return _from_keys(scope)
    if default is not _RAISE:
        return default
    raise LookupError("This request did not come through AWS Lambda.")


def _from_keys(keys: Mapping[str, object]) -> LambdaRequest:
    if "raw_path" in keys:  # an ASGI scope
        raw_path = cast("bytes", keys["raw_path"]).decode("latin-1")
        query_string = cast("bytes", keys["query_string"]).decode("latin-1")
    else:
        raw_path = cast("str", keys["REQUEST_URI"]).partition("?")[0]
        query_string = cast("str", keys["QUERY_STRING"])
    return LambdaRequest(
        cast("LambdaEvent", keys["aws.event"]),
        cast("LambdaContext | None", keys["aws.context"]),
        cast("str", keys["aws.request_origin"]),
        raw_path,
        query_string,
    )


def _mapping(value: object) -> LambdaEvent:
    return cast("LambdaEvent", value) if isinstance(value, dict) else {}
