"""Which route of a WebSocket API a message takes: the API's route selection expression and its routes.

https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-routes.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Set
from typing import NamedTuple

DEFAULT = "$default"
DEFAULT_EXPRESSION = "$request.body.action"

_PATH = r"[\w-]+(?:\.[\w-]+|\[\d+\])*"
_VARIABLE = re.compile(rf"\$(?:request\.body\.({_PATH})|\{{request\.body\.({_PATH})\}})")
_STEP = re.compile(r"([\w-]+)|\[(\d+)\]")
_UNKNOWN = re.compile(r"(?<!\\)\$")


class RouteSelection(NamedTuple):
    """``routes``: the keys of the API's own routes; None: any key is one, except those that begin with ``$``."""

    expression: str = DEFAULT_EXPRESSION
    routes: Set[str] | None = None

    def route_key(self, message: str) -> str:
        """``$default`` for a message that isn't JSON, and for one that no other route matches."""
        try:
            body = json.loads(message)
            key = _VARIABLE.sub(lambda found: _text(_at(body, found[1] or found[2])), self.expression)
        except (ValueError, LookupError, RecursionError):
            return DEFAULT
        key = key.replace("\\$", "$")
        # A client's word must not reach the function as one of the routes that API Gateway calls itself.
        if not key or key.startswith("$"):
            return DEFAULT
        return key if self.routes is None or key in self.routes else DEFAULT


def is_expression(text: str) -> bool:
    """Whether ``text`` has a variable ``$request.body.…``, wrapped in braces or not, and no other variable."""
    rest, variables = _VARIABLE.subn("", text)
    return variables > 0 and not _UNKNOWN.search(rest)


def _at(value: object, path: str) -> object:
    """Raises LookupError if there is nothing at ``path``."""
    for name, index in _STEP.findall(path):
        if isinstance(value, dict) and name:
            value = value[name]
        elif isinstance(value, list) and index:
            value = value[int(index)]
        else:
            raise LookupError(path)
    return value


def _text(value: object) -> str:
    """A list becomes ``[item1, item2]``, as documented. Raises LookupError for null."""
    if value is None:
        raise LookupError
    if isinstance(value, list):
        return f"[{', '.join(map(_text, value))}]"
    return value if isinstance(value, str) else json.dumps(value)
