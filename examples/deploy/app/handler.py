"""For AWS's managed Python runtime, which calls a handler: the function's handler setting is ``handler.handler``."""

from main import app

from lambda_http_adapter import asgi_handler

handler = asgi_handler(app)
