"""A chat: one FastAPI app behind a WebSocket API for the messages, and behind a Function URL for the page."""

import json
import os
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from string import Template
from typing import Annotated, Any, Protocol

import boto3
from fastapi import Depends, FastAPI, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel

from lambda_http_adapter import lambda_request, run_asgi

REGION = os.environ.get("AWS_REGION", "us-east-1")
SOCKET_URL = os.environ.get("SOCKET_URL", "ws://127.0.0.1:8000")
PAGE = Template((Path(__file__).parent / "page.html").read_text())

# The people in the chat: a name for the ID of each connection


class People(Protocol):
    def add(self, connection: str, name: str) -> None: ...
    def remove(self, connection: str) -> None: ...
    def name(self, connection: str) -> str | None: ...
    def connections(self) -> list[str]: ...


class PeopleInTable:
    """A DynamoDB table with the key ``id``."""

    def __init__(self, table: Any) -> None:  # noqa: ANN401 - boto3 is published without types
        self._table = table

    def add(self, connection: str, name: str) -> None:
        self._table.put_item(Item={"id": connection, "name": name})

    def remove(self, connection: str) -> None:
        self._table.delete_item(Key={"id": connection})

    def name(self, connection: str) -> str | None:
        item = self._table.get_item(Key={"id": connection}).get("Item")
        return None if item is None else str(item["name"])

    def connections(self) -> list[str]:
        """Up to 1 MB of them, the limit of one scan."""
        return [str(item["id"]) for item in self._table.scan(ProjectionExpression="id")["Items"]]


class PeopleInFile:
    """The sandboxes of ``dev`` share a file. The execution environments of Lambda would not."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._run("CREATE TABLE IF NOT EXISTS people (id TEXT PRIMARY KEY, name TEXT NOT NULL)")

    def add(self, connection: str, name: str) -> None:
        self._run("INSERT INTO people VALUES (?, ?)", connection, name)

    def remove(self, connection: str) -> None:
        self._run("DELETE FROM people WHERE id = ?", connection)

    def name(self, connection: str) -> str | None:
        rows = self._run("SELECT name FROM people WHERE id = ?", connection)
        return rows[0][0] if rows else None

    def connections(self) -> list[str]:
        return [row[0] for row in self._run("SELECT id FROM people")]

    def _run(self, statement: str, *values: str) -> list[tuple[str]]:
        with closing(sqlite3.connect(self._file, timeout=20)) as database, database:
            return database.execute(statement, values).fetchall()


def people_of_this_chat() -> People:
    if "PEOPLE_TABLE" in os.environ:
        return PeopleInTable(boto3.resource("dynamodb", REGION).Table(os.environ["PEOPLE_TABLE"]))
    return PeopleInFile(Path(os.environ.get("PEOPLE_FILE", Path(tempfile.gettempdir()) / "chat.sqlite3")))


# The chat

app = FastAPI(strict_content_type=False)  # a message has no Content-Type
people = people_of_this_chat()
# The endpoint is in AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI: `dev` sets it, and so does template.yaml.
clients = boto3.client("apigatewaymanagementapi", REGION)


class Message(BaseModel):
    text: str


def connection_id(request: Request) -> str:
    return str(lambda_request(request).request_context["connectionId"])


Connection = Annotated[str, Depends(connection_id)]


@app.get("/", response_class=HTMLResponse)
def page() -> str:
    return PAGE.substitute(socket_url=SOCKET_URL)


@app.post("/$connect")
def connect(connection: Connection, name: Annotated[str, Query(min_length=1, max_length=30)]) -> None:
    """Any status but 2xx, such as 422 without a name, refuses the client.

    The client can't get a message before this ends, so it is added last.
    """
    broadcast(joined=name)
    people.add(connection, name)


@app.post("/say")
def say(connection: Connection, message: Message) -> None:
    name = people.name(connection)
    if name is not None:
        broadcast(name=name, text=message.text)


@app.post("/$disconnect")
def disconnect(connection: Connection) -> None:
    name = people.name(connection)
    people.remove(connection)
    if name is not None:
        broadcast(left=name)


@app.post("/$default")
def unknown(connection: Connection) -> None:
    send(connection, {"error": 'Expected {"action": "say", "text": "…"}'})


def broadcast(**message: str) -> None:
    for connection in people.connections():
        send(connection, message)


def send(connection: str, message: dict[str, str]) -> None:
    try:
        clients.post_to_connection(ConnectionId=connection, Data=json.dumps(message).encode())
    except clients.exceptions.GoneException:
        people.remove(connection)  # $disconnect comes only if API Gateway notices


if __name__ == "__main__":
    run_asgi(app)
