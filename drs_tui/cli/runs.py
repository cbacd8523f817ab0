"""`drs-tui runs list`, `show` and `events`: reading the audit trail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from drs_tui.audit.store import Lease, RunStore
from drs_tui.cli.asynchronous import run_async
from drs_tui.cli.failure import CliError
from drs_tui.cli.news import news
from drs_tui.cli.say import Column, say, table, tell, tell_json, tell_stored
from drs_tui.cli.stores import NoStoreYet, all_runs, events_of, find_id, find_run, opened
from drs_tui.cli.summary import run_to_data, summary
from drs_tui.clock import SystemClock
from drs_tui.config import Settings
from drs_tui.model.endpoints import NOT_EVIDENCE
from drs_tui.model.events import Event, Json
from drs_tui.model.exit_codes import SUCCEEDED
from drs_tui.model.header import RunHeader
from drs_tui.model.plan import Mode
from drs_tui.model.run import apply, fold
from drs_tui.model.state.run import Run
from drs_tui.model.status import RunStatus
from drs_tui.model.times import clock_time, format_duration, format_time

if TYPE_CHECKING:
    from drs_tui.audit.cost import Cost
    from drs_tui.model.keeping import Prices


@dataclass(frozen=True, slots=True)
class Filter:
    """Which runs are listed."""

    limit: int
    active: bool | None = None
    """True: only those that have not ended; False: only those that have."""

    plan: str | None = None
    status: RunStatus | None = None
    operator: str | None = None
    """Who started it, as the record has it: an ARN, or user@host."""

    since: datetime | None = None
    until: datetime | None = None


_COLUMNS = (
    Column("Run", shrinks=True, keeps_end=True),
    Column("State"),
    Column("Kind"),
    Column("Servers", right=True),
    Column("Took", right=True),
    Column("Cleanup"),
)


@dataclass(frozen=True, slots=True)
class _Listed:
    header: RunHeader
    driver: str
    """Who drives a run that has not ended, as far as the store knows; empty: nobody."""

    seconds: float
    """In drill time, up to now while it goes on."""

    @property
    def is_abandoned(self) -> bool:
        """Whether it has not ended, and nobody drives it."""
        return self.header.finished_at is None and not self.driver


# list -------------------------------------------------------------------------------------------


def list_runs(settings: Settings, wanted: Filter, *, as_json: bool) -> int:
    """List runs, newest first."""
    return run_async(_list(settings, wanted, as_json))


async def _list(settings: Settings, wanted: Filter, as_json: bool) -> int:
    try:
        async with opened(settings) as store:
            listed = await _listed(store, wanted)
    except NoStoreYet as nothing:
        say(str(nothing))
        return SUCCEEDED
    if as_json:
        for run in listed:
            tell_json(_to_data(run))
        return SUCCEEDED
    if not listed:
        say(f"no such run in {settings.store}")
        return SUCCEEDED
    for line in table(_COLUMNS, [_cells(run) for run in listed]):
        tell(line)
    if any(not run.header.evidence for run in listed):
        tell(f"{NOT_EVIDENCE}: runs that are simulated or at a custom endpoint")
    for run in listed:
        if run.is_abandoned:
            run_id = run.header.run_id
            say(f"nobody drives {run_id}: drs-tui attach {run_id} --take-over --reason TEXT")
    return SUCCEEDED


async def _listed(store: RunStore, wanted: Filter) -> list[_Listed]:
    headers: list[RunHeader] = []
    async for header in all_runs(
        store,
        active=wanted.active,
        plan_id=wanted.plan,
        status=wanted.status,
        started_by=wanted.operator,
        since=wanted.since,
        until=wanted.until,
    ):
        headers.append(header)
        if len(headers) == wanted.limit:
            break
    leases = await store.leases([h.run_id for h in headers if h.finished_at is None])
    listed = []
    for header in headers:
        lease = leases.get(header.run_id)
        end = header.finished_at or await drill_now(store, header, lease)
        listed.append(_Listed(header, _driver(lease), (end - header.started_at).total_seconds()))
    return listed


async def drill_now(store: RunStore, header: RunHeader, lease: Lease | None) -> datetime:
    """What time it is for a run: the wall clock's, unless it is simulated and goes faster.

    Then it is what its driver said last, or what its last event says before the driver said any.
    """
    pulse = lease.pulse if lease else None
    if pulse is None and header.simulated:
        last = [event.at async for event in store.events(header.run_id, header.seq - 1)]
        return max(last, default=header.started_at)
    if pulse is not None and pulse.speed_percent != 100:
        return pulse.drill_now
    return SystemClock().now()


def _driver(lease: Lease | None) -> str:
    """Who holds the lease; empty when it was given back, never taken, or has lapsed."""
    return lease.holder if lease and lease.seems_driven(SystemClock().now()) else ""


def _cells(run: _Listed) -> tuple[str, ...]:
    header = run.header
    return (
        header.run_id,
        "no driver" if run.is_abandoned else header.status,
        _kind(header),
        f"{header.servers_launched}/{header.servers_total}",
        format_duration(run.seconds),
        header.cleanup,
    )


def _kind(header: RunHeader) -> str:
    kind = header.mode if header.mode == Mode.DRILL else header.mode.upper()
    if header.simulated or not header.evidence:
        where = "simulated" if header.simulated else "custom"
        kind = where if header.mode == Mode.DRILL else f"{kind}, {where}"
    return f"{kind}, imported" if header.imported else kind


def _to_data(run: _Listed) -> dict[str, object]:
    header = run.header
    finished = header.finished_at
    return {
        **asdict(header),
        "started_at": format_time(header.started_at),
        "finished_at": format_time(finished) if finished else None,
        "elapsed_ms": int(run.seconds * 1000),
        "driver": run.driver,
    }


# show -------------------------------------------------------------------------------------------


def show_run(settings: Settings, reference: str, *, with_cost: bool, as_json: bool) -> int:
    """Print what became of a run, and what its record costs in DynamoDB if `with_cost`."""
    return run_async(_show(settings, reference, with_cost, as_json))


async def _show(settings: Settings, reference: str, with_cost: bool, as_json: bool) -> int:
    async with opened(settings) as store:
        header = await find_run(store, reference)
        events = await events_of(store, header.run_id)
        run = fold(events)
        now = await drill_now(store, header, await store.lease(header.run_id))
    if run is None:
        raise CliError(f"{header.run_id} has no events: see `drs-tui runs verify {header.run_id}`")
    cost = _cost(events) if with_cost else None
    if as_json:
        costs = {"cost": {**asdict(cost), "units": cost.units}} if cost else {}
        tell_json({**run_to_data(run, now), **costs})
        return SUCCEEDED
    for line in summary(run, now, _prices(settings)):
        tell(line)
    if cost:
        tell()
        tell(
            f"in DynamoDB: {cost.units} write request units in {cost.appends} appends, "
            f"{cost.event_bytes:,} bytes, the largest item {cost.largest_item_bytes:,}"
        )
    return SUCCEEDED


def _prices(settings: Settings) -> Prices | None:
    """The user's price file, if one is named."""
    if settings.prices is None:
        return None
    from drs_tui.prices import PricesError, read_prices

    try:
        return read_prices(settings.prices)
    except PricesError as error:
        raise CliError(str(error)) from error


