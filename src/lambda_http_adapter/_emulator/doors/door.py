"""The front doors that a user can name, each with its configuration."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from ...errors import ConfigurationError, UnknownOriginError
from ...origins import RequestOrigin, detect
from .client import ClientRequest, ClientResponse
from .events import make_event
from .methods import RefusedMethodError, refusal
from .mount import EXECUTE_API
from .responses import make_response

if TYPE_CHECKING:
    from ..._values.request import LambdaEvent

FrontDoor: TypeAlias = (
    Literal["function-url", "http-api", "http-api-v1", "rest", "alb", "alb-multi", "vpc-lattice", "lambda-edge"]
    | Literal["lambda-edge-origin"]
    | Literal["function_url", "api_gateway_v1", "api_gateway_v2", "vpc_lattice", "lambda_edge"]
    | Literal["websocket", "pass_through"]
    | RequestOrigin
)
"""What names a front door, for type checkers: a name in ``DOORS``, a ``RequestOrigin`` or its value."""

_API_GATEWAY = (RequestOrigin.api_gateway_v1, RequestOrigin.api_gateway_v2, RequestOrigin.websocket)


class Door(NamedTuple):
    """One front door and its configuration, which ``make_event`` describes.

    ``stage`` and ``base_path`` only matter for API Gateway. ``label`` is how messages call it.
    """

    origin: RequestOrigin
    payload: Literal["rest", "http_api"] = "rest"
    multi_value: bool = False
    stage: str | None = None
    base_path: str = ""
    domain_name: str = ""
    binary_media_types: Sequence[str] = ("*/*",)
    label: str = ""
    event_type: Literal["origin-request"] | None = None

    def event(self, request: ClientRequest) -> LambdaEvent:
        """Raises ValueError if this front door would send no event: RefusedMethodError, or no API is at the path."""
        refused = refusal(self.origin, self.is_rest_api, request.method)
        if refused is not None:
            raise RefusedMethodError(self.label or self.origin.value, request.method, refused)
        return make_event(
            self.origin,
            request,
            stage=self.stage,
            base_path=self.base_path,
            domain_name=self.domain_name,
            payload=self.payload,
            binary_media_types=self.binary_media_types,
            multi_value=self.multi_value,
            event_type=self.event_type,
        )

    def response(
        self, result: object, event: LambdaEvent, *, failed: bool = False, streamed: bool = False
    ) -> ClientResponse:
        """``failed``: the invocation ended with an error, which ``result`` describes. ``streamed``: ``result`` is the
        head of a stream."""
        return make_response(
            self.origin,
            result,
            event,
            failed=failed,
            streamed=streamed,
            binary_media_types=self.binary_media_types,
        )

    def mounted(self, stage: str | None, base_path: str) -> Door:
        """This front door with its API at ``stage`` and ``base_path`` (with or without slashes around it).

        Raises ConfigurationError.
        """
        if stage is not None and (not stage or "/" in stage):
            raise ConfigurationError(f"A stage is one segment of a path; got {stage!r}.")
        segments = base_path.strip("/")
        return self._replace(stage=stage, base_path=f"/{segments}" if segments else "")

    @property
    def is_rest_api(self) -> bool:
        return self.origin is RequestOrigin.api_gateway_v1 and self.payload == "rest"

    @property
    def mount(self) -> str:
        """The part of the client's path in front of the app's own paths."""
        if self.base_path:
            return self.base_path
        return f"/{self.stage}" if self._url_shows_stage else ""

    @property
    def url(self) -> str:
        """A URL at which a client finds the app."""
        default_domain = EXECUTE_API if self._url_shows_stage else "testserver"
        return f"https://{self.domain_name or default_domain}{self.mount}"

    @property
    def _url_shows_stage(self) -> bool:
        """Only URLs on the API's own domain do, not those of a mapping on a custom domain."""
        return not self.base_path and self.origin in _API_GATEWAY and self.stage not in (None, "$default")


DOORS = {
    "function-url": Door(RequestOrigin.function_url, label="a Function URL"),
    "http-api": Door(RequestOrigin.api_gateway_v2, label="an HTTP API"),
    "http-api-v1": Door(RequestOrigin.api_gateway_v1, payload="http_api", label="an HTTP API (payload 1.0)"),
    "rest": Door(RequestOrigin.api_gateway_v1, label="a REST API"),
    "alb": Door(RequestOrigin.alb, label="an Application Load Balancer"),
    "alb-multi": Door(RequestOrigin.alb, multi_value=True, label="an Application Load Balancer (multi-value headers)"),
    "vpc-lattice": Door(RequestOrigin.vpc_lattice, label="a VPC Lattice service"),
    "lambda-edge": Door(RequestOrigin.lambda_edge, label="CloudFront (Lambda@Edge)"),
    "lambda-edge-origin": Door(
        RequestOrigin.lambda_edge, event_type="origin-request", label="CloudFront (Lambda@Edge, origin request)"
    ),
}


# Where RequestOrigin's name isn't the one above: it names the payload, which two kinds of API send.
_BY_ORIGIN = {"api-gateway-v1": "rest", "api-gateway-v2": "http-api"}


def door_name(name: str, names: Collection[str] = DOORS) -> str:
    """The one of ``names`` for that name or for that RequestOrigin. Raises ConfigurationError."""
    hyphenated = name.replace("_", "-")
    found = _BY_ORIGIN.get(hyphenated, hyphenated)
    if found not in names:
        from ..._apps.importer import near_match

        raise ConfigurationError(
            f"There is no front door {name!r}; expected one of: {', '.join(names)}.{near_match(hyphenated, names)}"
        )
    return found


def find_door(name: str) -> Door:
    """The front door of that name, or of that RequestOrigin in its usual configuration; raises ConfigurationError."""
    if name == RequestOrigin.websocket:
        return Door(RequestOrigin.websocket, label="a WebSocket API")
    if name == RequestOrigin.pass_through:
        return Door(RequestOrigin.pass_through, label="the Invoke API")
    return DOORS[door_name(name)]


def door_of(event: object) -> Door:
    """The front door that sent ``event``; for an event that isn't HTTP, the Invoke API (``pass_through``)."""
    try:
        return Door(RequestOrigin(detect(event).name))
    except UnknownOriginError:
        return Door(RequestOrigin.pass_through)
