"""``tests.utils``, the settings of Django and the files that the tests ask for."""

from __future__ import annotations

import gzip
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING
from wsgiref.simple_server import WSGIRequestHandler, make_server
from wsgiref.util import shift_path_info

import django
import requests
from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lambda_http_adapter._types import Environ, StartResponse, WSGIApp

_PREFIX = "subdir"
_STYLES = b"p { margin: 0; padding: 0; }\n" * 50
_SCRIPT = b"console.log('a line of a script');\n" * 50
_PAGE = b"<title>A page</title>\n"
_FILES = {
    "assets": {
        "subdir/javascript.js": _SCRIPT,
        "compressed.css": _STYLES,
        "compressed.css.gz": gzip.compress(_STYLES),
        "custom-mime.foobar": b"of a type of its own\n",
        "with-index/index.html": _PAGE,
    },
    "root": {"robots.txt": b"User-agent: *\n"},
    "static": {
        "app.js": _SCRIPT,
        "directory/page.html": _PAGE,
        "nonascii\u2713.txt": b"a name beyond ASCII\n",
        "styles.css": _STYLES,
        "with-index/index.html": _PAGE,
    },
}

urlpatterns: list[object] = []

settings.configure(
    ALLOWED_HOSTS=["*"],
    FORCE_SCRIPT_NAME=f"/{_PREFIX}",
    INSTALLED_APPS=["whitenoise.runserver_nostatic", "django.contrib.staticfiles"],
    MIDDLEWARE=["whitenoise.middleware.WhiteNoiseMiddleware"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="of the tests",
    STATIC_ROOT="static",  # a folder that isn't there
    STATIC_URL=f"/{_PREFIX}/static/",
    STORAGES={
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    },
)
django.setup()


class Files:
    """A folder with files. ``name="path"`` gives ``name_path``, ``name_url`` and ``name_content``."""

    def __init__(self, name: str, **paths: str) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.directory = self._folder.name
        for path, content in _FILES[name].items():
            file = Path(self.directory, path)
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(content)
        for label, path in paths.items():
            setattr(self, f"{label}_path", path)
            setattr(self, f"{label}_url", f"/{_PREFIX}/{path}")
            setattr(self, f"{label}_content", _FILES[name][path])


class AppServer:
    """A server with ``app`` under ``/subdir``, and its client."""

    PREFIX = _PREFIX

    def __init__(self, app: WSGIApp) -> None:
        self._server = make_server("127.0.0.1", 0, _mounted(app), handler_class=_Quiet)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        self.client = requests.Session()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def get(
        self, path: str, headers: Mapping[str, str] | None = None, allow_redirects: bool = True
    ) -> requests.Response:
        return self.request("get", path, headers, allow_redirects)

    def request(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, allow_redirects: bool = True
    ) -> requests.Response:
        url = self.url + path
        return self.client.request(method, url, headers=headers, allow_redirects=allow_redirects, timeout=60)

    def close(self) -> None:
        self.client.close()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *arguments: object) -> None:
        pass


def _mounted(app: WSGIApp) -> WSGIApp:
    def outer(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if shift_path_info(environ) == _PREFIX:
            return app(environ, start_response)
        start_response("404 Not Found", [("Content-Type", "text/plain")])
        return [b""]

    return outer