def _cost(events: Sequence[Event]) -> Cost:
    # Here, since it brings in all that knows of DynamoDB.
    from drs_tui.audit.cost import cost_of

    return cost_of(events)


# events -----------------------------------------------------------------------------------------


def print_events(settings: Settings, reference: str, *, as_json: bool) -> int:
    """Print everything a run recorded, byte for byte if `as_json`."""
    return run_async(_events(settings, reference, as_json))


async def _events(settings: Settings, reference: str, as_json: bool) -> int:
    async with opened(settings) as store:
        run_id = await find_id(store, reference)
        if as_json:
            async for text in store.texts(run_id):
                tell_stored(text)
            return SUCCEEDED
        run: Run | None = None
        async for event in store.events(run_id):
            before, run = run, apply(run, event)
            words = "; ".join(news(before, run)) or _details(event.data)
            tell(f"{event.seq:>5}  {clock_time(event.at)}  {event.type:<21}  {words}".rstrip())
    return SUCCEEDED


def _details(data: Mapping[str, Json]) -> str:
    """The short members of an event that changed nothing a person would ask for."""
    item = data.get("item")
    members = {**data, **(item if isinstance(item, Mapping) else {})}
    shown = (f"{name} {value}" for name, value in members.items() if isinstance(value, str | int))
    return ", ".join(shown)
