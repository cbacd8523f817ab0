"""`python -m tests.pictures`: draws the README's pictures from the real screens."""

from __future__ import annotations

import asyncio
import os
import re
import tempfile
from dataclasses import replace
from pathlib import Path

from drs_tui.audit.sqlite import open_sqlite
from drs_tui.tui.app import DrsTui
from tests.tui.conftest import drive
from tests.tui.sample import RUN_ID, FakeDriver, FakeReads, inventory, settings, stored, under_way

FOLDER = Path(__file__).parent
SIZE = (110, 30)


async def draw(folder: Path) -> str:
    """The run screen in mid-drill, as SVG."""
    store = await open_sqlite(folder / "runs.db")
    events = await stored(store, under_way())
    await drive(store, events[-1].at)
    await store.close()
    app = DrsTui(
        replace(settings(folder), store="sqlite:runs.db"),
        lambda: open_sqlite(folder / "runs.db"),
        FakeDriver(),
        open_run=RUN_ID,
        reads=FakeReads(inventory()),
    )
    async with app.run_test(size=SIZE) as pilot:
        while "LAUNCHED" not in app.export_screenshot():
            await pilot.pause(0.05)
        await pilot.pause(0.5)
        picture = app.export_screenshot(title="drs-tui", simplify=True)
    # A picture in a README loads nothing from elsewhere.
    return re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL)


os.environ["COLORTERM"] = "truecolor"
with tempfile.TemporaryDirectory() as name:
    (FOLDER / "run.svg").write_text(asyncio.run(draw(Path(name))) + "\n")
