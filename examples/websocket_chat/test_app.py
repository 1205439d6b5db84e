"""The people in the chat: the same in a file and, as far as its requests show, in DynamoDB."""

from pathlib import Path

import boto3
import pytest
from botocore.stub import Stubber

from .app import People, PeopleInFile, PeopleInTable

ITEM = {"id": {"S": "L0SM9cOFvHcCIhw="}, "name": {"S": "Ines"}}
KEY = {"id": "L0SM9cOFvHcCIhw="}


@pytest.fixture(params=["file", "table"])
def people(request: pytest.FixtureRequest, tmp_path: Path) -> People:
    return PeopleInFile(tmp_path / "people") if request.param == "file" else table_with_answers()


def table_with_answers() -> PeopleInTable:
    """botocore checks each request against its model of DynamoDB."""
    resource = boto3.resource("dynamodb", "us-east-1")
    stubber = Stubber(resource.meta.client)
    table = {"TableName": "people"}
    stubber.add_response("get_item", {}, {**table, "Key": KEY})
    stubber.add_response("put_item", {}, {**table, "Item": {**KEY, "name": "Ines"}})
    stubber.add_response("get_item", {"Item": ITEM}, {**table, "Key": KEY})
    stubber.add_response("scan", {"Items": [{"id": ITEM["id"]}]}, {**table, "ProjectionExpression": "id"})
    stubber.add_response("delete_item", {}, {**table, "Key": KEY})
    stubber.add_response("scan", {"Items": []}, {**table, "ProjectionExpression": "id"})
    stubber.activate()
    return PeopleInTable(resource.Table("people"))


def test_people(people: People) -> None:
    (connection,) = KEY.values()
    assert people.name(connection) is None
    people.add(connection, "Ines")
    assert people.name(connection) == "Ines"
    assert people.connections() == [connection]
    people.remove(connection)
    assert people.connections() == []
