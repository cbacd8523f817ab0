"""Runs in one DynamoDB table: the store that all bastions and operators share.

Partition key `run_id`, sort key `item`:

| item               | is                                                                      |
|--------------------|-------------------------------------------------------------------------|
| `HEADER`           | epoch, seq, head_hash, and `summary`: what a list shows, as one text    |
| `LEASE`            | who drives                                                              |
| `E#<12-digit seq>` | one append: the texts of its events, named by the number of the first   |
| `R#<ulid>`         | one request                                                             |

An append is one transaction: the event item, which must not exist, and the header, which must have
the epoch and the last number that the driver expects. The three indexes project `summary` alone,
which is rewritten only when something changes that a list shows; the numbers that change with each
append lie beside it, so most appends write no index. `activity` (`active`, then `final`) is
StatusIndex's key, so that the runs that are still going are one Query, whatever their status.

Importing this brings in the SDK.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Hashable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime
from itertools import count

from drs_tui.audit.address import DynamoDbAddress
from drs_tui.audit.chain import read_event
from drs_tui.audit.dynamodb_items import (
    FIRST_EVENT,
    FIRST_REQUEST,
    HEADER,
    LAST_EVENT,
    LAST_REQUEST,
    LEASE,
    LISTED,
    Item,
    event_name,
    first_seq,
    fitting,
    header_of,
    key,
    lease_attributes,
    listed_header,
    misfiled,
    new_events,
    numbers,
    put_new,
    put_over,
    read_lease,
    request_name,
    request_of,
    summary,
    texts_of,
    update,
)
from drs_tui.audit.dynamodb_list import list_runs
from drs_tui.audit.dynamodb_schema import create_table
from drs_tui.audit.dynamodb_table import ConditionFailed, Table, open_table
from drs_tui.audit.records import (
    Wanted,
    check_batch,
    shown,
    unwritten,
    write_request,
)
from drs_tui.audit.store import (
    BadRecord,
    HeaderPage,
    Lease,
    LeaseHeld,
    LeaseLost,
    NotTheWriter,
    Pulse,
    Request,
    RunExists,
    StoreUnavailable,
    UnsupportedStore,
)
from drs_tui.clock import Clock
from drs_tui.model.events import Event
from drs_tui.model.header import RunHeader

ACQUIRE_TRIES = 5


async def open_dynamodb(address: DynamoDbAddress, clock: Clock) -> DynamoDbStore:
    """Open the store in a table; one on this machine is made if it is missing.

    Raises:
        UnsupportedStore: there is no such table, or it is another program's.
        StoreUnavailable: DynamoDB is out of reach, or refuses.
    """
    async with AsyncExitStack() as stack:
        table = await stack.enter_async_context(open_table(address, clock))
        try:
            # A read that everyone may do, to know at once whether the table can be used.
            await table.get("0", HEADER)
        except UnsupportedStore:
            if not address.is_loopback:
                raise
            await create_table(table)
        return DynamoDbStore(table, stack.pop_all())


class DynamoDbStore:
    """A `RunStore` in one table."""

    look_seconds = 1.5

    def __init__(self, table: Table, stack: AsyncExitStack) -> None:
        """Use `table`, and close `stack` in the end."""
        self._table = table
        self._stack = stack
        self._marks = count()
        self._shown: dict[str, RunHeader] = {}
        """By run, what its `summary` surely shows."""
        self._ends: dict[str, int] = {}
        """By run, the last event of an item, so that reading on from there needs no search."""

    @property
    def address(self) -> str:
        """The store as `--store` takes it."""
        return str(self._table.address)

    async def close(self) -> None:
        """Close the connections."""
        await self._stack.aclose()

    # Events -------------------------------------------------------------------------------------

    async def create(self, header: RunHeader, events: Sequence[Event]) -> None:
        """Store a new run with its first events."""
        check_batch(header.run_id, 0, events, header)
        run_id, batch = header.run_id, fitting(events)
        new_header = put_new(
            {
                **key(run_id, HEADER),
                "listed": {"S": LISTED},
                "epoch": {"N": "0"},
                **numbers(batch),
                **summary(header),
            }
        )
        rest = events[len(batch) :]
        try:
            await self._table.write({"Put": new_header}, {"Put": new_events(run_id, batch)})
            self._shown[run_id] = shown(header)
        except ConditionFailed as error:
            seq, head_hash = await self._stored(run_id, events[-1].seq)
            try:
                rest = unwritten(events, 0, seq, head_hash)
                is_begun = listed_header(await self._table.header(run_id)).seq > seq
            except NotTheWriter:
                is_begun, rest = False, events
            # Only what another create was to have and has not is put behind what is there.
            if rest and not is_begun:
                raise RunExists(f"run {run_id} exists already in {self.address}") from error
        if rest:
            await self.append(run_id, rest[0].seq - 1, 0, rest, header)

    async def append(
        self, run_id: str, expected_seq: int, epoch: int, events: Sequence[Event], header: RunHeader
    ) -> None:
        """Add events and replace the header: one transaction for each 350 KB, in order."""
        check_batch(run_id, expected_seq, events, header)
        rest = events
        while rest:
            batch = fitting(rest)
            seq = rest[0].seq - 1
            try:
                await self._append_item(
                    run_id, seq, epoch, batch, header if len(batch) == len(rest) else None
                )
                rest = rest[len(batch) :]
            except ConditionFailed as error:
                stored_seq, head_hash = await self._stored(run_id, rest[-1].seq)
                left = unwritten(rest, seq, stored_seq, head_hash)
                if len(left) == len(rest):
                    raise NotTheWriter(
                        f"run {run_id} was taken over: its epoch is not {epoch} any more"
                    ) from error
                rest = left

    async def _append_item(
        self, run_id: str, seq: int, epoch: int, batch: Sequence[Event], header: RunHeader | None
    ) -> None:
        changes = numbers(batch)
        if header is not None and self._shown.get(run_id) != shown(header):
            changes |= summary(header)
        expected = {"epoch": {"N": str(epoch)}, "seq": {"N": str(seq)}}
        new_header = update(key(run_id, HEADER), changes, expected)
        # Until it is known to be written, it isn't known what the summary shows.
        before = self._shown.pop(run_id, None)
        await self._table.write({"Put": new_events(run_id, batch)}, {"Update": new_header})
        now = shown(header) if header is not None else before
        if now is not None:
            self._shown[run_id] = now
        self._ends[run_id] = batch[-1].seq

    async def _stored(self, run_id: str, seq: int) -> tuple[int, str]:
        """The number and hash of the last stored event, or of event `seq` if more are stored."""
        item = await self._table.header(run_id)
        stored = int(item["seq"]["N"])
        if stored <= seq:
            return stored, item["head_hash"]["S"]
        async for text in self.texts(run_id, seq - 1):
            return seq, read_event(text).hash
        raise BadRecord(f"event {seq} of run {run_id} is missing in {self.address}")

    async def events(self, run_id: str, after: int = 0) -> AsyncIterator[Event]:
        """The events above `after`, as stored."""
        async for text in self.texts(run_id, after):
            yield read_event(text)

    async def texts(self, run_id: str, after: int = 0) -> AsyncIterator[str]:
        """The stored texts of the events above `after`."""
        first = await self._item_of(run_id, after + 1)
        start: Item | None = None
        while True:
            answer = await self._table.between(run_id, event_name(first), LAST_EVENT, start=start)
            for item in answer["Items"]:
                texts, begin = texts_of(item), first_seq(item) or after + 1
                for text in texts[max(0, after + 1 - begin) :]:
                    yield text
                self._ends[run_id] = begin + len(texts) - 1
            start = answer.get("LastEvaluatedKey")
            if not start:
                return

    async def _item_of(self, run_id: str, seq: int) -> int:
        """The number of the first event of the item in which event `seq` is, or would be."""
        if seq == 1 or self._ends.get(run_id) == seq - 1:
            return seq
        answer = await self._table.between(run_id, FIRST_EVENT, event_name(seq), newest_only=True)
        return first_seq(answer["Items"][0]) if answer["Items"] else seq

    async def mark(self, run_id: str) -> Hashable:
        """Always another one: asking costs as much as reading what is new."""
        del run_id
        return next(self._marks)

    # Headers ------------------------------------------------------------------------------------

    async def header(self, run_id: str) -> RunHeader:
        """The summary of one run."""
        return header_of(await self._table.header(run_id))

    async def misfiled(self, run_id: str) -> str:
        """Where the indexes find a run otherwise than its header says."""
        return misfiled(await self._table.header(run_id))

    async def list(
        self,
        *,
        active: bool | None = None,
        plan_id: str | None = None,
        status: str | None = None,
        started_by: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 50,
        page: str | None = None,
    ) -> HeaderPage:
        """Summaries, newest first."""
        wanted = Wanted(active, plan_id, status, started_by, since, until)
        return await list_runs(self._table, wanted, limit, page)

    # Requests -----------------------------------------------------------------------------------

    async def request(self, request: Request) -> None:
        """Leave a request for the run's driver: a put of its own, beside whatever he writes."""
        await self._table.header(request.run_id)
        try:
            await self._table.call(
                "put_item",
                **put_new(
                    {
                        **key(request.run_id, request_name(request.request_id)),
                        "request": {"S": write_request(request)},
                    }
                ),
            )
        except ConditionFailed:
            return  # Its id is unique: it is this very request, sent before.

    async def requests(self, run_id: str) -> Sequence[Request]:
        """All requests ever made of a run, by id."""
        found: list[Request] = []
        start: Item | None = None
        while True:
            answer = await self._table.between(run_id, FIRST_REQUEST, LAST_REQUEST, start=start)
            found += (request_of(item) for item in answer["Items"])
            start = answer.get("LastEvaluatedKey")
            if not start:
                return found

    # The lease ----------------------------------------------------------------------------------

    async def lease(self, run_id: str) -> Lease | None:
        """The lease as it stands."""
        item = await self._table.get(run_id, LEASE)
        return None if item is None else read_lease(item)

    async def leases(self, run_ids: Sequence[str]) -> Mapping[str, Lease]:
        """The leases of several runs, a hundred a request."""
        items = await self._table.get_many([key(each, LEASE) for each in dict.fromkeys(run_ids)])
        return {lease.run_id: lease for lease in map(read_lease, items)}

    async def acquire(
        self, run_id: str, holder: str, term_seconds: int, seen: Lease | None = None
    ) -> Lease:
        """Take the lease if it is free, released, or still as `seen`."""
        tried: Lease | None = None
        for _ in range(ACQUIRE_TRIES):
            epoch = int((await self._table.header(run_id))["epoch"]["N"])
            standing = await self.lease(run_id)
            if standing is not None and standing == tried:
                return tried  # It was carried out, though its answer was lost.
            if standing is not None and standing.holder and standing != seen:
                raise LeaseHeld(f"{standing.holder} drives run {run_id}", standing)
            now = self._table.clock.now()
            tried = Lease(run_id, holder, epoch + 1, 0, term_seconds, renewed_at=now)
            try:
                await self._take_lease(tried, standing)
            except ConditionFailed:
                continue
            return tried
        raise StoreUnavailable(f"the lease of run {run_id} changed hands {ACQUIRE_TRIES} times")

    async def _take_lease(self, lease: Lease, standing: Lease | None) -> None:
        item = {**key(lease.run_id, LEASE), **lease_attributes(lease)}
        if standing is None:
            put = put_new(item)
        else:
            attributes = lease_attributes(standing)
            put = put_over(item, {name: attributes[name] for name in ("holder", "epoch", "beat")})
        raise_epoch = update(
            key(lease.run_id, HEADER),
            {"epoch": {"N": str(lease.epoch)}},
            {"epoch": {"N": str(lease.epoch - 1)}},
        )
        await self._table.write({"Put": put}, {"Update": raise_epoch})

    async def renew(self, lease: Lease, pulse: Pulse | None) -> Lease:
        """Prolong a lease that is still ours."""
        now = self._table.clock.now()
        renewed = replace(lease, beat=lease.beat + 1, pulse=pulse, renewed_at=now)
        try:
            await self._change_lease(lease, renewed, "beat", "pulse", "renewed_at")
        except ConditionFailed as error:
            raise LeaseLost(f"the lease of run {lease.run_id} is not ours any more") from error
        return renewed

    async def release(self, lease: Lease) -> None:
        """Give the lease back, if it is still ours."""
        try:
            await self._change_lease(lease, replace(lease, holder=""), "holder")
        except ConditionFailed:
            return  # Somebody took it: there is nothing of ours to give back.

    async def _change_lease(self, lease: Lease, changed: Lease, *names: str) -> None:
        old, new = lease_attributes(lease), lease_attributes(changed)
        ours = {name: old[name] for name in ("holder", "epoch")}
        changes = {name: new[name] for name in names}
        await self._table.call("update_item", **update(key(lease.run_id, LEASE), changes, ours))
