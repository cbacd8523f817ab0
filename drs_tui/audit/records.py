"""How headers, leases, pulses and requests are written down, the same in every store."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from drs_tui.audit.chain import canonical, clean
from drs_tui.audit.store import BadRecord, EventTooLarge, NotTheWriter, PlacePulse, Pulse, Request
from drs_tui.model.events import Event, Json
from drs_tui.model.header import RunHeader
from drs_tui.model.times import format_time, parse_time

T = TypeVar("T")

UNREADABLE = "unreadable"
"""The kind of a request that is not what this program writes."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

LONGEST_EVENT_BYTES = 349 * 1024
"""Of one event's text in UTF-8; with its names and keys a DynamoDB item stays under 350 KB."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which runs a list is asked for; see `RunStore.list`."""

    active: bool | None = None
    plan_id: str | None = None
    status: str | None = None
    started_by: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def admits(self, header: RunHeader) -> bool:
        """Whether a run is among them."""
        return (
            self.active in (None, header.finished_at is None)
            and self.plan_id in (None, header.plan_id)
            and self.status in (None, header.status)
            and self.started_by in (None, header.started_by)
            and (self.since is None or self.since <= header.started_at)
            and (self.until is None or header.started_at <= self.until)
        )


def write_header(header: RunHeader) -> str:
    """The header as canonical JSON; the epoch stays out, since stores raise it on their own."""
    members = asdict(header)
    del members["epoch"]
    return canonical({name: _written(value) for name, value in members.items()})


def read_header(run_id: str, text: str, epoch: int = 0) -> RunHeader:
    """The stored header of a run, with the epoch that the store keeps beside it.

    Raises:
        BadRecord: it is not a header, or another run's.
    """

    def build(members: dict[str, Any]) -> RunHeader:
        if members["run_id"] != run_id:
            raise ValueError(f"it calls itself {members['run_id']}")
        members["started_at"] = _moment(members["started_at"])
        if members["finished_at"] is not None:
            members["finished_at"] = _moment(members["finished_at"])
        # Written by a version that did not import runs, or did not look at endpoints.
        members.setdefault("imported", False)
        members.setdefault("evidence", not members["simulated"])
        known = {name: members[name] for name in RunHeader.__slots__ if name != "epoch"}
        return RunHeader(**known, epoch=epoch)

    return _read(f"the header of run {run_id}", text, build)


def filed_under(header: RunHeader) -> dict[str, str]:
    """What a store's indexes find a run by."""
    return {
        "activity": activity(header),
        "plan_id": header.plan_id,
        "started_at": format_time(header.started_at),
    }


def misfiling(stored: Mapping[str, str], should: Mapping[str, str]) -> str:
    """Where a run is filed otherwise than it should be, in words; empty for nowhere."""
    for name, value in should.items():
        found = stored.get(name, "")
        if found != value:
            return f"lists find it under {name} {found!r}, and it belongs under {value!r}"
    return ""


def shown(header: RunHeader) -> RunHeader:
    """The header less what changes with every append: what a list shows of a run."""
    return replace(header, seq=0, head_hash="", epoch=0)


def write_pulse(pulse: Pulse | None) -> str:
    """The pulse as canonical JSON."""
    if pulse is None:
        return canonical(None)
    members = {name: _written(value) for name, value in asdict(pulse).items()}
    places = [{k: _written(v) for k, v in asdict(place).items()} for place in pulse.places]
    del members["places"]
    return canonical({**members, "places": places} if places else members)


def read_pulse(text: str) -> Pulse | None:
    """A stored pulse.

    Raises:
        BadRecord: it is not a pulse.
    """
    if text == "null":
        return None

    def build(members: dict[str, Any]) -> Pulse:
        polled = members["polled_at"]
        return Pulse(
            drill_now=_moment(members["drill_now"]),
            speed_percent=members["speed_percent"],
            polled_at=None if polled is None else _moment(polled),
            trouble=members["trouble"],
            places=tuple(map(_place, members.get("places", ()))),
        )

    return _read("a stored pulse", text, build)


