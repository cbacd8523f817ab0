"""`drs-tui attach` without the app: watching a run, or driving it on from here."""

from __future__ import annotations

from contextlib import aclosing

from drs_tui.audit.tail import tail
from drs_tui.cli.asynchronous import run_async
from drs_tui.cli.failure import CliError
from drs_tui.cli.identity import caller
from drs_tui.cli.progress import Progress
from drs_tui.cli.run import drive_here, refuse_read_only
from drs_tui.cli.stores import find_run, opened
from drs_tui.clock import SystemClock
from drs_tui.config import Settings
from drs_tui.driver.headless import continue_headless
from drs_tui.driver.stand_in import Terminal
from drs_tui.model.exit_codes import exit_code
from drs_tui.model.keeping import cleans_up
from drs_tui.model.state.run import Run
from drs_tui.model.status import CleanupStatus


def watch(settings: Settings, reference: str, *, as_json: bool) -> int:
    """Print a run's events until it and its clean-up have ended; returns the run's exit code."""
    return run_async(_watch(settings, reference, as_json))


async def _watch(settings: Settings, reference: str, as_json: bool) -> int:
    progress = Progress(as_json=as_json)
    async with opened(settings) as store:
        header = await find_run(store, reference)
        async with aclosing(tail(store, header.run_id, clock=SystemClock())) as batches:
            async for batch in batches:
                for event in batch:
                    progress.see(event)
                if progress.run is not None and has_ended(progress.run):
                    progress.conclude()
                    return exit_code(progress.run)
    raise AssertionError("a tail never ends by itself")


def has_ended(run: Run) -> bool:
    """Whether nothing more is to be expected: the run is final, and so is a clean-up of it."""
    if not run.status.is_final:
        return False
    # By its own time: what is kept for some hours is nothing to wait for.
    return run.last_at is None or not cleans_up(run, run.last_at)


def take_over(settings: Settings, reference: str, reason: str, *, yes: bool, as_json: bool) -> int:
    """Drive a run on from here; returns its exit code."""
    refuse_read_only(settings)

    async def go_on(terminal: Terminal) -> int:
        async with opened(settings) as store:
            header = await find_run(store, reference)
            if header.finished_at is not None and header.cleanup != CleanupStatus.RUNNING:
                raise CliError(f"{header.run_id} has ended: there is nothing to drive")
        who = await caller(settings)
        return await continue_headless(
            settings, header.run_id, terminal, yes=yes, requester=who, reason=reason
        )

    return drive_here(as_json, lambda terminal: run_async(go_on(terminal)))
