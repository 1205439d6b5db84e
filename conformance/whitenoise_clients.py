"""A front door in place of the server that WhiteNoise's tests ask."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import httpx
import requests
import urllib3
from requests.adapters import HTTPAdapter

from .left_out import whitenoise

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lambda_http_adapter._types import WSGIApp
    from lambda_http_adapter.testing import LambdaTransport

    from .front_door import FrontDoor

_MOUNT = f"/{whitenoise.AppServer.PREFIX}"


def replace_clients(front_door: FrontDoor) -> None:
    """For the rest of the process."""

    class Server(FrontDoorServer):
        door = front_door

    setattr(whitenoise, "AppServer", Server)  # noqa: B010


class FrontDoorServer(whitenoise.AppServer):
    door: FrontDoor

    def __init__(self, app: WSGIApp) -> None:
        transport = self.door.transport(app, {"kind": "wsgi", "base_path": _MOUNT, "root_path": _MOUNT})
        self.url = "http://testserver"
        self.client = requests.Session()
        self.client.mount(self.url, FrontDoorAdapter(transport))

    def close(self) -> None:
        self.client.close()


class FrontDoorAdapter(HTTPAdapter):
    """The transport of a session of requests."""

    def __init__(self, transport: LambdaTransport) -> None:
        super().__init__()
        self._transport = transport

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: object = None,
        verify: bool | str = True,
        cert: object = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        assert request.method is not None
        assert request.url is not None
        url = httpx.URL(request.url)
        headers = httpx.Headers({name: str(value) for name, value in request.headers.items()})
        headers["Host"] = url.netloc.decode()
        response = self._transport.handle_request(httpx.Request(request.method, url, headers=headers))
        assert isinstance(response.stream, httpx.SyncByteStream)
        try:
            body = b"".join(response.stream)
        finally:
            response.close()
        answer = urllib3.HTTPResponse(
            io.BytesIO(body),
            headers=urllib3.HTTPHeaderDict(response.headers.multi_items()),
            status=response.status_code,
            preload_content=False,
            request_method=request.method,
        )
        return self.build_response(request, answer)

    def close(self) -> None:
        self._transport.close()
