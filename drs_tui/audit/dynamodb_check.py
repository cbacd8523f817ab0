"""Looking at a table: is it as it has to be, is it protected, and what may these credentials do.

Nothing is changed: a right to write is tried by a write whose condition never holds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from drs_tui.audit.dynamodb_items import HEADER, INDEXES, key
from drs_tui.audit.dynamodb_schema import has_backups, misfit, states_of
from drs_tui.audit.dynamodb_table import ConditionFailed, NotPermitted, Table
from drs_tui.audit.findings import Finding, Health
from drs_tui.audit.store import StoreUnavailable

_Judge: TypeAlias = Callable[[Mapping[str, Any]], Finding]

_NOBODY = key("0", HEADER)
"""An item that is never there: no run is called so."""


@dataclass(frozen=True, slots=True)
class Right:
    """Something that credentials may be allowed to do, and how that is tried."""

    topic: str
    action: str
    """As IAM calls it."""

    operation: str
    members: Mapping[str, Any]
    use: str
    """What can't be done without it."""


def rights() -> tuple[Right, ...]:
    """Every right that the store's own calls need, from reading to driving."""
    never = {
        "ConditionExpression": "attribute_exists(#item)",
        "ExpressionAttributeNames": {"#item": "item"},
    }
    text = {"S": "tried"}
    query = {"KeyConditionExpression": "#key = :key", "Limit": 1}
    run = {
        "ExpressionAttributeNames": {"#key": "run_id"},
        "ExpressionAttributeValues": {":key": {"S": "0"}},
    }
    by_index = [
        Right(
            f"query {index}",
            "dynamodb:Query",
            "query",
            query
            | {
                "IndexName": index,
                "ExpressionAttributeNames": {"#key": name},
                "ExpressionAttributeValues": {":key": {"S": "tried"}},
            },
            "runs can't be listed",
        )
        for index, name in INDEXES.items()
    ]
    return (
        Right("get", "dynamodb:GetItem", "get_item", {"Key": _NOBODY}, "no run can be opened"),
        Right("query", "dynamodb:Query", "query", query | run, "no events can be read"),
        *by_index,
        Right(
            "get many",
            "dynamodb:BatchGetItem",
            "batch_get_item",
            {},
            "lists don't say which runs nobody drives",
        ),
        Right(
            "put a request",
            "dynamodb:PutItem",
            "put_item",
            {"Item": {**_NOBODY, "request": text}, **never},
            "nothing can be approved or asked from here",
        ),
        Right(
            "put events",
            "dynamodb:PutItem",
            "put_item",
            {"Item": {**_NOBODY, "events": text}, **never},
            "no drill can be driven from here",
        ),
        Right(
            "update",
            "dynamodb:UpdateItem",
            "update_item",
            {
                "Key": _NOBODY,
                "UpdateExpression": "SET #epoch = :epoch",
                "ConditionExpression": never["ConditionExpression"],
                "ExpressionAttributeNames": {"#item": "item", "#epoch": "epoch"},
                "ExpressionAttributeValues": {":epoch": {"N": "0"}},
            },
            "no drill can be driven from here",
        ),
    )


_READS = frozenset({"dynamodb:GetItem", "dynamodb:Query"})
"""Without these there is no store for these credentials; without others it is a smaller one."""


async def check_table(table: Table) -> tuple[Finding, ...]:
    """Look at the table's keys, indexes and protection, and try what these credentials may do.

    Raises:
        UnsupportedStore: there is no such table.
        StoreUnavailable: DynamoDB is out of reach.
    """
    return (
        *await _description(table),
        await _look(table, "backups", "describe_continuous_backups", _backups),
        await _look(table, "expiry", "describe_time_to_live", _expiry),
        *[await _try(table, right) for right in rights()],
    )


