"""The contract of an audit store, which SQLite and DynamoDB both keep.

StoreError
├── RunNotFound       no run of that id
├── RunExists         the id is taken
├── NotTheWriter      somebody else appended, or took the lease, in between
├── LeaseHeld         another driver holds the run's lease
├── LeaseLost         the lease was ours and is not any more
├── BadRecord         something stored cannot be read
├── EventTooLarge     an event is longer than the longest that every store takes
├── StoreUnavailable  the store did not answer, or refused; nothing is known to be written
└── UnsupportedStore  the address of the store makes no sense, or its folder will not do
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from drs_tui.model.events import Event, Json
    from drs_tui.model.header import RunHeader


class StoreError(Exception):
    """Something about the audit store; the message says what happened and what to do."""


class RunNotFound(StoreError):
    """The store has no run of that id."""


class RunExists(StoreError):
    """The store has a run of that id already."""


class NotTheWriter(StoreError):
    """The run's epoch or last event is not what the writer thought: it must read again."""


class LeaseHeld(StoreError):
    """Another driver holds the lease of the run."""

    def __init__(self, message: str, lease: Lease) -> None:
        """Carry the lease that stands in the way."""
        super().__init__(message)
        self.lease = lease


class LeaseLost(StoreError):
    """The lease has a new holder, or was released."""


class BadRecord(StoreError):
    """A stored item is not what this program writes."""


class EventTooLarge(StoreError):
    """An event is longer than the longest that every store takes; nothing was written."""


class StoreUnavailable(StoreError):
    """The store is out of reach or refuses; what was asked may or may not have been done."""


class UnsupportedStore(StoreError):
    """A store address that cannot be used."""


@dataclass(frozen=True, slots=True)
class PlacePulse:
    """How the polling of one target does."""

    words: str
    """Its account and Region."""

    polled_at: datetime | None
    """Drill time of DRS's last answer there; None before the first."""

    trouble: str
    """Why the last look there brought no answer; empty if it did."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """What a driver tells its watchers with each renewal, beside the events."""

    drill_now: datetime
    """The driver's drill time when it renewed."""

    speed_percent: int = 100
    """Drill seconds per hundred real seconds."""

    polled_at: datetime | None = None
    """Drill time of the last answer from DRS, the oldest where several targets are looked at.

    None before the first.
    """

    trouble: str = ""
    """Why the last poll brought nothing, or the store is behind; empty when all is well."""

    places: tuple[PlacePulse, ...] = ()
    """The targets in which something is looked for, of several, or where DRS gave no answer."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to drive a run: to append to it and to call DRS for it."""

    run_id: str
    holder: str
    """The driver process: `user@host:pid:<random>`; empty once released."""

    epoch: int
    beat: int
    """Raised by each renewal."""

    term_seconds: int
    """Real seconds after a renewal for which the holder may act."""

    pulse: Pulse | None = None
    renewed_at: datetime | None = field(default=None, compare=False)
    """The last renewal by its holder's wall clock: good enough for a list, never to decide by."""

    def seems_driven(self, now: datetime) -> bool:
        """Whether, by `now` of a wall clock, somebody drives: not released, and not lapsed.

        Between two machines' clocks a whole term is allowed for.
        """
        if not self.holder or self.renewed_at is None:
            return bool(self.holder)
        return (now - self.renewed_at).total_seconds() <= 2 * self.term_seconds


