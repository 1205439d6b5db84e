"""An MCP server, whose session manager can be started once, here and in Mangum."""

from typing import cast

import pytest
from mangum.exceptions import LifespanFailure
from mcp.server.mcpserver import MCPServer
from starlette.applications import Starlette

from lambda_http_adapter import asgi_handler
from lambda_http_adapter.testing import make_event
from tests.differential.difference import Event
from tests.differential.observed import KEPT, Handler, mangum
from tests.support.invocation import CONTEXT

every_protocol = pytest.mark.parametrize("protocol", ["2025-11-25", "2026-07-28"])


def server() -> Starlette:
    shop = MCPServer("shop")
    shop.tool()(add)
    return shop.streamable_http_app(stateless_http=True, host="0.0.0.0")


def add(a: int, b: int) -> int:
    return a + b


def call(protocol: str) -> Event:
    """The event of a tool's call."""
    meta = {
        "io.modelcontextprotocol/protocolVersion": protocol,
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
    }
    parameters = {"name": "add", "arguments": {"a": 1, "b": 2}, "_meta": meta}
    headers = {
        "accept": "application/json, text/event-stream",
        "mcp-protocol-version": protocol,
        "mcp-method": "tools/call",
        "mcp-name": "add",
    }
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": parameters}
    return make_event("POST", "/mcp", headers=headers, json=message)


def answered(handler: Handler, event: Event) -> bool:
    answer = cast("Event", handler(event, CONTEXT))
    return answer["statusCode"] == 200 and '"structuredContent":{"result":3}' in answer["body"]


@every_protocol
def test_every_request_to_an_mcp_server_is_answered(protocol: str) -> None:
    handler = cast("Handler", asgi_handler(server()))
    KEPT.append(handler)
    assert [answered(handler, call(protocol)) for _ in range(4)] == [True] * 4


@every_protocol
def test_mangum_starts_an_mcp_server_again_for_each_request(protocol: str) -> None:
    handler = mangum(server())
    assert answered(handler, call(protocol))
    for _ in range(3):
        with pytest.raises(LifespanFailure, match="can only be called once per instance"):
            handler(call(protocol), CONTEXT)


@every_protocol
def test_mangum_without_a_lifespan_starts_no_mcp_server(protocol: str) -> None:
    handler = mangum(server(), lifespan="off")
    for _ in range(2):
        assert cast("Event", handler(call(protocol), CONTEXT))["statusCode"] == 500
