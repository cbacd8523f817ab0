"""How runs, leases and requests lie in a DynamoDB table: names, attributes, conditional writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from drs_tui.audit.records import (
    LONGEST_EVENT_BYTES,
    filed_under,
    misfiling,
    read_header,
    read_moment,
    read_pulse,
    read_request,
    write_header,
    write_moment,
    write_pulse,
)
from drs_tui.audit.store import BadRecord, Lease, Request
from drs_tui.model.events import Event
from drs_tui.model.header import RunHeader

Item: TypeAlias = Mapping[str, Mapping[str, Any]]
"""As the wire has it: each attribute under its type, `{"seq": {"N": "7"}}`."""

HEADER = "HEADER"
LEASE = "LEASE"
FIRST_EVENT, LAST_EVENT = "E#", "E#~"
FIRST_REQUEST, LAST_REQUEST = "R#", "R#~"
LISTED = "run"
"""The one value of `listed`, RecentIndex's partition key."""

INDEXES = {"StatusIndex": "activity", "PlanIndex": "plan_id", "RecentIndex": "listed"}
"""Each index's partition key; all sort by `started_at` and hold `summary`."""

LONGEST_ITEM_BYTES = LONGEST_EVENT_BYTES
"""Of the texts in one event item, each with the byte that its place in a list takes."""


def key(run_id: str, item: str) -> dict[str, Any]:
    """The primary key of an item."""
    return {"run_id": {"S": run_id}, "item": {"S": item}}


def event_name(seq: int) -> str:
    """The sort key of the item whose first event is `seq`."""
    return f"{FIRST_EVENT}{seq:012d}"


def first_seq(item: Item) -> int:
    """The number of the first event in an event item; 0 where its name is none of ours."""
    number: str = item["item"]["S"].removeprefix(FIRST_EVENT)
    return int(number) if number.isdecimal() else 0


def texts_of(item: Item) -> list[str]:
    """The events of an event item, as stored; what is no text is empty, which no event is."""
    return [text.get("S", "") for text in item.get("events", {}).get("L", [{}])]


def request_name(request_id: str) -> str:
    """The sort key of a request."""
    return f"{FIRST_REQUEST}{request_id}"


def request_of(item: Item) -> Request:
    """The request in an item; see `read_request` about one that can't be read."""
    request_id = item["item"]["S"].removeprefix(FIRST_REQUEST)
    text = item.get("request", {}).get("S", "")
    return read_request(item["run_id"]["S"], request_id, text)


def fitting(events: Sequence[Event]) -> Sequence[Event]:
    """As many of the first events as one item takes; at least one."""
    size = 0
    for number, event in enumerate(events):
        size += len(event.text.encode()) + (number > 0)
        if number and size > LONGEST_ITEM_BYTES:
            return events[:number]
    return events


def numbers(batch: Sequence[Event]) -> dict[str, Any]:
    """The header's attributes that change with every append, after `batch`."""
    return {"seq": {"N": str(batch[-1].seq)}, "head_hash": {"S": batch[-1].hash}}


def summary(header: RunHeader) -> dict[str, Any]:
    """The header's attributes that the indexes hold."""
    # The key of an index can't be empty.
    keys = {name: {"S": value} for name, value in filed_under(header).items() if value}
    return {"summary": {"S": write_header(header)}, **keys}


def header_of(item: Item) -> RunHeader:
    """The header in its item, with the numbers that lie beside its summary.

    Raises:
        BadRecord: it cannot be read.
    """
    run_id = item["run_id"]["S"]
    try:
        epoch, seq = int(item["epoch"]["N"]), int(item["seq"]["N"])
        head_hash: str = item["head_hash"]["S"]
    except KeyError as missing:
        raise BadRecord(f"the header of run {run_id} has no {missing}") from missing
    return replace(listed_header(item, epoch), seq=seq, head_hash=head_hash)


