"""What stands on the screens that must be read right, letter by letter and without any colour.

`UPDATE_CAPTURES=1 pytest tests/tui/test_captures.py` writes them anew; then read the difference.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from drs_tui.audit.sqlite import SqliteStore
from drs_tui.tui.app import DrsTui
from tests.tui.conftest import MakeApp, told
from tests.tui.looking import opened, screen_lines, until
from tests.tui.sample import RUN_ID, Story, failing, waiting
from tests.tui.test_decisions import unverified

FOLDER = Path(__file__).parent / "captures"
STORIES: dict[str, Callable[[], Story]] = {
    "waiting": waiting,
    "failing": failing,
    "unverified": unverified,
}


@pytest.mark.parametrize("name", STORIES)
async def test_a_decision_reads_as_it_was_last_read(
    name: str, store: SqliteStore, make_app: MakeApp
) -> None:
    await told(store, STORIES[name]())
    app = make_app(open_run=RUN_ID, store="sqlite:runs.db", endpoint_url=None)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await until(pilot, lambda: "p Pause" in screen_lines(app)[-1])
        await until(pilot, lambda: "If nobody answers" in screen_lines(app)[-2])
        await pilot.pause()
        path = FOLDER / f"{name}.txt"
        if "UPDATE_CAPTURES" in os.environ:
            path.write_text(shown(app), encoding="utf-8")
        expected = path.read_text(encoding="utf-8")
        # On a busy machine the rows may come to be laid out only now.
        with suppress(TimeoutError):
            await until(pilot, lambda: shown(app) == expected)
        assert shown(app) == expected


def shown(app: DrsTui) -> str:
    """All but the first line, with an age, and the second, with the time taken: they go on."""
    return "".join(f"{line.rstrip()}\n" for line in screen_lines(app)[2:])
