"""An event through both colours, the loops and the handlers: what an app sees is valid, and so is what comes of it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import cast

from lambda_http_adapter import asgi_handler, wsgi_handler
from lambda_http_adapter._apps.asgi import ASGIFunction
from lambda_http_adapter._apps.wsgi import WSGIFunction
from lambda_http_adapter._types import Environ, Receive, Scope, Send, StartResponse
from lambda_http_adapter._values.config import load_config
from lambda_http_adapter.errors import AdapterError
from tests.support import request_rules as rules
from tests.support.invocation import CONTEXT
from tests.support.written_reply import Reply, async_reply_to, event_loop, reply_to

_STATUSES = (200, 400, 413)


def _names_of_errors(error: type[AdapterError] = AdapterError) -> set[str]:
    names = {error.__name__}
    return names.union(*map(_names_of_errors, error.__subclasses__()))


class EventServer:
    """Apps with the same options behind all that can call them."""

    def __init__(self, **options: object) -> None:
        self._scopes: list[Scope] = []
        self._environs: list[Environ] = []
        self._problems: list[Exception] = []
        self._is_too_deep = False  # for one of the two, whose stack is not so deep as the other's
        config = load_config(options, {})
        self._asgi = ASGIFunction(self._asgi_app, config)
        self._wsgi = WSGIFunction(self._wsgi_app, config)
        event_loop().run_until_complete(self._asgi.startup())
        buffered = {**options, "invoke_mode": "buffered"}
        self._handlers = [asgi_handler(self._asgi_app, **buffered), wsgi_handler(self._wsgi_app, **buffered)]  # type: ignore[arg-type]

    def serve(self, payload: bytes) -> None:
        """Raises AssertionError for an invalid request or reply, and anything but an error of ours."""
        replies = event_loop().run_until_complete(async_reply_to(self._asgi, payload)), reply_to(self._wsgi, payload)
        self._is_too_deep = any(b"recursion" in reply.body for reply in replies)
        self._require_requests()
        for reply in replies:
            _require_reply(reply)
        try:
            event = json.loads(payload)
        except (ValueError, RecursionError):
            return
        self.serve_decoded(event)

    def serve_decoded(self, event: object) -> None:
        """``event`` as AWS's own runtime has decoded it."""
        results = []
        self._is_too_deep = False
        for handler in self._handlers:
            try:
                results.append(handler(event, CONTEXT))
            except AdapterError as error:
                self._is_too_deep = "recursion" in str(error)
        self._require_requests()
        for result in results:
            json.dumps(result)
            _require_envelope(result)

    def _require_requests(self) -> None:
        problems, self._problems = self._problems, []
        scopes, self._scopes = self._scopes, []
        environs, self._environs = self._environs, []
        for problem in problems:
            raise problem
        assert len(scopes) == len(environs) <= 1 or self._is_too_deep
        for scope, environ in zip(scopes, environs, strict=not self._is_too_deep):
            rules.require_same(scope, environ)

    async def _asgi_app(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            rules.require_lifespan(scope)
            for kind in ("startup", "shutdown"):
                assert await receive() == {"type": f"lifespan.{kind}"}
                await send({"type": f"lifespan.{kind}.complete"})
            return
        try:
            rules.require_scope(scope)
            rules.require_request_message(await receive(), scope)
            self._scopes.append(scope)
            await send(
                {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]}
            )
            await send({"type": "http.response.body", "body": b'"served"'})
            assert await receive() == {"type": "http.disconnect"}
        except Exception as problem:
            self._problems.append(problem)
            raise

    def _wsgi_app(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        try:
            rules.require_environ(environ)
        except Exception as problem:
            self._problems.append(problem)
            raise
        self._environs.append(environ)
        start_response("200 OK", [("content-type", "application/json")])
        return [b'"served"']


def _require_reply(reply: Reply) -> None:
    """The app's answer or our own, or an error of ours."""
    if reply.kind == "error":
        error = cast("dict[str, str]", reply.json())
        assert error["errorType"] in _names_of_errors(), error
        assert error["errorMessage"]
    elif reply.kind == "stream":
        assert not reply.failed
        prelude, delimiter, body = reply.body.partition(bytes(8))
        assert delimiter
        _require_envelope(json.loads(prelude))
        assert body in (b"", b"\n", b'"served"') or body.startswith(b"Malformed "), body
    else:
        _require_envelope(reply.json())


def _require_envelope(result: object) -> None:
    if isinstance(result, dict) and "status" in result:  # Lambda@Edge's
        assert int(result["status"]) in _STATUSES, result
    elif isinstance(result, dict):
        assert result["statusCode"] in _STATUSES, result
    else:
        assert result in ("served", None), result  # no HTTP: the app's answer is the result
