"""What Lambda knows about a request beyond HTTP, for the app that asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, NamedTuple, cast
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from .context import LambdaContext
    from .request import LambdaEvent


class Authorizer(NamedTuple):
    """Who the front door let in, whatever the payload version.

    ``claims`` are a token's claims, a Lambda authorizer's context, or the fields of an IAM identity; ``scopes`` are
    those that the route asks for.
    """

    kind: Literal["jwt", "lambda", "iam"]
    claims: dict[str, object]
    scopes: list[str]


class LambdaRequest:
    """The invocation behind an HTTP request. Maps that the event leaves out or has as null are empty."""

    __slots__ = ("_query_string", "context", "event", "origin", "raw_path")

    def __init__(
        self, event: LambdaEvent, context: LambdaContext | None, origin: str, raw_path: str, query_string: str
    ) -> None:
        self.event = event
        self.context = context
        self.origin = origin
        """One of ``RequestOrigin``, or the name of an origin of your own."""
        self.raw_path = raw_path
        """The path percent-encoded: as the client sent it, where the origin doesn't decode it first."""
        self._query_string = query_string

    @property
    def request_context(self) -> LambdaEvent:
        return _mapping(self.event.get("requestContext"))

    @property
    def path_parameters(self) -> dict[str, str]:
        """What matched the placeholders of API Gateway's route; the app's own are the framework's."""
        return cast("dict[str, str]", _mapping(self.event.get("pathParameters")))

    @property
    def stage_variables(self) -> dict[str, str]:
        return cast("dict[str, str]", _mapping(self.event.get("stageVariables")))

    @property
    def query_parameters(self) -> dict[str, list[str]]:
        """Every value of every key, decoded."""
        return parse_qs(self._query_string, keep_blank_values=True)

    @property
    def authorizer(self) -> Authorizer | None:
        """None where the front door authorised nobody."""
        context = self.request_context
        authorizer, identity = _mapping(context.get("authorizer")), _mapping(context.get("identity"))
        # Payload 2.0 names the kind; before it, a token's claims stand under "claims" and a Lambda's bare.
        jwt = _mapping(authorizer.get("jwt")) or authorizer
        if claims := _mapping(jwt.get("claims")):
            return Authorizer("jwt", claims, cast("list[str]", jwt.get("scopes") or []))
        iam = _mapping(authorizer.get("iam")) or identity
        if iam.get("userArn") or iam.get("type") == "AWS_IAM":
            return Authorizer("iam", iam, [])
        custom = authorizer.get("lambda", {} if {"jwt", "iam"} & set(authorizer) else authorizer)
        return Authorizer("lambda", _mapping(custom), []) if custom else None


def lambda_request(source: object) -> LambdaRequest:
    """The invocation behind ``source``: an ASGI scope, a WSGI environ, or a request object that carries one
    (Starlette, FastAPI, Flask, Django …).

    Raises LookupError where the request didn't come through Lambda, as under a development server.
    """
    for candidate in (source, getattr(source, "scope", None), getattr(source, "environ", None)):
        if isinstance(candidate, Mapping) and "aws.event" in candidate:
            return _from_keys(cast("Mapping[str, object]", candidate))
    raise LookupError("This request did not come through AWS Lambda.")


def _from_keys(keys: Mapping[str, object]) -> LambdaRequest:
    if "raw_path" in keys:
        path, query = (cast("bytes", keys[name]).decode("latin-1") for name in ("raw_path", "query_string"))
    else:
        path, query = cast("str", keys["REQUEST_URI"]).partition("?")[0], cast("str", keys["QUERY_STRING"])
    context = cast("LambdaContext | None", keys["aws.context"])
    return LambdaRequest(
        cast("LambdaEvent", keys["aws.event"]), context, cast("str", keys["aws.request_origin"]), path, query
    )


def _mapping(value: object) -> LambdaEvent:
    return cast("LambdaEvent", value) if isinstance(value, dict) else {}
