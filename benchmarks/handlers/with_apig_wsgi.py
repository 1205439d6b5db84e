from apig_wsgi import make_lambda_handler

from . import wsgi_app

handler = make_lambda_handler(wsgi_app())
