"""The events of each front door, field by field."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, get_args, get_type_hints, is_typeddict

from lambda_http_adapter import events as types
from lambda_http_adapter.origins import RequestOrigin

from .markdown import code, table

# In the order of the origins, of which two have two kinds of event or share one.
EVENTS: dict[RequestOrigin, list[str]] = {
    RequestOrigin.api_gateway_v1: ["APIGatewayProxyEvent"],
    RequestOrigin.api_gateway_v2: ["APIGatewayProxyEventV2"],
    RequestOrigin.function_url: ["LambdaFunctionURLEvent"],
    RequestOrigin.alb: ["ALBTargetGroupEvent"],
    RequestOrigin.websocket: ["APIGatewayWebSocketEvent"],
    RequestOrigin.vpc_lattice: ["VPCLatticeEventV1", "VPCLatticeEventV2"],
    RequestOrigin.lambda_edge: ["CloudFrontRequestEvent"],
}


def events() -> str:
    described: set[str] = set()
    parts = []
    for origin, names in EVENTS.items():
        parts.append(f"## {origin.value} {{ #{origin.value} }}")
        for name in names:
            for one in reachable(name):
                if one not in described:
                    described.add(one)
                    parts += _section(one)
                elif one == name:
                    parts.append(f"[`{one}`](#{one}), as above.")
    return "\n\n".join(parts)


def reachable(name: str) -> Iterator[str]:
    """This type, and those that its fields are made of, each once."""
    queue = [name]
    for one in queue:
        yield one
        for annotation in _hints(one).values():
            queue += [inner for inner in _names(annotation) if inner not in queue]


def _section(name: str) -> Iterator[str]:
    kind = getattr(types, name)
    yield f"### {name} {{ #{name} }}"
    yield " ".join((kind.__doc__ or "").split())
    yield table(
        ["key", "type", "present"],
        (
            [f"`{key}`", _linked(annotation), "always" if key in kind.__required_keys__ else "sometimes"]
            for key, annotation in _hints(name).items()
        ),
    )


def _hints(name: str) -> dict[str, Any]:
    return get_type_hints(getattr(types, name))


def _names(annotation: object) -> Iterator[str]:
    if is_typeddict(annotation):
        yield annotation.__name__  # type: ignore[attr-defined]
    for argument in get_args(annotation):
        yield from _names(argument)


def _linked(annotation: object) -> str:
    text = annotation.__name__ if isinstance(annotation, type) and not get_args(annotation) else str(annotation)
    text = re.sub(r"\b(?:typing|lambda_http_adapter\.events\.\w+)\.", "", text).replace("NoneType", "None")
    names = list(_names(annotation))
    if not names:
        return code(text)
    for name in names:
        text = re.sub(rf"\b{name}\b", f'<a href="#{name}">{name}</a>', text)
    return f"<code>{text.replace('|', '&#124;')}</code>"
