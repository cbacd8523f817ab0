"""`python -m tests.terminal.stage FOLDER STORY`: the app on a terminal, on a story told to it.

Screens, keys and store are real; AWS and the driver are not, so that nothing moves by itself.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from drs_tui.audit.sqlite import open_sqlite
from drs_tui.config import Flags, read_settings
from drs_tui.tui.app import DrsTui
from tests.terminal.window import Window
from tests.tui import hostile
from tests.tui.conftest import drive
from tests.tui.sample import (
    PLANS,
    RUN_ID,
    FakeDriver,
    FakeReads,
    Story,
    failing,
    inventory,
    stored,
    succeeding,
    under_way,
    waiting,
)

STORIES = {
    "failing": failing,
    "hostile": hostile.story,
    "succeeding": succeeding,
    "under_way": under_way,
    "waiting": waiting,
}


async def _tell(folder: Path, story: Story) -> None:
    store = await open_sqlite(folder / "runs.db")
    events = await stored(store, story)
    await drive(store, events[-1].at)
    await store.close()


def _app(folder: Path, story: str) -> DrsTui:
    plans = hostile.write_plans(folder / "plans") if story == "hostile" else PLANS
    settings = read_settings(
        Flags(store=f"sqlite:{folder / 'runs.db'}", endpoint_url="http://127.0.0.1:9"),
        {"DRS_TUI_PLANS": str(plans)},
    )
    return DrsTui(
        settings,
        lambda: open_sqlite(folder / "runs.db"),
        FakeDriver(),
        open_run=RUN_ID,
        reads=FakeReads(hostile.inventory() if story == "hostile" else inventory()),
    )


@contextmanager
def stage(
    folder: Path, story: str, size: tuple[int, int] = (80, 24), **environment: str
) -> Iterator[Window]:
    """A window on the app, which shows the run of a story."""
    folder.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "tests.terminal.stage", str(folder), story]
    here = str(Path(__file__).parents[2])
    window = Window(command, {**os.environ, "PYTHONPATH": here, **environment}, size)
    try:
        window.until_shows("DRILL", "? Help")
        yield window
    finally:
        window.close()


if __name__ == "__main__":
    place, told = Path(sys.argv[1]), sys.argv[2]
    asyncio.run(_tell(place, STORIES[told]()))
    sys.exit(_app(place, told).run())
