"""What a run costs to record in DynamoDB, in write request units, reckoned from its events alone.

The rules are those of "DynamoDB read and write operations" in its guide: a unit for each KB begun,
two in a transaction; an update counts as the larger of the item before and after; an index is
written when something that it holds changes, twice when that is its key.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from drs_tui.audit.dynamodb_items import (
    HEADER,
    INDEXES,
    LEASE,
    LISTED,
    Item,
    event_item,
    fitting,
    item_bytes,
    key,
    lease_attributes,
    numbers,
    summary,
)
from drs_tui.audit.lease import RENEWALS_IN_A_TERM
from drs_tui.audit.records import shown
from drs_tui.audit.store import Lease, Pulse
from drs_tui.config import LEASE_TERM_SECONDS
from drs_tui.model.events import Event
from drs_tui.model.header import RunHeader
from drs_tui.model.run import Run, apply, header_of

_KB = 1024
_IN_EVERY_INDEX = ("run_id", "item", "started_at", "summary")


@dataclass(frozen=True, slots=True)
class Cost:
    """What recording a run takes; requests of people and repeated writes come on top."""

    events: int
    appends: int
    """One for each moment at which something was recorded: all that a poll brings is one."""

    event_bytes: int
    """Of the event items, which stay."""

    largest_item_bytes: int
    event_units: int
    header_units: int
    index_units: int
    lease_units: int
    """The lease taken once, renewed while the run went on at the speed of real drills."""

    @property
    def units(self) -> int:
        """All write request units together."""
        return self.event_units + self.header_units + self.index_units + self.lease_units


def cost_of(events: Iterable[Event]) -> Cost:
    """What a drill with these events, all of a run in order, costs to record in DynamoDB.

    Raises:
        ValueError: there are no events.
    """
    appended = appends = event_bytes = largest = event_units = header_units = index_units = 0
    run: Run | None = None
    before: RunHeader | None = None
    first = last = None
    for batch in _appends(events):
        for event in batch:
            run = apply(run, event)
        assert run is not None
        header = header_of(run)
        appends += 1
        for item in _items(batch):
            size = item_bytes(item)
            event_bytes += size
            largest = max(largest, size)
            event_units += _units(size, in_transaction=True)
            sizes = [_header_bytes(each, batch) for each in (before, header) if each is not None]
            header_units += _units(max(sizes), in_transaction=True)
        index_units += _index_units(before, header)
        before = header
        appended += len(batch)
        first, last = first or batch[0], batch[-1]
    if first is None or last is None:
        raise ValueError("a run without events costs nothing and is none")
    return Cost(
        events=appended,
        appends=appends,
        event_bytes=event_bytes,
        largest_item_bytes=largest,
        event_units=event_units,
        header_units=header_units,
        index_units=index_units,
        lease_units=_lease_units(first, last),
    )


def _appends(events: Iterable[Event]) -> Iterator[Sequence[Event]]:
    for _, batch in groupby(events, key=lambda event: event.at):
        yield tuple(batch)


def _items(batch: Sequence[Event]) -> Iterator[Item]:
    while batch:
        part = fitting(batch)
        yield event_item(part[0].run_id, part)
        batch = batch[len(part) :]


def _header_bytes(header: RunHeader, batch: Sequence[Event]) -> int:
    return item_bytes(_header_item(header) | {"epoch": {"N": "1"}, **numbers(batch)})


def _header_item(header: RunHeader) -> dict[str, Any]:
    return {**key(header.run_id, HEADER), "listed": {"S": LISTED}, **summary(header)}


def _index_units(before: RunHeader | None, after: RunHeader) -> int:
    if before is not None and shown(before) == shown(after):
        return 0
    new = _header_item(after)
    old = _header_item(before) if before is not None else {}
    units = 0
    for attribute in INDEXES.values():
        size = _entry_bytes(new, attribute)
        if old and old.get(attribute) != new.get(attribute):
            units += _units(_entry_bytes(old, attribute)) + _units(size)
        else:
            units += _units(max(size, _entry_bytes(old, attribute)))
    return units


def _entry_bytes(header: dict[str, Any], attribute: str) -> int:
    if attribute not in header:
        return 0
    return item_bytes({name: header[name] for name in (attribute, *_IN_EVERY_INDEX)})


def _lease_units(first: Event, last: Event) -> int:
    pulse = Pulse(drill_now=last.at, polled_at=last.at)
    holder = "an-operator@a-bastion.example.com:1234567:0123456789abcdef"
    lease = Lease(first.run_id, holder, 1, 1_000, LEASE_TERM_SECONDS, pulse, last.at)
    size = item_bytes({**key(first.run_id, LEASE), **lease_attributes(lease)})
    seconds = (last.at - first.at).total_seconds()
    renewals = int(seconds / (LEASE_TERM_SECONDS / RENEWALS_IN_A_TERM))
    taken = _units(size, in_transaction=True) + _units(_KB, in_transaction=True)
    return taken + (renewals + 1) * _units(size)


def _units(size: int, *, in_transaction: bool = False) -> int:
    return -(-size // _KB) * (2 if in_transaction else 1)