def listed_header(item: Item, epoch: int = 0) -> RunHeader:
    """The header that the summary in an item, or in an index's, shows.

    Raises:
        BadRecord: it cannot be read.
    """
    text: str = item.get("summary", {}).get("S", "")
    return read_header(item["run_id"]["S"], text, epoch)


def misfiled(item: Item) -> str:
    """Where the indexes find a run otherwise than its summary says, in words.

    Raises:
        BadRecord: the summary cannot be read.
    """
    stored = {name: item.get(name, {}).get("S", "") for name in INDEXES.values()}
    stored["started_at"] = item.get("started_at", {}).get("S", "")
    return misfiling(stored, {**filed_under(listed_header(item)), "listed": LISTED})


def lease_attributes(lease: Lease) -> dict[str, Any]:
    """All of a lease but its key."""
    return {
        "holder": {"S": lease.holder},
        "epoch": {"N": str(lease.epoch)},
        "beat": {"N": str(lease.beat)},
        "term_seconds": {"N": str(lease.term_seconds)},
        "pulse": {"S": write_pulse(lease.pulse)},
        "renewed_at": {"S": write_moment(lease.renewed_at)},
    }


def read_lease(item: Item) -> Lease:
    """The lease in its item.

    Raises:
        BadRecord: it cannot be read.
    """
    run_id = item["run_id"]["S"]
    try:
        return Lease(
            run_id=run_id,
            holder=item["holder"]["S"],
            epoch=int(item["epoch"]["N"]),
            beat=int(item["beat"]["N"]),
            term_seconds=int(item["term_seconds"]["N"]),
            pulse=read_pulse(item["pulse"]["S"]),
            renewed_at=read_moment(item.get("renewed_at", {"S": ""})["S"]),
        )
    except KeyError as missing:
        raise BadRecord(f"the lease of run {run_id} has no {missing}") from missing


def new_events(run_id: str, batch: Sequence[Event]) -> dict[str, Any]:
    """The put of an event item, which fails if the item is there."""
    return put_new(event_item(run_id, batch))


def event_item(run_id: str, batch: Sequence[Event]) -> dict[str, Any]:
    """The item of one append."""
    texts = [{"S": event.text} for event in batch]
    return {**key(run_id, event_name(batch[0].seq)), "events": {"L": texts}}


def item_bytes(item: Item) -> int:
    """What DynamoDB counts an item as, by "DynamoDB item sizes and formats" of its guide."""
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def _value_bytes(value: Mapping[str, Any]) -> int:
    [(kind, content)] = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            return len(content.lstrip("-")) // 2 + 2
        case "L":
            return 3 + sum(1 + _value_bytes(element) for element in content)
    raise ValueError(f"no item here has a value of type {kind}")


def put_new(item: Item) -> dict[str, Any]:
    """A put that fails if the item is there."""
    return {
        "Item": item,
        "ConditionExpression": "attribute_not_exists(#item)",
        "ExpressionAttributeNames": {"#item": "item"},
    }


def put_over(item: Item, standing: Item) -> dict[str, Any]:
    """A put that fails unless the item that is there has the attributes in `standing`."""
    return {"Item": item, **_condition(standing)}


def update(primary_key: Item, changes: Item, standing: Item) -> dict[str, Any]:
    """An update that fails unless the item has the attributes in `standing`."""
    condition = _condition(standing)
    # Every name stands behind a #: DynamoDB reserves hundreds of words and may reserve more.
    condition["ExpressionAttributeNames"] |= {f"#{name}": name for name in changes}
    condition["ExpressionAttributeValues"] |= {f":new_{n}": v for n, v in changes.items()}
    return {
        "Key": primary_key,
        "UpdateExpression": "SET " + ", ".join(f"#{name} = :new_{name}" for name in changes),
        **condition,
    }


def _condition(standing: Item) -> dict[str, Any]:
    return {
        "ConditionExpression": " AND ".join(f"#{name} = :old_{name}" for name in standing),
        "ExpressionAttributeNames": {f"#{name}": name for name in standing},
        "ExpressionAttributeValues": {f":old_{name}": value for name, value in standing.items()},
    }
