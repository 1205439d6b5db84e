"""The apps of `behaviours` as one app of each colour: a header of the request names the behaviour."""

from collections.abc import Iterable
from typing import cast

from lambda_http_adapter._types import Environ, Receive, Scope, Send, StartResponse
from tests.support.behaviours import ANSWERS, REQUESTS, asgi, wsgi

BEHAVIOURS = ANSWERS | REQUESTS
HEADER = b"x-behaviour"


async def asgi_app(scope: Scope, receive: Receive, send: Send) -> None:
    headers = dict(cast("list[tuple[bytes, bytes]]", scope["headers"]))
    await asgi(BEHAVIOURS[headers[HEADER].decode()].view)(scope, receive, send)


def wsgi_app(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    return wsgi(BEHAVIOURS[environ["HTTP_X_BEHAVIOUR"]].view)(environ, start_response)
