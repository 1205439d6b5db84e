from lambda_http_adapter import wsgi_handler

from . import wsgi_app

handler = wsgi_handler(wsgi_app())