async def _description(table: Table) -> tuple[Finding, ...]:
    found: Mapping[str, Any] = {}

    def keep(answer: Mapping[str, Any]) -> Finding:
        nonlocal found
        found = answer["Table"]
        return _shape(found)

    shape = await _look(table, "table", "describe_table", keep)
    if not found:
        return (shape,)
    return (shape, _deletion(found), _encryption(found), *_replicas(found))


async def _look(table: Table, topic: str, operation: str, judge: _Judge) -> Finding:
    try:
        return judge(await table.call(operation))
    except NotPermitted:
        action = "dynamodb:" + "".join(word.title() for word in operation.split("_"))
        return Finding(topic, f"can't be looked at without {action}", Health.WARNING)
    except StoreUnavailable as error:
        if not table.address.is_loopback:
            raise
        return Finding(topic, f"this server can't say: {error}", Health.WARNING)


async def _try(table: Table, right: Right) -> Finding:
    members = right.members
    if right.operation == "batch_get_item":
        members = {"RequestItems": {table.address.table: {"Keys": [_NOBODY]}}}
    try:
        await table.call(right.operation, **members)
    except ConditionFailed:
        pass  # It would have been written.
    except NotPermitted:
        health = Health.BROKEN if right.action in _READS else Health.WARNING
        return Finding(right.topic, f"{right.action} is not permitted: {right.use}", health)
    return Finding(right.topic, f"{right.action} is permitted")


def _shape(found: Mapping[str, Any]) -> Finding:
    if trouble := misfit(found):
        return Finding("table", f"was not made for drs-tui: {trouble}", Health.BROKEN)
    waiting = {name: state for name, state in states_of(found).items() if state != "ACTIVE"}
    if waiting:
        words = ", ".join(f"{name} is {state}" for name, state in waiting.items())
        return Finding("table", words, Health.WARNING)
    mode = found.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED")
    if mode != "PAY_PER_REQUEST":
        words = "has keys and indexes as it should; its provisioned capacity can throttle a drill"
        return Finding("table", words, Health.WARNING)
    return Finding("table", "active, keys and indexes as they should be, on demand")


def _deletion(found: Mapping[str, Any]) -> Finding:
    if found.get("DeletionProtectionEnabled"):
        return Finding("deletion", "the table is protected from being deleted")
    words = "the table can be deleted: `drs-tui store init` turns protection on"
    return Finding("deletion", words, Health.BROKEN)


def _encryption(found: Mapping[str, Any]) -> Finding:
    described = found.get("SSEDescription", {})
    if "InaccessibleEncryptionDateTime" in described:
        words = f"DynamoDB can't use the key {described.get('KMSMasterKeyArn')} any more"
        return Finding("encryption", words, Health.BROKEN)
    arn = described.get("KMSMasterKeyArn", "")
    # DynamoDB encrypts every table; without a description it does so with a key of its own.
    return Finding("encryption", f"with the KMS key {arn}" if arn else "with a key that AWS owns")


def _replicas(found: Mapping[str, Any]) -> tuple[Finding, ...]:
    regions = [replica["RegionName"] for replica in found.get("Replicas", ())]
    if not regions:
        return ()
    words = (
        f"copied to {', '.join(regions)}: conditions hold within one Region alone, so that all who "
        "drive must name the same one, as in dynamodb:TABLE?region=…"
    )
    return (Finding("replicas", words, Health.WARNING),)


def _backups(answer: Mapping[str, Any]) -> Finding:
    if has_backups(answer):
        return Finding("backups", "point-in-time recovery is on")
    words = "point-in-time recovery is off: `drs-tui store init` turns it on"
    return Finding("backups", words, Health.BROKEN)


def _expiry(answer: Mapping[str, Any]) -> Finding:
    described = answer["TimeToLiveDescription"]
    if described["TimeToLiveStatus"] in {"DISABLED", "DISABLING"}:
        return Finding("expiry", "nothing expires")
    name = described.get("AttributeName", "")
    words = (
        f"items expire by their {name}: nothing here has one, and nobody else may give it one; "
        "turn time to live off"
    )
    return Finding("expiry", words, Health.BROKEN)
