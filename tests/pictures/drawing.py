"""The README's pictures: real screens on stories told, with every clock standing still."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

from drs_tui.audit.sqlite import SqliteStore, open_sqlite
from drs_tui.clock import ManualClock
from drs_tui.driver.orders import Welcome
from drs_tui.replay.playing import Replay
from drs_tui.tui.app import DrsTui
from tests.tui.conftest import drive
from tests.tui.sample import (
    RUN_ID,
    START,
    FakeDriver,
    FakeReads,
    Story,
    failing,
    inventory,
    seal_all,
    settings,
    stored,
    succeeding,
    under_way,
    waiting,
)

FOLDER = Path(__file__).parent
PATIENCE_SECONDS = 20.0


class Embedding(FakeDriver):
    """A driver with a simulator of its own, as in a demo."""

    async def welcome(self) -> Welcome:
        """Say so."""
        return replace(await super().welcome(), endpoint_url="http://127.0.0.1:9")


@dataclass(frozen=True)
class Picture:
    """A screen worth showing."""

    shows: str
    """A text by which the screen is known to be there; then the keys are pressed."""

    story: Callable[[], Story] = under_way
    is_replay: bool = False
    opens_run: bool = True
    keys: Sequence[str] = ()
    size: tuple[int, int] = (110, 30)


PICTURES: Mapping[str, Picture] = {
    "plans": Picture("1 warning", succeeding, opens_run=False, size=(120, 18)),
    "run": Picture("l Log/timeline", waiting),
    "failure": Picture("[S] launch nothing more", failing, keys=("f",)),
    "replay": Picture("orders-db-1", failing, is_replay=True, keys=("space", "end", "F", "l")),
}
"""By the name of its file, without its ending."""


async def draw(picture: Picture, folder: Path) -> str:
    """A picture, as SVG; `folder` is empty."""
    store = await open_sqlite(folder / "runs.db")
    await _tell(store, picture)
    await store.close()
    with patch.dict("os.environ", {"COLORTERM": "truecolor"}):
        app = _app(picture, folder)
        async with app.run_test(size=picture.size) as pilot:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while picture.shows not in said_in(drawn(app)):
                    await pilot.pause(0.05)
            await pilot.press(*picture.keys)
            await pilot.pause(0.5)
            return drawn(app)


def _app(picture: Picture, folder: Path) -> DrsTui:
    replay = Replay(seal_all(picture.story().drafts), "sqlite:runs.db")
    opens_run = picture.opens_run and not picture.is_replay
    return DrsTui(
        replace(settings(folder), store="sqlite:runs.db", endpoint_url=None),
        lambda: open_sqlite(folder / "runs.db"),
        Embedding(),
        ManualClock(START + timedelta(hours=1)),
        open_run=RUN_ID if opens_run else None,
        replay=replay if picture.is_replay else None,
        reads=FakeReads(inventory()),
    )


async def _tell(store: SqliteStore, picture: Picture) -> None:
    events = await stored(store, picture.story())
    if not picture.is_replay:
        await drive(store, events[-1].at)


def drawn(app: DrsTui) -> str:
    """What stands on the screen; a picture in a README loads nothing from elsewhere."""
    picture = app.export_screenshot(title="drs-tui", simplify=True)
    return re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL) + "\n"


def said_in(picture: str) -> str:
    """The text of a picture line by line, without its looks."""
    lines: dict[str, str] = {}
    for place, text in re.findall(r'<text [^>]*\by="([^"]+)"[^>]*>(.*?)</text>', picture):
        lines[place] = lines.get(place, "") + html.unescape(text).replace("\u00a0", " ")
    return "\n".join(lines.values())
