"""`drs-tui cleanup`: terminating what a drill launched."""

from __future__ import annotations

from drs_tui.cli.asynchronous import run_async
from drs_tui.cli.failure import CliError
from drs_tui.cli.identity import caller
from drs_tui.cli.left import abandoned, left_words, overdue
from drs_tui.cli.progress import Progress
from drs_tui.cli.run import refuse_read_only
from drs_tui.cli.say import ask, can_ask, say
from drs_tui.cli.stores import NoStoreYet, find_run, opened
from drs_tui.clock import SystemClock
from drs_tui.config import Settings
from drs_tui.driver.headless import cancel_headless, cleanup_headless
from drs_tui.driver.stand_in import Terminal
from drs_tui.model.exit_codes import NOT_CLEANED_UP, OUT_OF_REACH, SUCCEEDED
from drs_tui.model.header import RunHeader
from drs_tui.model.plan import Mode
from drs_tui.model.status import CleanupStatus


def cleanup(settings: Settings, reference: str, *, cancel: bool, as_json: bool) -> int:
    """Clean up after a run; 0 when nothing of it is left, whatever became of the run itself.

    With `cancel` a run that has not ended, and that nobody drives, is cancelled first.
    """
    refuse_read_only(settings)
    return run_async(_cleanup(settings, reference, cancel, as_json))


async def _cleanup(settings: Settings, reference: str, cancel: bool, as_json: bool) -> int:
    async with opened(settings) as store:
        header = await find_run(store, reference)
        lease = await store.lease(header.run_id)
    _refuse(header, cancel=cancel)
    if header.finished_at is None and lease and lease.seems_driven(SystemClock().now()):
        raise CliError(
            f"{header.run_id} is driven by {lease.holder}: cancel it in the app, then clean up"
        )
    if header.finished_at is None:
        progress = Progress(as_json=as_json, after=header.seq)
        who = await caller(settings)
        code = await cancel_headless(settings, header.run_id, who, _terminal(progress))
        if code != SUCCEEDED:
            return code
        async with opened(settings) as store:
            header = await store.header(header.run_id)
    if header.cleanup in (CleanupStatus.DONE, CleanupStatus.NONE):
        say(f"nothing that {header.run_id} launched is left")
        return SUCCEEDED
    return await _clean_up(settings, header, as_json)


async def _clean_up(settings: Settings, header: RunHeader, as_json: bool) -> int:
    terminal = _terminal(Progress(as_json=as_json, after=header.seq))
    return await cleanup_headless(settings, header.run_id, await caller(settings), terminal)


def _terminal(progress: Progress) -> Terminal:
    return Terminal(progress.see, say, ask if can_ask() else None)


def _refuse(header: RunHeader, *, cancel: bool) -> None:
    if header.imported:
        raise CliError(
            f"{header.run_id} was imported: clean up with the store where it ran, which "
            f"`drs-tui runs show {header.run_id}` names"
        )
    if header.mode != Mode.DRILL:
        raise CliError(
            f"{header.run_id} is a real recovery: its instances are production and stay; "
            "terminate one in the DRS console if you must"
        )
    if header.finished_at is None and not cancel:
        raise CliError(
            f"{header.run_id} has not ended: let it end or cancel it in the app, then clean up; "
            "if its driver died and nobody is to go on with it, say --cancel"
        )


# Overdue ----------------------------------------------------------------------------------------


def cleanup_overdue(settings: Settings, *, as_json: bool) -> int:
    """Clean up after every run whose clean-up should have been done by now, one after the other.

    0 when nothing is overdue any more, 6 when something is left, 5 when a run was out of reach.
    """
    refuse_read_only(settings)
    return run_async(_cleanup_overdue(settings, as_json))


async def _cleanup_overdue(settings: Settings, as_json: bool) -> int:
    now = SystemClock().now()
    try:
        async with opened(settings) as store:
            due = [run async for run in overdue(store, now)]
            lost = [run async for run in abandoned(store, now)]
    except NoStoreYet as nothing:
        say(str(nothing))
        return SUCCEEDED
    codes = {SUCCEEDED}
    for run in due:
        say(f"overdue: {left_words(run, now)}")
        async with opened(settings) as store:
            header = await store.header(run.run_id)
        codes.add(await _clean_up(settings, header, as_json))
    for run in lost:
        say(
            f"{left_words(run, now)}; it has not ended and nobody drives it: "
            f"drs-tui cleanup {run.run_id} --cancel"
        )
        codes.add(NOT_CLEANED_UP)
    if not due and not lost:
        say(f"nothing is overdue in {settings.store}")
    return next(code for code in (OUT_OF_REACH, *sorted(codes, reverse=True)) if code in codes)
