"""Quitting while runs go on: what becomes of them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from textual.app import App

from drs_tui.audit.store import StoreError
from drs_tui.driver.orders import DriverError
from drs_tui.tui.dialogs.ask import Answer, Ask
from drs_tui.tui.session import Session
from drs_tui.tui.text import line

ASKS_SECONDS = 2.0
"""How long quitting waits for the driver to say whether it drives anything."""


class QuitDialog(Ask[str]):
    """Asks what becomes of the runs that go on."""

    def __init__(self, count: int, *, read_only: bool) -> None:
        """Ask about `count` runs."""
        runs = "1 run is" if count == 1 else f"{count} runs are"
        body = [
            line(f"{runs} under way. The driver goes on without this window;"),
            line("the same command shows it again. ctrl+q once more leaves it running."),
        ]
        answers = [Answer("Leave it running", "leave")]
        if not read_only:
            answers.append(Answer("Cancel further waves", "cancel", dangerous=True))
        super().__init__("Quit?", body, answers, cancel="Stay")


async def ask_and_quit(app: App[int], session: Session) -> None:
    """Leave; ask first while the driver drives something."""
    try:
        async with asyncio.timeout(ASKS_SECONDS):
            active = (await session.driver.welcome()).active_runs
    except (DriverError, TimeoutError):
        active = ()
    if not active:
        app.exit(0)
        return
    chosen = await app.push_screen_wait(
        QuitDialog(len(active), read_only=session.settings.read_only)
    )
    if chosen == "cancel":
        await _cancel(app, session, active)
    if chosen is not None:
        app.exit(0)


async def _cancel(app: App[int], session: Session, run_ids: Iterable[str]) -> None:
    for run_id in run_ids:
        try:
            await session.ask(run_id, "cancel", {}, is_driven=True)
        except (StoreError, DriverError) as error:
            app.notify(str(error), severity="error", markup=False)
