"""An app with an HTTP client that has a connection before the app runs on Lambda's event loop."""

import asyncio
import os

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

PRICES = os.environ["PRICES"]  # a URL

client = httpx.AsyncClient()
asyncio.run(client.get(PRICES))


async def price(request: Request) -> Response:
    return PlainTextResponse((await client.get(PRICES)).text)


app = Starlette(routes=[Route("/price", price)])
