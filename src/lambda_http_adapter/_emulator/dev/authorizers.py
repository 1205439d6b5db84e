"""The authorizers of ``dev``: who may call the function, and what the front door tells it of the caller."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Literal, Protocol, TypeAlias

from ..doors.caller import Caller
from ..doors.client import ClientRequest, NoEventError, header_value
from ..doors.door import Door
from ..doors.lambda_authorizer import (
    BrokenResultError,
    DeniedError,
    IdentitySource,
    Payload,
    authorized_context,
    authorizer_event,
)
from ..doors.limits import PAYLOAD_LIMIT
from ..doors.refusals import authorizer_failed, forbidden, unauthorized
from ..doors.tokens import TokenError, bearer_token, token_claims
from ..sandbox.invocation import InvocationError, decoded_result
from ..sandbox.pool import Pool

Kind: TypeAlias = Literal["jwt", "iam", "lambda"]
"""The key of ``Caller.authorizer``. A Cognito authorizer writes the claims of a token too: ``jwt``."""


class BusyAuthorizerError(NoEventError):
    """Every sandbox of a Lambda authorizer is busy."""


class Authorizer(Protocol):
    kind: Kind

    @property
    def pool(self) -> Pool | None:
        """The sandboxes of a Lambda authorizer."""

    async def authorize(self, request: ClientRequest, door: Door, caller: Caller) -> Mapping[str, object]:
        """What ``Caller.authorizer`` has under ``kind``.

        ``caller``: what ``door`` writes into every event. Raises NoEventError if the request may not pass, ValueError
        if it is outside the API.
        """


class FixedAuthorizer:
    """Every request has the same caller: the claims of a token, or an IAM identity."""

    pool = None

    def __init__(self, kind: Kind, content: Mapping[str, object]) -> None:
        self.kind = kind
        self._content = content

    async def authorize(self, request: ClientRequest, door: Door, caller: Caller) -> Mapping[str, object]:
        return self._content


class TokenAuthorizer:
    """The claims of the JSON Web Token in Authorization, whose signature isn't verified."""

    kind: Kind = "jwt"
    pool = None

    async def authorize(self, request: ClientRequest, door: Door, caller: Caller) -> Mapping[str, object]:
        token = bearer_token(header_value(request.headers, "authorization"))
        if not token:
            raise NoEventError(unauthorized(door, challenge="Bearer"), "there is no token in Authorization")
        try:
            return {"claims": token_claims(token, time.time())}
        except TokenError as error:
            response = unauthorized(door, challenge='Bearer error="invalid_token"', expired=error.expired)
            raise NoEventError(response, f"the token in Authorization is refused: {error}") from None


class LambdaAuthorizer:
    """A function of its own decides. Its results aren't cached.

    ``timeout``: seconds that the API waits for it, None for no limit. ``identity``: without one of these the function
    isn't invoked.
    """

    kind: Kind = "lambda"

    def __init__(self, pool: Pool, payload: Payload, identity: Sequence[IdentitySource], timeout: float | None) -> None:
        self.pool = pool
        self._payload = payload
        self._identity = identity
        self._timeout = timeout

    async def authorize(self, request: ClientRequest, door: Door, caller: Caller) -> Mapping[str, object]:
        identity = [source.value(request) for source in self._identity]
        if not all(identity):
            missing = self._identity[identity.index("")]
            reason = f"the authorizer isn't invoked without the {missing.place} {missing.name}"
            raise NoEventError(unauthorized(door), reason)
        event = authorizer_event(door, request, self._payload, identity, caller)
        result = await self._invoke(event, door)
        try:
            return authorized_context(result, self._payload, str(event.get("methodArn") or event.get("routeArn")))
        except DeniedError as error:
            raise NoEventError(forbidden(door, explicit=error.explicit), str(error)) from None
        except BrokenResultError as error:
            raise NoEventError(authorizer_failed(door), str(error)) from None

    async def _invoke(self, event: object, door: Door) -> object:
        try:
            async with asyncio.timeout(self._timeout):
                _, body = await (await self.pool.invoke(event, PAYLOAD_LIMIT)).whole_reply()
                return decoded_result(body)
        except InvocationError as error:
            # The only way in which an authorizer answers with 401. It is documented for REST APIs.
            if error.payload.get("errorMessage") == "Unauthorized":
                raise NoEventError(unauthorized(door), "the authorizer has raised 'Unauthorized'") from None
            if error.error_type == "TooManyRequestsException":
                reason = "every sandbox of the authorizer is busy"
                raise BusyAuthorizerError(authorizer_failed(door), reason) from None
            raise NoEventError(authorizer_failed(door), f"the authorizer has failed: {error}") from None
        except TimeoutError:
            reason = f"{door.label} waits no longer than {self._timeout:g} s for its authorizer"
            raise NoEventError(authorizer_failed(door), reason) from None
        finally:
            for sandbox in self.pool.sandboxes:
                sandbox.drain_log()  # what it has logged comes before the request's line
