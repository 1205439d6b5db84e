"""The WSGI app of a Django project."""

import os

from django.core.wsgi import get_wsgi_application

os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
app = get_wsgi_application()
