from serverless_wsgi import handle_request

from . import wsgi_app

_app = wsgi_app()


def handler(event: dict[str, object], context: object) -> object:
    return handle_request(_app, event, context)
