"""The bookshop as the SDK's own client sees it, behind front doors of Lambda and in one environment or several."""

import runpy
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from itertools import cycle
from pathlib import Path

import anyio
import httpx2
import pytest
from mcp import Client, MCPError
from mcp.client import ClientRequestContext
from mcp.client.streamable_http import streamable_http_client
from mcp.types import ElicitRequestParams, ElicitResult, TextContent, TextResourceContents
from starlette.applications import Starlette

from lambda_http_adapter.testing import AsyncLambdaTransport, FrontDoor

from .app import serve

pytestmark = pytest.mark.anyio

URL = "https://bookshop.example/mcp"
NEW, OLD = "auto", "legacy"  # the SDK's names: the protocol 2026-07-28, and the newest one before it
STOCK = {"children": 7, "horror": 4, "novels": 6}

every_protocol = pytest.mark.parametrize("protocol", [NEW, OLD])


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def confirm(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
    return ElicitResult(action="accept", content={"confirmed": True})


@asynccontextmanager
async def connected(transport: httpx2.AsyncBaseTransport, protocol: str) -> AsyncIterator[Client]:
    async with httpx2.AsyncClient(transport=transport) as http:
        endpoint = streamable_http_client(URL, http_client=http)
        async with Client(endpoint, mode=protocol, elicitation_callback=confirm) as client:
            yield client


Door = Callable[[Starlette, FrontDoor], AsyncLambdaTransport]


def streamed(app: Starlette, origin: FrontDoor = "function-url") -> AsyncLambdaTransport:
    return AsyncLambdaTransport(app, origin, invoke_mode="response_stream")


def buffered(app: Starlette, origin: FrontDoor) -> AsyncLambdaTransport:
    return AsyncLambdaTransport(app, origin)


every_door = pytest.mark.parametrize(
    ("door", "origin"),
    [
        (streamed, "function-url"),
        (streamed, "rest"),
        (buffered, "function-url"),
        (buffered, "http-api"),
        (buffered, "alb"),
    ],
)


@pytest.mark.covering
@every_protocol
@pytest.mark.parametrize("stateful", [False, True])
@every_door
async def test_one_call_after_the_other(door: Door, origin: FrontDoor, protocol: str, stateful: bool) -> None:
    async with connected(door(serve("*", stateful), origin), protocol) as client:
        assert client.protocol_version == {NEW: "2026-07-28", OLD: "2025-11-25"}[protocol]
        assert [tool.name for tool in (await client.list_tools()).tools] == ["find_books", "take_stock", "order"]
        for author, title in [("austen", "Pride and Prejudice"), ("melville", "Moby-Dick"), ("stoker", "Dracula")]:
            found = await client.call_tool("find_books", {"text": author})
            assert found.structured_content is not None
            assert [book["title"] for book in found.structured_content["result"]] == [title]
        (contents,) = (await client.read_resource("books://9780486411095")).contents
        assert isinstance(contents, TextResourceContents)
        assert '"Bram Stoker"' in contents.text
        (message,) = (await client.get_prompt("recommend", {"reader": "Inês"})).messages
        assert isinstance(message.content, TextContent)
        assert "Inês" in message.content.text


@every_protocol
@every_door
async def test_progress_is_reported(door: Door, origin: FrontDoor, protocol: str) -> None:
    reports = []

    async def report(progress: float, total: float | None, message: str | None) -> None:
        reports.append((progress, total, message))

    async with connected(door(serve("*", stateful=False), origin), protocol) as client:
        stock = await client.call_tool("take_stock", {"pace": 0}, progress_callback=report)
    assert stock.structured_content == {"copies": STOCK, "complete": True}
    assert reports == [(number, 3, f"Counting {shelf}") for number, shelf in enumerate(STOCK)]


@every_protocol
@pytest.mark.parametrize("origin", ["function-url", "rest"])
async def test_progress_arrives_long_before_the_result(origin: FrontDoor, protocol: str) -> None:
    arrived = anyio.Event()

    async def report(progress: float, total: float | None, message: str | None) -> None:
        arrived.set()

    async with (
        connected(streamed(serve("*", stateful=False), origin), protocol) as client,
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(partial(client.call_tool, "take_stock", {"pace": 20}, progress_callback=report))
        with anyio.fail_after(10):
            await arrived.wait()
        tasks.cancel_scope.cancel()


@every_protocol
async def test_a_tool_ends_before_the_time_of_its_invocation(protocol: str) -> None:
    async with connected(streamed(serve("*", stateful=False)), protocol) as client:
        stock = await client.call_tool("take_stock", {"pace": 30})  # of which the transport gives an invocation as many
    assert stock.structured_content == {"copies": {}, "complete": False}


async def test_a_book_that_is_not_there() -> None:
    async with connected(streamed(serve("*", stateful=False)), NEW) as client:
        with pytest.raises(MCPError, match="There is no book 1"):
            await client.read_resource("books://1")
        refused = await client.call_tool("order", {"isbn": "1", "copies": 1})
    assert refused.is_error
    assert "find_books" in str(refused.content)


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_without_sessions_there_is_nothing_to_listen_to_and_nothing_to_end(method: str) -> None:
    async with httpx2.AsyncClient(transport=streamed(serve("*", stateful=False))) as http:
        assert (await http.request(method, URL, headers={"accept": "text/event-stream"})).status_code == 405


async def test_a_session_ends() -> None:
    answers: list[httpx2.Response] = []

    async def note(response: httpx2.Response) -> None:
        answers.append(response)

    transport = streamed(serve("*", stateful=True))
    async with httpx2.AsyncClient(transport=transport, event_hooks={"response": [note]}) as http:
        async with Client(streamable_http_client(URL, http_client=http), mode=OLD) as client:
            await client.call_tool("find_books", {"text": "austen"})
        assert (answers[-1].request.method, answers[-1].status_code) == ("DELETE", 200)
        session = {"mcp-session-id": answers[0].headers["mcp-session-id"]}
        assert (await http.delete(URL, headers=session)).status_code == 404


@pytest.mark.parametrize(
    ("hosts", "status"),
    [("*", 405), ("bookshop.example", 405), ("127.0.0.1:*,localhost:*", 421), ("shop.example", 421)],
)
async def test_hosts(hosts: str, status: int) -> None:
    headers = {"content-type": "application/json", "mcp-protocol-version": NEW}
    async with httpx2.AsyncClient(transport=streamed(serve(hosts, stateful=False))) as http:
        assert (await http.put(URL, headers=headers)).status_code == status


# Several environments


class Environments(httpx2.AsyncBaseTransport):
    """Two environments, each of which has imported the app, and requests that reach them in turn."""

    def __init__(self) -> None:
        path = str(Path(__file__).parent / "app.py")
        self._transports = [streamed(runpy.run_path(path)["app"]) for _ in range(2)]
        self._turns = cycle(self._transports)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        return await next(self._turns).handle_async_request(request)

    async def aclose(self) -> None:
        for transport in self._transports:
            await transport.aclose()


@pytest.fixture
def variables(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("MCP_ALLOWED_HOSTS", "*")
    return monkeypatch


@every_protocol
async def test_any_environment_answers(variables: pytest.MonkeyPatch, protocol: str) -> None:
    async with connected(Environments(), protocol) as client:
        for _ in range(4):
            stock = await client.call_tool("take_stock", {"pace": 0})
            assert stock.structured_content == {"copies": STOCK, "complete": True}


async def test_an_environment_does_not_know_the_sessions_of_another(variables: pytest.MonkeyPatch) -> None:
    variables.setenv("MCP_STATEFUL", "1")
    async with connected(Environments(), OLD) as client:
        with pytest.raises(MCPError, match="Session not found"):
            await list_tools_twice(client)


async def list_tools_twice(client: Client) -> None:
    for _ in range(2):
        await client.list_tools()


async def test_the_user_confirms_an_order_in_another_environment(variables: pytest.MonkeyPatch) -> None:
    variables.setenv("MCP_STATE_KEY", "a secret of at least 32 characters")
    async with connected(Environments(), NEW) as client:
        ordered = await client.call_tool("order", {"isbn": "9780486411095", "copies": 2})
    assert ordered.content == [TextContent(text="Ordered 2 × Dracula.")]


async def test_without_a_key_no_other_environment_understands_the_answer(variables: pytest.MonkeyPatch) -> None:
    async with connected(Environments(), NEW) as client:
        with pytest.raises(MCPError, match="requestState"):
            await client.call_tool("order", {"isbn": "9780486411095", "copies": 2})


async def test_an_old_client_without_a_session_can_not_be_asked() -> None:
    async with connected(streamed(serve("*", stateful=False)), OLD) as client:
        with pytest.raises(MCPError, match="no back-channel"):
            await client.call_tool("order", {"isbn": "9780486411095", "copies": 2})


async def test_an_old_client_with_a_session_is_asked() -> None:
    async with connected(streamed(serve("*", stateful=True)), OLD) as client:
        ordered = await client.call_tool("order", {"isbn": "9780486411095", "copies": 2})
    assert ordered.content == [TextContent(text="Ordered 2 × Dracula.")]
