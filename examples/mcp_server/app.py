"""A bookshop as an MCP server: tools, a resource and a prompt for language models, over streamable HTTP."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import anyio
from mcp.server.mcpserver import Context, Elicit, MCPServer, RequestStateSecurity, Resolve
from mcp.server.mcpserver.exceptions import ResourceNotFoundError, ToolError
from mcp.server.transport_security import TransportSecuritySettings
from pydantic import BaseModel, Field
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lambda_http_adapter import lambda_request, run_asgi

# What `order` asks the user travels through the client, sealed. Environments that share the key can read it.
STATE_KEY = os.environ.get("MCP_STATE_KEY")
ALLOWED_HOSTS = os.environ.get("MCP_ALLOWED_HOSTS", "127.0.0.1:*,localhost:*")
STATEFUL = os.environ.get("MCP_STATEFUL") == "1"


class Book(BaseModel):
    isbn: str
    title: str
    author: str
    shelf: str
    copies: int


BOOKS = {
    book.isbn: book
    for book in (
        Book(isbn="9780141439518", title="Pride and Prejudice", author="Jane Austen", shelf="novels", copies=4),
        Book(isbn="9780142437247", title="Moby-Dick", author="Herman Melville", shelf="novels", copies=2),
        Book(isbn="9780486275437", title="Alice in Wonderland", author="Lewis Carroll", shelf="children", copies=7),
        Book(isbn="9780486411095", title="Dracula", author="Bram Stoker", shelf="horror", copies=1),
        Book(isbn="9780486282114", title="Frankenstein", author="Mary Shelley", shelf="horror", copies=3),
    )
}
SHELVES = sorted({book.shelf for book in BOOKS.values()})


@contextmanager
def logging_unchanged() -> Iterator[None]:
    """MCPServer configures logging for a terminal: on Lambda the records would lose their format and request ID."""
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    yield
    root.setLevel(level)
    root.handlers[:] = handlers


with logging_unchanged():
    server = MCPServer(
        "bookshop",
        instructions="The stock of a small bookshop. Look a book up before you order it.",
        request_state_security=RequestStateSecurity(keys=[STATE_KEY]) if STATE_KEY else None,
        # A subscription is a response that doesn't end: an invocation that costs money until its time-out.
        subscriptions=False,
    )


@server.tool()
def find_books(text: str) -> list[Book]:
    """Books that have the text in their title, author or shelf."""
    text = text.casefold()
    return [book for book in BOOKS.values() if text in f"{book.title} {book.author} {book.shelf}".casefold()]


class Stock(BaseModel):
    copies: dict[str, int]
    complete: bool


@server.tool()
async def take_stock(ctx: Context, pace: Annotated[float, Field(ge=0, le=60)] = 0.5) -> Stock:
    """Counts the copies on each shelf, `pace` seconds a shelf, and reports its progress."""
    copies: dict[str, int] = {}
    for shelf in SHELVES:
        if seconds_left(ctx) < pace + 1:
            return Stock(copies=copies, complete=False)
        await ctx.report_progress(len(copies), len(SHELVES), f"Counting {shelf}")
        await anyio.sleep(pace)
        copies[shelf] = sum(book.copies for book in BOOKS.values() if book.shelf == shelf)
    return Stock(copies=copies, complete=True)


def seconds_left(ctx: Context) -> float:
    """Until Lambda ends the invocation that this tool is called in."""
    try:
        context = lambda_request(ctx.request_context.request).context
    except LookupError:
        return float("inf")
    return context.get_remaining_time_in_millis() / 1000 if context else float("inf")


class Confirmation(BaseModel):
    confirmed: bool


async def ask(isbn: str, copies: int) -> Elicit[Confirmation]:
    if isbn not in BOOKS:
        raise ToolError(f"There is no book {isbn}: look it up with find_books.")
    return Elicit(f"Order {copies} × {BOOKS[isbn].title}?", Confirmation)


@server.tool()
def order(isbn: str, copies: Annotated[int, Field(ge=1, le=100)], answer: Annotated[Confirmation, Resolve(ask)]) -> str:
    """Orders copies of a book, after the user has confirmed it."""
    if not answer.confirmed:
        return "Nothing was ordered."
    logging.getLogger("bookshop").warning("Ordered %d × %s", copies, isbn)
    return f"Ordered {copies} × {BOOKS[isbn].title}."


@server.resource("books://{isbn}", mime_type="application/json")
def book(isbn: str) -> Book:
    """One book."""
    if isbn not in BOOKS:
        raise ResourceNotFoundError(f"There is no book {isbn}.")
    return BOOKS[isbn]


@server.prompt()
def recommend(reader: str) -> str:
    """Asks for a book as a present."""
    return f"Which of the bookshop's books would {reader} like? Look at its stock first, and give one reason."


def serve(hosts: str, stateful: bool) -> Starlette:
    """The server as an ASGI app at ``/mcp``.

    ``hosts``: the ``Host`` headers to accept, separated by commas; ``*`` for any. ``stateful``: clients older than the
    protocol 2026-07-28 get a session; README.md says what that needs.
    """
    app = server.streamable_http_app(stateless_http=not stateful, transport_security=allow(hosts))
    if not stateful:
        app.routes.insert(0, Route("/mcp", no_stream, methods=["GET"]))
    return app


def allow(hosts: str) -> TransportSecuritySettings:
    if hosts == "*":
        return TransportSecuritySettings(enable_dns_rebinding_protection=False)
    names = hosts.split(",")
    origins = [f"{scheme}://{name}" for name in names for scheme in ("http", "https")]
    return TransportSecuritySettings(allowed_hosts=names, allowed_origins=origins)


async def no_stream(request: Request) -> Response:
    """In place of the SDK's stream for messages that no client has asked for, which would last until the time-out."""
    return Response(status_code=405, headers={"allow": "POST"})


app = serve(ALLOWED_HOSTS, STATEFUL)

if __name__ == "__main__":
    run_asgi(app)
