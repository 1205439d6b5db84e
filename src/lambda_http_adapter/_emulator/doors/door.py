"""The front doors that a person can name, each with what tells it from others of its kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple, TypedDict

from ...errors import ConfigurationError, UnknownOriginError
from ...origins import RequestOrigin, detect
from .client import ClientRequest, ClientResponse
from .events import make_event
from .mount import EXECUTE_API
from .responses import make_response

if TYPE_CHECKING:
    from ..._values.request import LambdaEvent


class Settings(TypedDict, total=False):
    """What ``make_event`` is told of this kind of front door."""

    payload: Literal["rest", "http_api"]
    multi_value: bool


class Door(NamedTuple):
    """One front door as it is configured. ``stage`` and ``base_path`` count for API Gateway alone."""

    origin: RequestOrigin
    settings: Settings = Settings()
    stage: str | None = None
    base_path: str = ""
    domain_name: str = ""
    binary_media_types: Sequence[str] = ("*/*",)

    def event(self, request: ClientRequest) -> LambdaEvent:
        """Raises ValueError where no event would be sent."""
        return make_event(
            self.origin,
            request,
            stage=self.stage,
            base_path=self.base_path,
            domain_name=self.domain_name,
            binary_media_types=self.binary_media_types,
            **self.settings,
        )

    def response(self, result: object, event: LambdaEvent, failed: bool = False) -> ClientResponse:
        """``failed`` where ``result`` describes the error that the invocation ended with."""
        return make_response(self.origin, result, event, failed=failed, binary_media_types=self.binary_media_types)

    def mounted(self, stage: str | None, base_path: str) -> Door:
        """The same with an API there; ``base_path`` with slashes or without. Raises ConfigurationError."""
        if stage is not None and (not stage or "/" in stage):
            raise ConfigurationError(f"A stage is one segment of a path; got {stage!r}.")
        base_path = base_path.strip("/")
        return self._replace(stage=stage, base_path=base_path and f"/{base_path}")

    @property
    def mount(self) -> str:
        """What stands in front of the app's paths in the client's URL."""
        if self.base_path:
            return self.base_path
        shown = self.origin in _API_GATEWAY and self.stage not in (None, "$default")
        return f"/{self.stage}" if shown else ""

    @property
    def url(self) -> str:
        """Where a client may find the app. Only behind an API's own domain does the URL show the stage."""
        own_domain = self.mount and not self.base_path
        return f"https://{self.domain_name or (EXECUTE_API if own_domain else 'testserver')}{self.mount}"


_API_GATEWAY = (RequestOrigin.api_gateway_v1, RequestOrigin.api_gateway_v2)

DOORS = {
    "function-url": Door(RequestOrigin.function_url),
    "http-api": Door(RequestOrigin.api_gateway_v2),
    "http-api-v1": Door(RequestOrigin.api_gateway_v1, {"payload": "http_api"}),
    "rest": Door(RequestOrigin.api_gateway_v1, {"payload": "rest"}),
    "alb": Door(RequestOrigin.alb, {"multi_value": False}),
    "alb-multi": Door(RequestOrigin.alb, {"multi_value": True}),
    "vpc-lattice": Door(RequestOrigin.vpc_lattice),
    "lambda-edge": Door(RequestOrigin.lambda_edge),
}


def find_door(name: str) -> Door:
    """The front door of that name, or of that RequestOrigin in its usual configuration; raises ConfigurationError."""
    if name in DOORS:
        return DOORS[name]
    if name in RequestOrigin.__members__:
        return Door(RequestOrigin(name))
    raise ConfigurationError(f"There is no front door {name!r}; there are: {', '.join(DOORS)}.")


def door_of(event: object) -> Door:
    """The front door that an event came through; for what is no HTTP event, whoever invokes the function."""
    try:
        return Door(RequestOrigin(detect(event).name))
    except UnknownOriginError:
        return Door(RequestOrigin.pass_through)
