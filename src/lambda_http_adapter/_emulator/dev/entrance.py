"""From a request to its event: the API's domain, preflights, the authorizer, and what the front door adds itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, cast

from ...errors import ConfigurationError
from ..doors.caller import ANONYMOUS, Caller, merged, with_caller
from ..doors.client import ClientRequest, ClientResponse, NoEventError, header_value
from ..doors.cors import Cors
from ..doors.door import Door
from ..doors.refusals import authorizer_failed, unauthorized
from ..doors.responses import json_error
from ..sandbox.pool import Pool
from .authorizers import Authorizer
from .domains import Domains
from .trusted_request import may_choose_caller

if TYPE_CHECKING:
    from ..._values.request import Headers, LambdaEvent
    from .authorizers import Kind

CLAIMS_HEADER = "x-lambda-dev-claims"


class Entrance:
    """``caller``: what ``door`` writes into every event. The authorizer adds the caller of each request.

    ``listens_at``: the option ``--host``.
    """

    def __init__(
        self,
        door: Door,
        caller: Caller = ANONYMOUS,
        authorizer: Authorizer | None = None,
        cors: Cors | None = None,
        domains: Domains | None = None,
        listens_at: str = "127.0.0.1",
    ) -> None:
        self._door = door
        self._caller = caller
        self._authorizer = authorizer
        self._cors = cors
        self._domains = domains or Domains(door)
        self._listens_at = listens_at

    @property
    def headers(self) -> Mapping[str, str]:
        """What the Runtime API tells the runtime about the caller."""
        tenant = self._caller.tenant_id
        return {} if tenant is None else {"Lambda-Runtime-Aws-Tenant-Id": tenant}

    @property
    def pools(self) -> list[Pool]:
        """The sandboxes of the authorizer, if it has some."""
        if self._authorizer is None or self._authorizer.pool is None:
            return []
        return [self._authorizer.pool]

    @property
    def settings(self) -> dict[str, object]:
        """What the page shows of it."""
        return {
            "authorizer": None if self._authorizer is None else self._authorizer.kind,
            "cors": [] if self._cors is None else list(self._cors.allow_origins),
            "domains": [f"{mapping.domain}{mapping.path}/" for mapping in self._domains.mappings],
        }

    def mount(self, request: ClientRequest) -> str:
        """The path below which the API is, on the domain of ``request``."""
        return self._domains.mount(request)

    def amendment(self, request: ClientRequest) -> Callable[[Headers], Headers] | None:
        """What the front door does to the headers of the response, if anything."""
        if self._cors is None or self._cors.preflight(request) is not None:
            return None
        return partial(self._cors.amended, request)

    async def event(self, request: ClientRequest) -> LambdaEvent:
        """Raises NoEventError if the front door answers by itself, ValueError if the request is outside the API."""
        preflight = None if self._cors is None else self._cors.preflight(request)
        if preflight is not None:
            raise NoEventError(preflight, "a preflight, which the function doesn't see")
        door = self._domains.door(request)
        if self._authorizer is None:
            return with_caller(door.event(request), door, self._caller)
        request, claims = _without_claims(request)
        event = door.event(request)
        try:
            if claims:
                self._require_own_page(request)
                content = _chosen(claims, door, self._authorizer.kind)
            else:
                content = await self._authorizer.authorize(request, door, self._of_same_request(event))
            return with_caller(event, door, self._caller._replace(authorizer={self._authorizer.kind: content}))
        except ConfigurationError as error:
            # The front door's event has no form for what is known of the caller.
            response = _own_error(400, str(error)) if claims else authorizer_failed(door)
            raise NoEventError(response, str(error)) from None

    def _require_own_page(self, request: ClientRequest) -> None:
        """Raises NoEventError."""
        domains = [mapping.domain for mapping in self._domains.mappings]
        if not may_choose_caller(request, self._listens_at, domains):
            message = (
                f"{CLAIMS_HEADER} is only accepted from this machine and from pages of this origin, and this request "
                f"is for the host {request.host[:80]!r}"
            )
            raise NoEventError(_own_error(403, message), message)

    def _of_same_request(self, event: LambdaEvent) -> Caller:
        """What the front door adds to the authorizer's event: it is about the same request as ``event``."""
        same = {"requestId": cast("LambdaEvent", event["requestContext"]).get("requestId")}
        return self._caller._replace(request_context=merged(same, self._caller.request_context or {}))


# The header with which a page chooses the caller


def _without_claims(request: ClientRequest) -> tuple[ClientRequest, str]:
    """The request without the header, and the header's value or ""."""
    name = CLAIMS_HEADER.encode()
    headers = [(key, value) for key, value in request.headers if key.lower() != name]
    return request._replace(headers=headers), header_value(request.headers, CLAIMS_HEADER)


def _chosen(text: str, door: Door, kind: Kind) -> Mapping[str, object]:
    """What ``Caller.authorizer`` has under ``kind``. ``text`` is JSON; null stands for a client that isn't known."""
    try:
        claims = json.loads(text)
    except (ValueError, RecursionError):
        claims = text
    if claims is None:
        raise NoEventError(unauthorized(door), f"{CLAIMS_HEADER} is null")
    if not isinstance(claims, dict):
        message = f"{CLAIMS_HEADER} is a JSON object or null, got {text[:80]!r}"
        raise NoEventError(_own_error(400, message), message)
    return {"claims": claims} if kind == "jwt" else claims


def _own_error(status: int, message: str) -> ClientResponse:
    """The emulator's own, which no front door sends."""
    return json_error(status, json.dumps({"message": message}))
