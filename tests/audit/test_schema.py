"""What a table has to be, and waiting until it can be used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

import pytest

from drs_tui.audit.address import DynamoDbAddress
from drs_tui.audit.dynamodb_schema import (
    ACTIVE_WITHIN_SECONDS,
    LOOK_SECONDS,
    definition,
    misfit,
    wait_until_active,
)
from drs_tui.audit.store import StoreUnavailable
from tests.audit.storms import Hurried


def described(state: str = "ACTIVE") -> dict[str, Any]:
    """The table as DescribeTable tells of it."""
    found = deepcopy(definition()) | {"TableName": "drs-tui", "TableStatus": state}
    for index in found["GlobalSecondaryIndexes"]:
        index["IndexStatus"] = "ACTIVE"
    return found


class Described:
    """A table of which DynamoDB says one thing after the other, the last for ever."""

    def __init__(self, *states: str) -> None:
        self.address = DynamoDbAddress("drs-tui")
        self.clock = Hurried()
        self._states = [*states]

    async def call(self, operation: str) -> Mapping[str, Any]:
        assert operation == "describe_table"
        state = self._states.pop(0) if len(self._states) > 1 else self._states[0]
        return {"Table": described(state)}


def index_another(found: dict[str, Any]) -> None:
    found["GlobalSecondaryIndexes"][0]["KeySchema"][0]["AttributeName"] = "status"


def project_keys_alone(found: dict[str, Any]) -> None:
    found["GlobalSecondaryIndexes"][1]["Projection"] = {"ProjectionType": "KEYS_ONLY"}


def number_the_start(found: dict[str, Any]) -> None:
    for attribute in found["AttributeDefinitions"]:
        if attribute["AttributeName"] == "started_at":
            attribute["AttributeType"] = "N"


def project_all(found: dict[str, Any]) -> None:
    found["GlobalSecondaryIndexes"][1]["Projection"] = {"ProjectionType": "ALL"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (index_another, "the keys of StatusIndex are status, started_at"),
        (project_keys_alone, "PlanIndex does not project summary"),
        (number_the_start, "started_at is not a string"),
        (project_all, ""),
    ],
)
def test_a_table_of_another_make_is_told_by_what_differs(
    change: Callable[[dict[str, Any]], None], words: str
) -> None:
    found = described()
    change(found)

    assert misfit(found) == words


async def test_a_table_is_waited_for_and_each_of_its_states_is_told_once() -> None:
    table: Any = Described("CREATING", "CREATING", "CREATING", "ACTIVE")
    told: list[str] = []

    found = await wait_until_active(table, told.append)

    assert found["TableStatus"] == "ACTIVE"
    assert len(told) == 1
    assert told[0].startswith("drs-tui is CREATING")


async def test_a_table_that_stays_as_it_is_is_given_up() -> None:
    table: Any = Described("CREATING")

    with pytest.raises(StoreUnavailable, match="is not active after 120 s: drs-tui is CREATING"):
        await wait_until_active(table)
    waited = table.clock.monotonic()
    assert ACTIVE_WITHIN_SECONDS < waited <= ACTIVE_WITHIN_SECONDS + 2 * LOOK_SECONDS
