"""The table a DynamoDB store lives in: its keys, its indexes, and creating it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from drs_tui.audit.dynamodb_table import ConditionFailed, Table
from drs_tui.audit.store import StoreUnavailable, UnsupportedStore

INDEXES = {"StatusIndex": "activity", "PlanIndex": "plan_id", "RecentIndex": "listed"}
"""Each index's partition key; all sort by `started_at`."""

KEYS = {"run_id": "HASH", "item": "RANGE"}
ACTIVE_WITHIN_SECONDS = 120.0
LOOK_SECONDS = 1.0


async def create_table(table: Table) -> None:
    """Create the table if it isn't there, and return once it can be used.

    On demand, with deletion protection and point-in-time recovery. Only a server on this machine
    may do without the latter.

    Raises:
        UnsupportedStore: a table of that name exists and is not this program's.
        StoreUnavailable: DynamoDB refuses, or the table does not become active.
    """
    if await describe(table) is None:
        # Somebody else may be creating it at the same moment.
        with suppress(ConditionFailed):
            await table.call("create_table", **_definition())
    await wait_until_active(table)
    await _protect(table)


async def describe(table: Table) -> Mapping[str, Any] | None:
    """What DynamoDB says of the table; None when there is none.

    Raises:
        UnsupportedStore: it is another program's table.
    """
    try:
        answer = await table.call("describe_table")
    except UnsupportedStore:
        return None
    found: Mapping[str, Any] = answer["Table"]
    keys = {key["AttributeName"]: key["KeyType"] for key in found["KeySchema"]}
    indexes = {index["IndexName"] for index in found.get("GlobalSecondaryIndexes", ())}
    if keys != KEYS or not indexes >= INDEXES.keys():
        raise UnsupportedStore(
            f"the table {table.address.table} was not made for drs-tui: its keys are "
            f"{', '.join(keys)}, its indexes {', '.join(sorted(indexes)) or 'none'}; name another"
        )
    return found


async def wait_until_active(table: Table) -> None:
    """Return once the table and its indexes can be used.

    Raises:
        StoreUnavailable: that takes longer than two minutes.
    """
    began = table.clock.monotonic()
    while True:
        found = await describe(table)
        states = [] if found is None else [found["TableStatus"]]
        if found is not None:
            states += [index["IndexStatus"] for index in found["GlobalSecondaryIndexes"]]
        if states and all(state in {"ACTIVE", "UPDATING"} for state in states):
            return
        if table.clock.monotonic() - began > ACTIVE_WITHIN_SECONDS:
            raise StoreUnavailable(
                f"the table {table.address.table} is not active after "
                f"{ACTIVE_WITHIN_SECONDS:.0f} s: {', '.join(states) or 'it does not show'}"
            )
        await table.clock.sleep(LOOK_SECONDS)


def _definition() -> dict[str, Any]:
    attributes = sorted({*KEYS, *INDEXES.values(), "started_at"})
    return {
        "BillingMode": "PAY_PER_REQUEST",
        "DeletionProtectionEnabled": True,
        "AttributeDefinitions": [
            {"AttributeName": name, "AttributeType": "S"} for name in attributes
        ],
        "KeySchema": [{"AttributeName": name, "KeyType": kind} for name, kind in KEYS.items()],
        "GlobalSecondaryIndexes": [
            {
                "IndexName": index,
                "KeySchema": [
                    {"AttributeName": key, "KeyType": "HASH"},
                    {"AttributeName": "started_at", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["summary"]},
            }
            for index, key in INDEXES.items()
        ],
    }


async def _protect(table: Table) -> None:
    try:
        await table.call(
            "update_continuous_backups",
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
        )
    except StoreUnavailable:
        if not table.address.is_loopback:
            raise
