"""A table on a DynamoDB server, and a wire to it on which calls and answers get lost."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from itertools import count
from typing import Any

import pytest
import pytest_asyncio

from drs_tui.audit.address import DynamoDbAddress
from drs_tui.audit.dynamodb import DynamoDbStore
from drs_tui.audit.dynamodb_schema import create_table
from drs_tui.audit.dynamodb_table import Table, connect
from tests.audit.storms import WRITES, Hurried

_tables = count(1)


class Wire:
    """The real client with faults put in front of it or behind it, one a call."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.before: list[Exception] = []
        """Raised instead of the next calls."""
        self.after: list[Exception] = []
        """Raised instead of the answers of the next writes, which are carried out."""

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        async def call(**members: Any) -> Any:
            self.calls.append((operation, members))
            if self.before:
                raise self.before.pop(0)
            answer = await getattr(self.client, operation)(**members)
            if self.after and operation in WRITES:
                raise self.after.pop(0)
            return answer

        return call

    def updates(self) -> list[str]:
        return [
            action["Update"]["UpdateExpression"]
            for operation, members in self.calls
            if operation == "transact_write_items"
            for action in members["TransactItems"]
            if "Update" in action
        ]


@pytest.fixture
def place(dynamodb_endpoint: str) -> DynamoDbAddress:
    return DynamoDbAddress(f"faults-{next(_tables)}", endpoint=dynamodb_endpoint)


@pytest.fixture
def clock() -> Hurried:
    return Hurried()


@pytest_asyncio.fixture
async def wire(place: DynamoDbAddress) -> AsyncIterator[Wire]:
    async with AsyncExitStack() as stack:
        yield Wire(await connect(place, stack))


@pytest_asyncio.fixture
async def store(wire: Wire, place: DynamoDbAddress, clock: Hurried) -> DynamoDbStore:
    table = Table(wire, place, clock)
    await create_table(table)
    return DynamoDbStore(table, AsyncExitStack())
