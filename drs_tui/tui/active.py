"""The runs under way, whichever screen is in front, and when somebody is to be called."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from drs_tui.audit.store import RunNotFound, RunStore, StoreError
from drs_tui.clock import Clock
from drs_tui.model.header import RunHeader
from drs_tui.model.run import header_of
from drs_tui.model.status import RunStatus
from drs_tui.tui import signs
from drs_tui.tui.beat import DrillClock
from drs_tui.tui.rows.question import heading
from drs_tui.tui.session import Session
from drs_tui.tui.sources.live import LiveSource

LOOK_SECONDS = 2.0
LONGEST_LIST = 20

NOBODY_DRIVES = signs.Sign("▲", "nobody drives it", "bad")

_WANTS = (RunStatus.ATTENTION, RunStatus.WAITING)


@dataclass(frozen=True, slots=True)
class ActiveRun:
    """A run as the strip of runs shows it."""

    header: RunHeader
    is_driven: bool
    questions: Mapping[int, str] | None = None
    """What is wanted, by the event that raised it; None while only its header is known."""

    @property
    def run_id(self) -> str:
        """The run's id."""
        return self.header.run_id

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self.header.finished_at is not None

    @property
    def wants(self) -> bool:
        """Whether somebody has to do something about it."""
        return not self.is_over and (not self.is_driven or self.header.status in _WANTS)

    @property
    def sign(self) -> signs.Sign:
        """How it stands."""
        if not self.is_driven and not self.is_over:
            return NOBODY_DRIVES
        return signs.sign_of(signs.RUN, self.header.status)


def news(before: ActiveRun | None, after: ActiveRun) -> str:
    """Why somebody is to be called; empty when nothing new is wanted, or nothing was known."""
    if before is None:
        return ""
    if after.is_over:
        return "" if before.is_over else after.sign.word
    if not after.is_driven:
        return NOBODY_DRIVES.word if before.is_driven else ""
    if before.questions is not None and after.questions is not None:
        raised = [text for seq, text in after.questions.items() if seq not in before.questions]
        return raised[0] if raised else ""
    if not after.wants or before.header.status in _WANTS:
        return ""
    return next(iter((after.questions or {}).values()), after.sign.word)


class ActiveRuns:
    """Knows the runs under way: of the store, and sooner those that are shown anyway."""

    def __init__(self, session: Session, opened: Callable[[], Iterable[LiveSource]]) -> None:
        """Know nothing yet; `opened` gives the runs that have a screen."""
        self.runs: tuple[ActiveRun, ...] = ()
        """Oldest first."""

        self._session = session
        self._opened = opened
        self._clocks: dict[str, DrillClock] = {}

    @property
    def _clock(self) -> Clock:
        return self._session.clock

    async def follow(self, moved: Callable[[Sequence[str]], object]) -> None:
        """Look until cancelled, and tell `moved` in words what somebody is to be called for."""
        while True:
            calls = await self.look()
            moved(calls)
            await self._clock.sleep(LOOK_SECONDS)

    async def look(self) -> list[str]:
        """Look once; returns what somebody is to be called for."""
        known = {run.run_id: run for run in self.runs}
        sources = {source.run_id: source for source in self._opened() if source.run is not None}
        try:
            store = await self._session.store()
            listed = await self._listed(store)
            ended = await self._ended(store, [i for i in known if i not in listed])
        except StoreError:
            # What was known stands; what the driver here journals is seen all the same.
            listed, ended = dict(known), {}
        found = {**listed, **ended}
        for run_id, source in sources.items():
            found[run_id] = _followed(source, found.get(run_id))
        self.runs = tuple(found[run_id] for run_id in sorted(found) if not found[run_id].is_over)
        calls = [
            f"{run.header.plan_id}: {words}"
            for run_id, run in found.items()
            if (words := news(known.get(run_id), run)) and self._concerns(run, sources)
        ]
        self._clocks = {i: clock for i, clock in self._clocks.items() if i in found}
        return calls

    def _concerns(self, run: ActiveRun, sources: Mapping[str, LiveSource]) -> bool:
        """Others' runs in a shared store ring for others, unless they are open here."""
        return run.run_id in sources or run.header.started_by == self._session.requester.name

    async def _listed(self, store: RunStore) -> dict[str, ActiveRun]:
        found: dict[str, ActiveRun] = {}
        headers = (await store.list(active=True, limit=LONGEST_LIST)).headers
        leases = await store.leases([header.run_id for header in headers])
        for header in headers:
            clock = self._clocks.setdefault(header.run_id, DrillClock(self._clock))
            clock.see_lease(leases.get(header.run_id))
            found[header.run_id] = ActiveRun(header, clock.beat().is_driven)
        return found

    async def _ended(self, store: RunStore, run_ids: Iterable[str]) -> dict[str, ActiveRun]:
        found: dict[str, ActiveRun] = {}
        for run_id in run_ids:
            try:
                found[run_id] = ActiveRun(await store.header(run_id), is_driven=True)
            except RunNotFound:
                continue
        return found


def _followed(source: LiveSource, listed: ActiveRun | None) -> ActiveRun:
    """A run whose events are followed anyway: they tell more, and sooner."""
    run = source.run
    assert run is not None, "only runs that have begun are asked for"
    questions = {wanted.seq: heading(wanted)[0] for wanted in run.wanted}
    # A source that has just begun knows of no driver yet.
    is_driven = source.beat().is_driven or (listed is not None and listed.is_driven)
    return ActiveRun(header_of(run), is_driven, questions)
