from typing import TYPE_CHECKING, cast

from mangum import Mangum

from . import asgi_app

if TYPE_CHECKING:
    from mangum.types import ASGI

# "off" as in its documentation; otherwise it runs the lifespan for each invocation.
handler = Mangum(cast("ASGI", asgi_app()), lifespan="off")
