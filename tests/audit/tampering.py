"""Changing what a store holds, past this program: as somebody with the store's own tools would."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import boto3

from drs_tui.audit.address import DynamoDbAddress, SqliteAddress, parse_store


class Tampering(Protocol):
    """The events and the header of a run as a store's own tools see them."""

    def texts(self) -> list[str]:
        """The stored texts, in order."""

    def put_texts(self, texts: Sequence[str]) -> None:
        """Put others in their place."""

    def change_header(self, **members: Any) -> None:
        """Change members of the header, wherever the store keeps them."""

    def refile(self, name: str, value: str) -> None:
        """Change what lists find the run by, beside its header."""

    def damage_header(self) -> None:
        """Leave of the header what nobody can read."""

    def damage_events(self) -> None:
        """Leave the events' place, and in it what is no text."""


def tampering(address: str, run_id: str) -> Tampering:
    """The run in the store at an address."""
    match parse_store(address):
        case SqliteAddress() as file:
            return SqliteTampering(file, run_id)
        case DynamoDbAddress() as table:
            return DynamoDbTampering(table, run_id)


class SqliteTampering:
    """By SQL."""

    def __init__(self, address: SqliteAddress, run_id: str) -> None:
        self._path = address.path
        self._run_id = run_id

    def texts(self) -> list[str]:
        with self._connected() as connection:
            rows = connection.execute(
                "SELECT text FROM events WHERE run_id = ? ORDER BY seq", (self._run_id,)
            )
            return [text for (text,) in rows]

    def put_texts(self, texts: Sequence[str]) -> None:
        with self._connected() as connection:
            connection.execute("DELETE FROM events WHERE run_id = ?", (self._run_id,))
            rows = [(self._run_id, seq, text) for seq, text in enumerate(texts, 1)]
            connection.executemany("INSERT INTO events VALUES (?, ?, ?)", rows)

    def change_header(self, **members: Any) -> None:
        with self._connected() as connection:
            here = (self._run_id,)
            query = "SELECT header FROM runs WHERE run_id = ?"
            [(header,)] = connection.execute(query, here)
            text = json.dumps(json.loads(header) | members)
            connection.execute("UPDATE runs SET header = ? WHERE run_id = ?", (text, *here))

    def refile(self, name: str, value: str) -> None:
        self._update(name, value)

    def damage_header(self) -> None:
        self._update("header", '{"status":')

    def damage_events(self) -> None:
        with self._connected() as connection:
            here = (self._run_id,)
            connection.execute("UPDATE events SET text = 7 WHERE run_id = ?", here)

    def _update(self, column: str, value: str) -> None:
        with self._connected() as connection:
            change = f"UPDATE runs SET {column} = ? WHERE run_id = ?"
            connection.execute(change, (value, self._run_id))

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self._path)
        try:
            with connection:
                yield connection
        finally:
            connection.close()


class DynamoDbTampering:
    """By the SDK."""

    def __init__(self, address: DynamoDbAddress, run_id: str) -> None:
        self._run_id = run_id
        self._table = boto3.resource(
            "dynamodb",
            region_name="us-east-1",
            endpoint_url=address.endpoint,
            aws_access_key_id="somebody",
            aws_secret_access_key="else",
        ).Table(address.table)

    def texts(self) -> list[str]:
        return [text for item in self._event_items() for text in item["events"]]

    def put_texts(self, texts: Sequence[str]) -> None:
        for item in self._event_items():
            self._table.delete_item(Key={"run_id": self._run_id, "item": item["item"]})
        self._table.put_item(
            Item={"run_id": self._run_id, "item": f"E#{1:012d}", "events": list(texts)}
        )

    def change_header(self, **members: Any) -> None:
        item = self._table.get_item(Key={"run_id": self._run_id, "item": "HEADER"})["Item"]
        beside = {name: members[name] for name in ("seq", "head_hash") if name in members}
        item["summary"] = json.dumps(json.loads(item["summary"]) | members)
        self._table.put_item(Item=item | beside)

    def refile(self, name: str, value: str) -> None:
        self._update(name, value)

    def damage_header(self) -> None:
        self._update("summary", '{"status":')

    def damage_events(self) -> None:
        for item in self._event_items():
            self._table.put_item(Item=item | {"events": [7]})

    def _update(self, name: str, value: str) -> None:
        self._table.update_item(
            Key={"run_id": self._run_id, "item": "HEADER"},
            UpdateExpression="SET #name = :value",
            ExpressionAttributeNames={"#name": name},
            ExpressionAttributeValues={":value": value},
        )

    def _event_items(self) -> list[dict[str, Any]]:
        answer = self._table.query(
            KeyConditionExpression="run_id = :run AND begins_with(#item, :events)",
            ExpressionAttributeNames={"#item": "item"},
            ExpressionAttributeValues={":run": self._run_id, ":events": "E#"},
        )
        items: list[dict[str, Any]] = answer["Items"]
        return items
