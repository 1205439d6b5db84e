"""An app that imports a package, which its requirements don't name."""

import shop_prices  # type: ignore[import-not-found]
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


async def price(request: Request) -> Response:
    return JSONResponse(shop_prices.PRICE)


app = Starlette(routes=[Route("/price", price)])
