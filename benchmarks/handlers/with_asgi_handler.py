from lambda_http_adapter import asgi_handler

from . import asgi_app

handler = asgi_handler(asgi_app())