@dataclass(frozen=True, slots=True)
class Away:
    """A store out of its driver's reach: no wave is launched, unless the run is detached."""

    seconds: float
    """Real seconds since the driver's lease was renewed last."""

    words: str
    """Why, and how many events wait to be sent."""

    is_detached: bool
    """Whether somebody said that the run goes on without it."""


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody who does not drive asks of the driver."""

    request_id: str
    """A ULID: requests of one machine sort in the order they were made."""

    run_id: str
    at: datetime
    actor: str
    kind: str
    """approve, decline, decide, pause, resume, cancel, note, cleanup."""

    data: dict[str, Json]
    """What it is about: `wave`, `seq` (the last event its sender had seen), `choice`, `text`."""


@dataclass(frozen=True, slots=True)
class HeaderPage:
    """Some headers, newest first, and where to go on."""

    headers: tuple[RunHeader, ...]
    next_page: str | None
    unreadable: tuple[str, ...] = ()
    """Ids of runs in this part of the list whose headers are damaged."""


class RunStore(Protocol):
    """Runs as append-only lists of events, one writer each, any number of readers.

    Every call raises StoreUnavailable while the store is out of reach, UnsupportedStore once its
    table is gone; whether a change was made is then unknown.
    """

    @property
    def address(self) -> str:
        """The store as `--store` takes it."""

    @property
    def look_seconds(self) -> float:
        """Real seconds between two looks of somebody who tails: what a look costs decides."""

    async def close(self) -> None:
        """Let go of files and connections."""

    async def create(self, header: RunHeader, events: Sequence[Event]) -> None:
        """Store a new run with its first events (numbered from 1), at epoch 0.

        A creation repeated after an unclear answer is recognised by its hashes and succeeds.

        Raises:
            RunExists: the id is taken.
            EventTooLarge: an event is over the limit.
        """

    async def append(
        self, run_id: str, expected_seq: int, epoch: int, events: Sequence[Event], header: RunHeader
    ) -> None:
        """Add events, in order, and replace the header.

        All or nothing, unless it is larger than a store can write at once (DynamoDB: 350 KB): of
        such a one the first part may be left. Events that are there already, by their hashes, are
        not written again: an append repeated after an unclear answer, alone or with more behind
        it, succeeds.

        Raises:
            EventTooLarge: an event is over the limit.
            NotTheWriter: the stored epoch is not `epoch`, or the last event is not `expected_seq`.
            RunNotFound: no such run.
        """

    def events(self, run_id: str, after: int = 0) -> AsyncIterator[Event]:
        """The events with a number above `after`, in order, as stored, not verified.

        Raises:
            BadRecord: a stored event cannot be parsed.
        """

    def texts(self, run_id: str, after: int = 0) -> AsyncIterator[str]:
        """The same as the bytes that are stored, whatever they hold; for verifying and export.

        Bytes that are not UTF-8 come as lone surrogates, as Python's `surrogateescape` has them.
        """

    async def mark(self, run_id: str) -> Hashable:
        """A value that differs from earlier ones when something may have been appended to a run.

        Equal marks mean that nothing was; marks of two stores can't be compared.
        """

    async def header(self, run_id: str) -> RunHeader:
        """The summary of one run.

        Raises:
            RunNotFound: no such run.
            BadRecord: it cannot be read.
        """

    async def misfiled(self, run_id: str) -> str:
        """Where lists find a run otherwise than its header says, in words; empty for nowhere.

        Raises:
            RunNotFound: no such run.
            BadRecord: its header cannot be read.
        """

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
        """Summaries, newest first; `active` picks runs that are not final, or only final ones.

        `since` and `until` are of `started_at`, both inclusive. `status` and `started_by` pick from
        what a page reads: it may hold less than `limit`, or nothing, and have a next one.

        What a list shows is current. The numbers that change with every append (`seq`, `head_hash`,
        `epoch`) may be those of an earlier moment: ask `header` for them.

        Raises:
            ValueError: `page` is not what an earlier page gave.
        """

    async def request(self, request: Request) -> None:
        """Leave a request for the run's driver.

        Raises:
            RunNotFound: no such run.
        """

    async def requests(self, run_id: str) -> Sequence[Request]:
        """All requests ever made of a run, by id."""

    async def lease(self, run_id: str) -> Lease | None:
        """The lease as it stands; None when nobody ever held it.

        Raises:
            BadRecord: it cannot be read.
        """

    async def leases(self, run_ids: Sequence[str]) -> Mapping[str, Lease]:
        """The leases of several runs, such as the active ones of a list; who has none is absent.

        Raises:
            BadRecord: one of them cannot be read.
        """

    async def acquire(
        self, run_id: str, holder: str, term_seconds: int, seen: Lease | None = None
    ) -> Lease:
        """Take the lease if it is free, released, or still exactly as `seen`; the epoch goes up.

        The caller must itself have seen `seen` unchanged for a whole term.

        Raises:
            LeaseHeld: somebody holds it, and it is not as seen.
            RunNotFound: no such run.
        """

    async def renew(self, lease: Lease, pulse: Pulse | None) -> Lease:
        """Prolong a lease that is still ours.

        Raises:
            LeaseLost: the stored epoch or holder is another.
        """

    async def release(self, lease: Lease) -> None:
        """Give the lease back; nothing happens if it is not ours any more."""


class Journal(RunStore, Protocol):
    """A store on this machine's own disk, which takes events before any other does."""

    async def replace(self, header: RunHeader, events: Sequence[Event]) -> None:
        """Put a run in the place of what is here under its id; its epoch and lease stay.

        For a run that another driver went on with: what this machine alone had is in it by then.

        Raises:
            RunNotFound: there is nothing under that id.
            StoreUnavailable: the disk is full or cannot be written.
        """
