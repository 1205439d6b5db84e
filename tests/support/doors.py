"""Every front door in every configuration that changes what it sends or how it reads an answer."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from lambda_http_adapter._emulator.doors.client import ClientRequest, ClientResponse
from lambda_http_adapter._emulator.doors.events import make_event
from lambda_http_adapter._emulator.doors.responses import make_response
from lambda_http_adapter._values.request import LambdaEvent
from lambda_http_adapter.origins import RequestOrigin

ANY = ("*/*",)


class Door(NamedTuple):
    """`option` is its name on the command line, if it has one."""

    origin: RequestOrigin
    event: Callable[[ClientRequest], LambdaEvent]
    binary_media_types: tuple[str, ...] = ()
    option: str | None = None

    def response(
        self, result: object, event: LambdaEvent, failed: bool = False, streamed: bool = False
    ) -> ClientResponse:
        types = self.binary_media_types
        return make_response(self.origin, result, event, failed=failed, streamed=streamed, binary_media_types=types)


_V1, _V2, _URL = RequestOrigin.api_gateway_v1, RequestOrigin.api_gateway_v2, RequestOrigin.function_url
_ALB, _LATTICE, _EDGE = RequestOrigin.alb, RequestOrigin.vpc_lattice, RequestOrigin.lambda_edge
_WEBSOCKET, _INVOKE = RequestOrigin.websocket, RequestOrigin.pass_through

DOORS = {
    "REST API": Door(_V1, partial(make_event, _V1, binary_media_types=ANY), ANY, option="rest"),
    "REST API, text only": Door(_V1, partial(make_event, _V1)),
    "HTTP API, payload 1.0": Door(_V1, partial(make_event, _V1, payload="http_api"), option="http-api-v1"),
    "HTTP API, payload 2.0": Door(_V2, partial(make_event, _V2), option="http-api"),
    "Function URL": Door(_URL, partial(make_event, _URL), option="function-url"),
    "ALB": Door(_ALB, partial(make_event, _ALB), option="alb"),
    "ALB, multi-value": Door(_ALB, partial(make_event, _ALB, multi_value=True), option="alb-multi"),
    "VPC Lattice, version 1": Door(_LATTICE, partial(make_event, _LATTICE, version=1)),
    "VPC Lattice, version 2": Door(_LATTICE, partial(make_event, _LATTICE), option="vpc-lattice"),
    "CloudFront, viewer": Door(_EDGE, partial(make_event, _EDGE), option="lambda-edge"),
    "CloudFront, origin": Door(_EDGE, partial(make_event, _EDGE, event_type="origin-request")),
    "WebSocket, handshake": Door(_WEBSOCKET, partial(make_event, _WEBSOCKET, event_type="CONNECT")),
    "WebSocket, message": Door(_WEBSOCKET, partial(make_event, _WEBSOCKET, event_type="MESSAGE")),
    "Invoke": Door(_INVOKE, partial(make_event, _INVOKE)),
}
HTTP_DOORS = {name: door for name, door in DOORS.items() if door.origin not in (_WEBSOCKET, _INVOKE)}
NAME_OF_OPTION = {door.option: name for name, door in DOORS.items() if door.option is not None}
