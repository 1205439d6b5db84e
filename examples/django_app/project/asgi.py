"""The site as an ASGI app, and as a Lambda function: for sites that have async views."""

import os
import warnings

from django.core.asgi import get_asgi_application

from lambda_http_adapter import asgi_handler

from .operations import amanage

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")

# WhiteNoise hands Django a file as a sync iterator. Django reads it whole, which is right for static files, and warns.
warnings.filterwarnings("ignore", "StreamingHttpResponse must consume synchronous iterators")

application = get_asgi_application()
handler = asgi_handler(application, on_event={"*": amanage})
