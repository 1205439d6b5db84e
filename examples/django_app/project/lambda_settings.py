"""The settings on Lambda: five without which a site doesn't work there, two more behind a stage, and the usual ones."""

import os
import tempfile
from pathlib import Path

from . import settings as local
from .settings import *  # noqa: F403

# The five

# 1. One key for all execution environments, and not the one that is in the repository: it signs sessions.
SECRET_KEY = os.environ["SECRET_KEY"]

# 2. The hosts in the client's URLs. Without them each request is answered with 400.
ALLOWED_HOSTS = os.environ["ALLOWED_HOSTS"].split(",")

# 3. Lambda can write to /tmp only, and each execution environment has its own. SQLite there is for a look at the site
#    on one machine: a site needs a database beside Lambda.
if "DATABASE_HOST" in os.environ:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "HOST": os.environ["DATABASE_HOST"],
            "PORT": os.environ.get("DATABASE_PORT", "5432"),
            "NAME": os.environ["DATABASE_NAME"],
            "USER": os.environ["DATABASE_USER"],
            "PASSWORD": os.environ["DATABASE_PASSWORD"],
            "CONN_MAX_AGE": 600,  # seconds; each execution environment keeps its connection
            "CONN_HEALTH_CHECKS": True,  # the server may have closed it while the environment was frozen
        }
    }
else:
    file = Path(tempfile.gettempdir()) / "guestbook.sqlite3"
    DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": file}}

# 4. Where `manage.py collectstatic` puts the static files when the image is built.
STATIC_ROOT = local.BASE_DIR / "staticfiles"

# 5. WhiteNoise serves them, because there is no other web server. Its place is right behind SecurityMiddleware.
MIDDLEWARE = [local.MIDDLEWARE[0], "whitenoise.middleware.WhiteNoiseMiddleware", *local.MIDDLEWARE[1:]]

# Two more, behind an API Gateway stage only

# Django learns the stage from each request, but WhiteNoise reads STATIC_URL before the first one: "static/" becomes
# /static/ then, a path outside the stage. WhiteNoise sees paths without the stage, so its own prefix lacks it.
if os.environ.get("STAGE"):
    STATIC_URL = f"/{os.environ['STAGE']}/static/"
    WHITENOISE_STATIC_PREFIX = "/static/"

# The usual ones of a site in production

DEBUG = False
SECURE_SSL_REDIRECT = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # Names with a hash, so that clients keep the files forever: each request for one is an invocation.
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
