"""A run without the app: driven in this process, and watched through the store."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace

from drs_tui.audit.requests import new_request
from drs_tui.audit.store import StoreError, StoreUnavailable
from drs_tui.audit.tail import tail
from drs_tui.clock import SystemClock
from drs_tui.config import Settings
from drs_tui.driver.answering import answering
from drs_tui.driver.host import Host
from drs_tui.driver.orders import DriverError, StartBlocked, StartOrder, StartUnconfirmed
from drs_tui.driver.stand_in import Operator, Terminal
from drs_tui.driver.world import World, open_world
from drs_tui.model.exit_codes import (
    BLOCKED,
    NOT_CLEANED_UP,
    OUT_OF_REACH,
    SUCCEEDED,
    UNDECIDED,
    exit_code,
)
from drs_tui.model.principals import Requester
from drs_tui.model.state.run import Run
from drs_tui.model.status import CleanupStatus

AGAIN_SECONDS = 1.0
STILL_SECONDS = 60.0
"""How often trouble that lasts is told of, in real time."""

_log = logging.getLogger(__name__)


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
        async with open_world(settings) as world, answering(settings, world.host):
            operator = Operator(world, terminal, requester, yes=yes)
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


async def _watch(world: World, run_id: str, terminal: Terminal, operator: Operator) -> Run | None:
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


async def _follow(world: World, run_id: str, operator: Operator) -> None:
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
