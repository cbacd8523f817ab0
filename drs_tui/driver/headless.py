"""A run without the app: driven in this process, watched through the store, answered by rule."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from drs_tui.audit.requests import new_request
from drs_tui.audit.store import Request, StoreError, StoreUnavailable
from drs_tui.audit.tail import tail
from drs_tui.clock import SystemClock
from drs_tui.config import Settings
from drs_tui.driver.host import Host
from drs_tui.driver.orders import DriverError, StartBlocked, StartOrder, StartUnconfirmed
from drs_tui.driver.world import World, open_world
from drs_tui.model.decisions import Choice, Wanted, WantedKind
from drs_tui.model.events import Event, Json
from drs_tui.model.exit_codes import (
    BLOCKED,
    NOT_CLEANED_UP,
    OUT_OF_REACH,
    SUCCEEDED,
    UNDECIDED,
    exit_code,
)
from drs_tui.model.plan import Overdue
from drs_tui.model.principals import Requester
from drs_tui.model.run import apply
from drs_tui.model.state.run import Run
from drs_tui.model.status import CleanupStatus, RunStatus

AGAIN_SECONDS = 1.0
STILL_SECONDS = 60.0
"""How often trouble that lasts is told of, in real time."""

_log = logging.getLogger(__name__)

UNATTENDED = "unattended: nobody is here to decide, so it acts as stop"


@dataclass(frozen=True, slots=True)
class Terminal:
    """What a headless run says and asks."""

    on_event: Callable[[Event], None]
    say: Callable[[str], None]
    """Words for people: progress, and why it ends."""

    ask: Callable[[str], bool] | None = None
    """A yes-or-no question to somebody at a terminal; None: nobody is there."""


async def run_headless(
    settings: Settings, order: StartOrder, terminal: Terminal, *, yes: bool
) -> int:
    """Create a run, drive it to its end, clean up as its policy says; returns the exit code."""

    async def begin(world: World) -> str:
        try:
            return await world.host.start(replace(order, reach=settings.reach))
        except StartUnconfirmed as unconfirmed:
            words = "\n".join(f"  {f.thing}: {f.reason}" for f in unconfirmed.report.warnings)
            question = f"Preflight warns:\n{words}\nStart in spite of it?"
            if terminal.ask is None or not await asyncio.to_thread(terminal.ask, question):
                raise
            keys = tuple(f.key for f in unconfirmed.report.warnings)
            again = replace(order, reach=settings.reach, acknowledged=keys)
            return await world.host.start(again)

    return await _drive_here(settings, terminal, begin, yes=yes)


async def continue_headless(
    settings: Settings,
    run_id: str,
    terminal: Terminal,
    *,
    yes: bool,
    requester: Requester,
    reason: str,
) -> int:
    """Go on with a run that nobody drives, from here, to its end; returns the exit code.

    What it wants is answered by `requester`, who is recorded with `reason` if a driver that did
    not let go is waited out.
    """

    async def begin(world: World) -> str:
        await world.host.drive(run_id, actor=requester.name, reason=reason)
        return run_id

    return await _drive_here(settings, terminal, begin, yes=yes, requester=requester)


async def cleanup_headless(
    settings: Settings, run_id: str, requester: Requester, terminal: Terminal
) -> int:
    """Terminate what a drill launched; returns 0 when it is gone, whatever the run came to."""

    def judge(run: Run) -> int:
        return SUCCEEDED if run.cleanup.status is CleanupStatus.DONE else NOT_CLEANED_UP

    async def begin(world: World) -> str:
        now = SystemClock().now()
        await world.store.request(new_request(run_id, requester, "cleanup", {}, now))
        await world.host.drive(run_id)
        return run_id

    return await _drive_here(settings, terminal, begin, yes=False, judge=judge)


async def cancel_headless(
    settings: Settings, run_id: str, requester: Requester, terminal: Terminal
) -> int:
    """Cancel a run that nobody drives, and drive it to its end; returns 0 once it has ended."""

    def judge(run: Run) -> int:
        return SUCCEEDED if run.status.is_final else UNDECIDED

    async def begin(world: World) -> str:
        now = SystemClock().now()
        why = "cancelled to be cleaned up after"
        # First: whoever goes on with the run must not launch its next wave.
        await world.store.request(new_request(run_id, requester, "cancel", {"text": why}, now))
        await world.host.drive(run_id, actor=requester.name, reason=why)
        return run_id

    return await _drive_here(settings, terminal, begin, yes=False, requester=requester, judge=judge)


async def _drive_here(
    settings: Settings,
    terminal: Terminal,
    begin: Callable[[World], Awaitable[str]],
    *,
    yes: bool,
    requester: Requester | None = None,
    judge: Callable[[Run], int] = exit_code,
) -> int:
    """Drive a run; `requester` is who answers what it asks, None for whoever started it."""
    try:
        async with open_world(settings) as world:
            operator = _Operator(world, terminal, requester, yes=yes)
            run = await _watch(world, await begin(world), terminal, operator)
            if run is not None:
                return judge(run)
            return exit_code(operator.run) if operator.run is not None else UNDECIDED
    except StartUnconfirmed as unconfirmed:
        terminal.say(f"{unconfirmed}. Say --yes to take that upon you; nothing was launched.")
        return UNDECIDED
    except StartBlocked as blocked:
        terminal.say(f"{blocked}. Nothing was launched.")
        return BLOCKED
    except (DriverError, StoreError) as error:
        terminal.say(str(error))
        return OUT_OF_REACH


async def _watch(world: World, run_id: str, terminal: Terminal, operator: _Operator) -> Run | None:
    """Follow a run that is driven here, answering what it asks, until its driving ends.

    Returns the run, or None when something is wanted that nobody here can give.
    """
    driving = asyncio.create_task(world.host.ended(run_id))
    watching = asyncio.create_task(_follow(world, run_id, operator))
    minding = asyncio.create_task(_tell_trouble(world.host, run_id, terminal))
    try:
        await asyncio.wait((driving, watching), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (watching, minding):
            task.cancel()
        await asyncio.gather(watching, minding, return_exceptions=True)
    if not watching.cancelled():
        driving.cancel()
        watching.result()
        return None
    driving.result()
    run = operator.run
    async for event in world.local.events(run_id, after=run.seq if run else 0):
        run = operator.see(event)
    if run is None:
        raise StoreError(f"run {run_id} has no events")
    return run


async def _follow(world: World, run_id: str, operator: _Operator) -> None:
    """Return when something is wanted that nobody here can give.

    What is looked at is what this machine has: a store out of reach holds up nobody here.
    """
    clock = SystemClock()
    while True:
        try:
            if await operator.is_at_a_loss():
                return
            after = operator.run.seq if operator.run else 0
            async for events in tail(world.local, run_id, after, clock=clock):
                for event in events:
                    operator.see(event)
                if await operator.is_at_a_loss():
                    return
        except (StoreUnavailable, DriverError) as error:
            # The disk is full, say: what the driver can't write either is told as its trouble.
            _log.warning("%s: %s", run_id, error)
            await clock.sleep(AGAIN_SECONDS)


async def _tell_trouble(host: Host, run_id: str, terminal: Terminal) -> None:
    """Say when something begins to be in the way, every so often that it still is, and its end."""
    clock = SystemClock()
    told_at: float | None = None
    while True:
        await clock.sleep(AGAIN_SECONDS)
        trouble, now = host.trouble(run_id), clock.monotonic()
        if trouble and (told_at is None or now - told_at > STILL_SECONDS):
            terminal.say(f"trouble: {trouble}")
            told_at = now
        elif not trouble and told_at is not None:
            terminal.say("the trouble is over")
            told_at = None


class _Operator:
    """Stands in for the person in front of the app, within what `--yes` covers."""

    def __init__(
        self, world: World, terminal: Terminal, requester: Requester | None, *, yes: bool
    ) -> None:
        self.run: Run | None = None
        self._host = world.host
        self._store = world.store
        self._terminal = terminal
        self._requester = requester
        self._yes = yes
        self._answered: dict[int, str] = {}
        """By the event that asked, the request that answered."""
        self._left_to_others: set[int] = set()
        """The events that asked what others have time to answer."""

    def see(self, event: Event) -> Run:
        """Take in an event and pass it on."""
        self.run = apply(self.run, event)
        self._terminal.on_event(event)
        return self.run

    async def is_at_a_loss(self) -> bool:
        """Answer what is wanted; True, once it was said, if that takes somebody who is not here."""
        words = await self.answer()
        if not words or await self._was_asked():
            return False
        self._terminal.say(words)
        return True

    async def _was_asked(self) -> bool:
        """Whether somebody has asked for something that the driver has not taken up yet."""
        run = self.run
        try:
            asked = await self._store.requests(run.run_id) if run is not None else ()
        except StoreUnavailable:
            return False
        return run is not None and any(each.request_id not in run.requests for each in asked)

    async def answer(self) -> str:
        """Answer what is wanted; returns words when that takes somebody who is not here."""
        run = self.run
        if run is None:
            return ""
        for wanted in run.wanted:
            if wanted.seq in self._answered:
                enough = self._answered[wanted.seq] not in run.requests
                if not enough and not self._waits_for_others(run, wanted):
                    # It was taken for what it is.
                    return self._stuck(run, wanted, "another person has to approve it")
                continue
            if self._may_not_approve(run, wanted):
                if self._waits_for_others(run, wanted):
                    continue
                words = "another person than who started the run has to approve it"
                return self._stuck(run, wanted, words)
            request = await self._request_for(run, wanted)
            if request is not None:
                await self._host.request(request)
                self._answered[wanted.seq] = request.request_id
            elif self._terminal.ask is None and self._waits_for_others(run, wanted):
                continue
            elif not any(
                wave.is_stepping or (wave.is_open and wave.wanted is None)
                for wave in run.waves.values()
            ):
                return self._stuck(run, wanted, wanted.words)
        busy = any(wave.is_open or wave.is_stepping for wave in run.waves.values())
        if run.status is RunStatus.PAUSED and not busy:
            return f"run {run.run_id} is paused. Go on with: drs-tui attach {run.run_id}"
        return ""

    def _may_not_approve(self, run: Run, wanted: Wanted) -> bool:
        gate = run.plan.wave(wanted.wave).gate if wanted.kind is WantedKind.GATE else None
        return gate is not None and gate.excludes_starter and self._requester is None

    def _waits_for_others(self, run: Run, wanted: Wanted) -> bool:
        """Whether somebody elsewhere has time to answer before the plan stops the run."""
        gate, ends = run.plan.wave(wanted.wave).gate, run.gate_deadline(wanted.wave)
        if gate is None or gate.then is not Overdue.STOP or ends is None:
            return False
        if wanted.seq not in self._left_to_others:
            self._left_to_others.add(wanted.seq)
            self._terminal.say(
                f"wave {wanted.wave}: it waits until {ends:%H:%M:%S}Z for an approval from "
                f"elsewhere (drs-tui attach {run.run_id}), then the run stops"
            )
        return True

    def _stuck(self, run: Run, wanted: Wanted, words: str) -> str:
        choices = ", ".join(choice.value for choice in wanted.choices)
        return (
            f"wave {wanted.wave}: {wanted.kind.value}: {words}\n"
            f"Nobody can decide here ({choices}). "
            f"Go on in the app with: drs-tui attach {run.run_id}"
        )

    async def _request_for(self, run: Run, wanted: Wanted) -> Request | None:
        match wanted.kind:
            case WantedKind.GATE if await self._agrees(f"{wanted.wave}: {wanted.words} Approve?"):
                return self._make(run, wanted, "approve", {})
            case WantedKind.MANUAL if await self._agrees(f"{wanted.wave}: {wanted.words} Done?"):
                return self._decide(run, wanted, Choice.DONE)
            case WantedKind.GUARD_WARNED if await self._agrees(
                f"{wanted.words} Launch all the same?"
            ):
                return self._decide(run, wanted, Choice.ACKNOWLEDGE)
            case (
                WantedKind.WAVE_FAILED
                | WantedKind.NOT_ISOLATED
                | WantedKind.CHECKS_FAILED
                | WantedKind.STEP_FAILED
            ):
                return self._decide(run, wanted, Choice.STOP, UNATTENDED)
            case WantedKind.TIMED_OUT:
                return self._decide(run, wanted, Choice.GIVE_UP, UNATTENDED)
            case _:
                return None

    async def _agrees(self, question: str) -> bool:
        if self._yes or self._terminal.ask is None:
            return self._yes
        # Waiting for a person must not keep the lease from being renewed.
        return await asyncio.to_thread(self._terminal.ask, question)

    def _decide(self, run: Run, wanted: Wanted, choice: Choice, text: str = "") -> Request:
        remark: dict[str, Json] = {"text": text} if text else {}
        return self._make(run, wanted, "decide", {"choice": choice.value, **remark})

    def _make(self, run: Run, wanted: Wanted, kind: str, data: dict[str, Json]) -> Request:
        about: dict[str, Json] = {"wave": wanted.wave, "seq": wanted.seq, **data}
        requester = self._requester or run.starter
        return new_request(run.run_id, requester, kind, about, SystemClock().now())
