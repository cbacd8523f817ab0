"""The table a DynamoDB store lives in: its keys, its indexes, and making it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, TypeAlias

from drs_tui.audit.dynamodb_items import INDEXES
from drs_tui.audit.dynamodb_table import ConditionFailed, Table
from drs_tui.audit.store import StoreUnavailable, UnsupportedStore

KEYS = {"run_id": "HASH", "item": "RANGE"}
ACTIVE_WITHIN_SECONDS = 120.0
LOOK_SECONDS = 1.0

Progress: TypeAlias = Callable[[str], None]
"""Is told in words what is being done."""


def definition() -> dict[str, Any]:
    """The table but for its name and its backups, as CreateTable and CloudFormation take it."""
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


async def create_table(table: Table, progress: Progress = lambda _: None) -> bool:
    """Create the table if it isn't there, protect it, and return once it can be used.

    On demand, with deletion protection and point-in-time recovery. Only a server on this machine
    may do without the latter. Says whether anything was changed.

    Raises:
        UnsupportedStore: a table of that name exists and is not this program's.
        StoreUnavailable: DynamoDB refuses, or the table does not become active.
    """
    missing = await describe(table) is None
    if missing:
        progress(f"creating the table {table.address.table}")
        # Somebody else may be creating it at the same moment.
        with suppress(ConditionFailed):
            await table.call("create_table", **definition())
    found = await wait_until_active(table, progress)
    protected = await _protect_from_deletion(table, found, progress)
    return await _keep_backups(table, progress) or protected or missing


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
    if trouble := misfit(found):
        raise UnsupportedStore(
            f"the table {table.address.table} was not made for drs-tui: {trouble}; name another"
        )
    return found


def misfit(found: Mapping[str, Any]) -> str:
    """In what a described table's keys and indexes are not as they have to be; empty if they are.

    What else is there does no harm.
    """
    wanted = definition()
    keys = _keys(found)
    if keys != KEYS:
        return f"its keys are {', '.join(keys)}, not {', '.join(KEYS)}"
    types = {each["AttributeName"]: each["AttributeType"] for each in found["AttributeDefinitions"]}
    indexes = {index["IndexName"]: index for index in found.get("GlobalSecondaryIndexes", ())}
    for index in wanted["GlobalSecondaryIndexes"]:
        name = index["IndexName"]
        if name not in indexes:
            return f"it has no {name}, only {', '.join(sorted(indexes)) or 'no index'}"
        if _keys(indexes[name]) != _keys(index):
            return f"the keys of {name} are {', '.join(_keys(indexes[name]))}"
        projection = indexes[name]["Projection"]
        if projection["ProjectionType"] != "ALL" and "summary" not in projection.get(
            "NonKeyAttributes", ()
        ):
            return f"{name} does not project summary"
    for attribute in wanted["AttributeDefinitions"]:
        if types.get(attribute["AttributeName"]) != attribute["AttributeType"]:
            return f"{attribute['AttributeName']} is not a string"
    return ""


async def wait_until_active(table: Table, progress: Progress = lambda _: None) -> Mapping[str, Any]:
    """Return what DynamoDB says of the table once it and its indexes can be used.

    Raises:
        StoreUnavailable: that takes longer than two minutes.
    """
    began = table.clock.monotonic()
    said = ""
    while True:
        found = await describe(table)
        states = states_of(found) if found is not None else {}
        if found is not None and set(states.values()) <= {"ACTIVE", "UPDATING"}:
            return found
        words = ", ".join(f"{name} is {state}" for name, state in states.items())
        words = words or f"{table.address.table} does not show yet"
        if table.clock.monotonic() - began > ACTIVE_WITHIN_SECONDS:
            raise StoreUnavailable(
                f"the table {table.address.table} is not active after "
                f"{ACTIVE_WITHIN_SECONDS:.0f} s: {words}"
            )
        if words != said:
            progress(words)
            said = words
        await table.clock.sleep(LOOK_SECONDS)


def states_of(found: Mapping[str, Any]) -> dict[str, str]:
    """The states of a described table and of its indexes, by name."""
    indexes = found.get("GlobalSecondaryIndexes", ())
    return {found["TableName"]: found["TableStatus"]} | {
        index["IndexName"]: index["IndexStatus"] for index in indexes
    }


def has_backups(answer: Mapping[str, Any]) -> bool:
    """Whether point-in-time recovery is on, by an answer of DescribeContinuousBackups."""
    described = answer["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
    return bool(described.get("PointInTimeRecoveryStatus") == "ENABLED")


async def _protect_from_deletion(
    table: Table, found: Mapping[str, Any], progress: Progress
) -> bool:
    if found.get("DeletionProtectionEnabled"):
        return False
    progress("turning on deletion protection")
    await table.call("update_table", DeletionProtectionEnabled=True)
    await wait_until_active(table, progress)
    return True


async def _keep_backups(table: Table, progress: Progress) -> bool:
    try:
        if has_backups(await table.call("describe_continuous_backups")):
            return False
        progress("turning on point-in-time recovery")
        await table.call(
            "update_continuous_backups",
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
        )
    except StoreUnavailable:
        if not table.address.is_loopback:
            raise
        return False
    return True


def _keys(described: Mapping[str, Any]) -> dict[str, str]:
    return {key["AttributeName"]: key["KeyType"] for key in described["KeySchema"]}
