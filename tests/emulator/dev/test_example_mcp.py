"""The MCP server behind `dev`, with the SDK's own client."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from functools import partial

import anyio
import pytest
from mcp import Client
from mcp.client import ClientRequestContext
from mcp.types import ElicitRequestParams, ElicitResult, TextContent

from tests.support.dev_process import PATIENCE, Dev
from tests.support.paths import ROOT

EXAMPLE = ROOT / "examples" / "mcp_server"
README = (EXAMPLE / "README.md").read_text()
NEW, OLD = "auto", "legacy"
KEY = {"MCP_STATE_KEY": "k" * 32}
DRACULA = {"isbn": "9780486411095", "copies": 2}


async def confirm(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
    return ElicitResult(action="accept", content={"confirmed": True})


async def call(client: Client) -> None:
    """One warm call after the other, and the progress of one of them."""
    assert len((await client.list_tools()).tools) == 3
    for author in ("austen", "melville", "stoker"):
        found = await client.call_tool("find_books", {"text": author})
        assert found.structured_content is not None
        assert len(found.structured_content["result"]) == 1
    reports: list[float] = []

    async def report(progress: float, total: float | None, message: str | None) -> None:
        reports.append(progress)

    stock = await client.call_tool("take_stock", {"pace": 0}, progress_callback=report)
    assert stock.structured_content is not None
    assert stock.structured_content["complete"]
    assert reports == [0, 1, 2]


async def order(client: Client) -> None:
    ordered = await client.call_tool("order", DRACULA)
    assert ordered.content == [TextContent(text="Ordered 2 × Dracula.")]


async def progress_comes_first(client: Client) -> None:
    arrived = anyio.Event()

    async def report(progress: float, total: float | None, message: str | None) -> None:
        arrived.set()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(partial(client.call_tool, "take_stock", {"pace": 25}, progress_callback=report))
        with anyio.fail_after(20):
            await arrived.wait()
        tasks.cancel_scope.cancel()


def use(dev: Dev, protocol: str, *steps: Callable[[Client], Awaitable[None]]) -> None:
    async def connect() -> None:
        async with Client(f"{dev.url}/mcp", mode=protocol, elicitation_callback=confirm) as client:
            for step in steps:
                await step(client)

    asyncio.run(asyncio.wait_for(connect(), PATIENCE))


def logs_the_order(dev: Dev) -> bool:
    """As a record in Lambda's format, with the request that it belongs to."""
    return bool(dev.line("log", message="Ordered 2 × 9780486411095")["request_id"])


def test_behind_a_front_door_that_buffers() -> None:
    with Dev("--origin", "http-api", cwd=EXAMPLE, env=KEY) as dev:
        use(dev, NEW, call, order)
        use(dev, OLD, call)
        assert logs_the_order(dev)
        assert dev.get("/mcp", accept="text/event-stream").status_code == 405


def test_behind_a_front_door_that_streams(capsys: pytest.CaptureFixture[str]) -> None:
    ((program, printed),) = re.findall(r"^```python\n(.+?)^```\n\n```\n(.+?)^```", README, re.MULTILINE | re.DOTALL)
    with Dev("--stream", cwd=EXAMPLE, env=KEY) as dev:
        use(dev, NEW, call, order)
        exec(program.replace("http://127.0.0.1:8000", dev.url), {})
        assert capsys.readouterr().out == printed
        use(dev, OLD, call, progress_comes_first)


def test_sessions_on_managed_instances() -> None:
    with Dev("--stream", "--max-concurrency", "8", cwd=EXAMPLE, env={"MCP_STATEFUL": "1"}) as dev:
        use(dev, OLD, call, order, progress_comes_first)
        assert logs_the_order(dev)
        dev.line("request", method="GET", status=200)
        dev.line("request", method="DELETE", status=200)
