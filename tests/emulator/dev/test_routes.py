"""Which route a message takes: https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-routes.html"""

import json

import pytest

from lambda_http_adapter._emulator.dev.routes import RouteSelection, is_expression

CHAT = '{"service": "chat", "action": "join", "data": {"room": "room1234", "tags": ["a", "b"], "my-key": 7}}'


@pytest.mark.parametrize(
    ("expression", "key"),
    [
        ("$request.body.action", "join"),
        ("${request.body.action}", "join"),
        ("${request.body.service}/${request.body.action}", "chat/join"),
        ("${request.body.action}-${request.body.invalidPath}", "$default"),
        ("action-${request.body.action}", "action-join"),
        (r"\$default-${request.body.action}", "$default"),
        ("$request.body.data.room", "room1234"),
        ("$request.body.data.tags", "[a, b]"),
        ("$request.body.data.tags[1]", "b"),
        ("$request.body.data.tags[2]", "$default"),
        ("${request.body.data.my-key}", "7"),
        ("$request.body.data.room.number", "$default"),
        ("$request.body.action[0]", "$default"),
    ],
)
def test_a_selection_expression(expression: str, key: str) -> None:
    assert is_expression(expression)
    assert RouteSelection(expression).route_key(CHAT) == key


@pytest.mark.parametrize(
    ("message", "key"),
    [
        ('{"action": "say"}', "say"),
        ('{"action": "größe"}', "größe"),
        ('{"action": 5}', "5"),
        ('{"action": true}', "true"),
        ('{"action": {"a": 1}}', '{"a": 1}'),
        ('{"action": null}', "$default"),
        ('{"action": ""}', "$default"),
        ('{"action": "$connect"}', "$default"),
        ('{"action": "$disconnect"}', "$default"),
        ('{"other": "say"}', "$default"),
        ('["action"]', "$default"),
        ('"action"', "$default"),
        ("hello", "$default"),
        ("", "$default"),
        ("[" * 100_000, "$default"),
    ],
)
def test_a_message(message: str, key: str) -> None:
    assert RouteSelection().route_key(message) == key


@pytest.mark.parametrize(("action", "key"), [("say", "say"), ("join", "$default")])
def test_the_routes_of_the_api(action: str, key: str) -> None:
    assert RouteSelection(routes={"say", "leave"}).route_key(json.dumps({"action": action})) == key


@pytest.mark.parametrize(
    "text", ["", "action", "$request.body", "$request.header.action", "$request.body.a $context.b", "${request.body.a"]
)
def test_not_an_expression(text: str) -> None:
    assert not is_expression(text)