def _place(members: Mapping[str, Any]) -> PlacePulse:
    polled = members["polled_at"]
    at = None if polled is None else _moment(polled)
    return PlacePulse(members["words"], at, members["trouble"])


def write_moment(moment: datetime | None) -> str:
    """A moment that may be unknown, as text that can be empty."""
    return "" if moment is None else format_time(moment)


def read_moment(text: str) -> datetime | None:
    """A stored moment; None when it is unknown, or no moment."""
    return parse_time(text)


def write_request(request: Request) -> str:
    """The request as canonical JSON."""
    members = asdict(request)
    return canonical({name: clean(_written(value)) for name, value in members.items()})


def read_request(run_id: str, request_id: str, text: str) -> Request:
    """A stored request; one that can't be read is of kind `unreadable`, and stands in nobody's way.

    Its driver answers it like any other, so that the trail says that it was there.
    """

    def build(members: dict[str, Any]) -> Request:
        if (members["run_id"], members["request_id"]) != (run_id, request_id):
            raise ValueError(f"it calls itself {members['request_id']} of {members['run_id']}")
        members["at"] = _moment(members["at"])
        request = Request(**{name: members[name] for name in Request.__slots__})
        words, data = (request.actor, request.kind), request.data
        if not all(isinstance(word, str) for word in words) or not isinstance(data, dict):
            raise TypeError("a member is of the wrong type")
        return request

    try:
        return _read("a stored request", text, build)
    except BadRecord as error:
        why: dict[str, Json] = {"text": str(error)}
        return Request(request_id, run_id, _EPOCH, "unknown", UNREADABLE, why)


def check_batch(run_id: str, expected_seq: int, events: Sequence[Event], header: RunHeader) -> None:
    """Refuse a batch that no store may take, before any of it is stored.

    Raises:
        EventTooLarge: an event is longer than the longest that every store takes.
        ValueError: events missing, out of order or of another run, or a header of another event.
    """
    if not events:
        raise ValueError("an append needs at least one event")
    for number, event in enumerate(events, expected_seq + 1):
        if event.seq != number or event.run_id != run_id:
            raise ValueError(f"event {event.seq} of {event.run_id} is not {number} of {run_id}")
        if (size := len(event.text.encode())) > LONGEST_EVENT_BYTES:
            raise EventTooLarge(
                f"event {number} of run {run_id} ({event.type}) has {size:,} bytes; "
                f"a store takes {LONGEST_EVENT_BYTES:,} at most"
            )
    last = events[-1]
    if (header.run_id, header.seq, header.head_hash) != (run_id, last.seq, last.hash):
        raise ValueError(f"the header is of event {header.seq}, the last appended is {last.seq}")


def unwritten(
    events: Sequence[Event], expected_seq: int, seq: int, head_hash: str
) -> Sequence[Event]:
    """Which events of an append are still to be written, given the stored event `seq`'s hash.

    `seq` is the last stored event, or the last of `events` if more are stored.

    Raises:
        NotTheWriter: what is stored is neither what the append expects nor the append itself.
    """
    if seq == expected_seq:
        return events
    done = seq - expected_seq
    if 0 < done <= len(events) and events[done - 1].hash == head_hash:
        return events[done:]
    raise NotTheWriter(
        f"run {events[0].run_id} has event {seq} where its driver expected {expected_seq} to be "
        "the last: another driver has written"
    )


def activity(header: RunHeader) -> str:
    """`active` until the run has finished, then `final`."""
    return "active" if header.finished_at is None else "final"


def _written(value: Any) -> Any:
    return format_time(value) if isinstance(value, datetime) else value


def _moment(text: str) -> datetime:
    moment = parse_time(text)
    if moment is None:
        raise ValueError(f"{text!r} is not a time")
    return moment


def _read(what: str, text: str, build: Callable[[dict[str, Any]], T]) -> T:
    try:
        return build(json.loads(text))
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise BadRecord(f"{what} cannot be read: {error!r}") from error
