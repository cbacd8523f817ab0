"""`drs-tui cleanup`: terminating what a drill launched."""

from __future__ import annotations

from drs_tui.cli.asynchronous import run_async
from drs_tui.cli.failure import CliError
from drs_tui.cli.identity import caller
from drs_tui.cli.progress import Progress
from drs_tui.cli.run import refuse_read_only
from drs_tui.cli.say import ask, can_ask, say
from drs_tui.cli.stores import find_run, opened
from drs_tui.config import Settings
from drs_tui.driver.headless import Terminal, cleanup_headless
from drs_tui.model.exit_codes import SUCCEEDED
from drs_tui.model.header import RunHeader
from drs_tui.model.plan import Mode
from drs_tui.model.status import CleanupStatus


def cleanup(settings: Settings, reference: str, *, as_json: bool) -> int:
    """Clean up after a run; 0 when nothing of it is left, whatever became of the run itself."""
    refuse_read_only(settings)
    return run_async(_cleanup(settings, reference, as_json))


async def _cleanup(settings: Settings, reference: str, as_json: bool) -> int:
    async with opened(settings) as store:
        header = await find_run(store, reference)
    _refuse(header)
    if header.cleanup in (CleanupStatus.DONE, CleanupStatus.NONE):
        say(f"nothing that {header.run_id} launched is left")
        return SUCCEEDED
    progress = Progress(as_json=as_json, after=header.seq)
    terminal = Terminal(progress.see, say, ask if can_ask() else None)
    return await cleanup_headless(settings, header.run_id, await caller(settings), terminal)


def _refuse(header: RunHeader) -> None:
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
    if header.finished_at is None:
        raise CliError(
            f"{header.run_id} has not ended: let it end or cancel it in the app, then clean up"
        )
