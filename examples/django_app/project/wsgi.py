"""The site as a WSGI app, and as a Lambda function."""

import os

from django.core.wsgi import get_wsgi_application

from lambda_http_adapter import wsgi_handler

from .operations import manage

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")

application = get_wsgi_application()
handler = wsgi_handler(application, on_event={"*": manage})
