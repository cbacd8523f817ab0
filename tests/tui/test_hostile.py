"""Evil text from AWS, a plan or the store is shown as data, cut to fit, on every screen."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.cells import cell_len
from textual.pilot import Pilot

from drs_tui.audit.sqlite import SqliteStore
from drs_tui.model.readiness import Finding, Report, Verdict
from drs_tui.tui.app import DrsTui
from tests.tui import hostile
from tests.tui.conftest import MakeApp, told
from tests.tui.looking import opened, screen_lines, until
from tests.tui.sample import RUN_ID, FakeReads, stored

SIZES = [(80, 24), (200, 50)]
KINDS = list(hostile.EVIL)
PAIRS = list(zip(KINDS[::2], KINDS[1::2], strict=True))


def assert_tame(app: DrsTui) -> None:
    """Every line as wide as the terminal, and nothing in it that steers."""
    lines = screen_lines(app)
    assert len(lines) == app.size.height
    for line in lines:
        assert line.isprintable(), ascii(line)
        assert cell_len(line) == app.size.width, ascii(line)


async def look(pilot: Pilot[int], app: DrsTui, *keys: str, shows: str = "") -> None:
    """Press keys, wait until a text is shown, and look at the whole screen."""
    await pilot.press(*keys)
    await pilot.pause()
    try:
        await until(pilot, lambda: shows in "\n".join(screen_lines(app)))
    except TimeoutError:
        pytest.fail("\n".join([f"{shows!r} is not shown:", *screen_lines(app)]))
    assert_tame(app)


@pytest.mark.parametrize(("one", "other"), PAIRS)
async def test_a_run_of_evil_words_is_shown_as_data(
    one: str, other: str, store: SqliteStore, make_app: MakeApp
) -> None:
    await told(store, hostile.story(hostile.EVIL[one], hostile.EVIL[other]))
    app = make_app(open_run=RUN_ID)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await look(pilot, app, "j", shows="1 of 2")
        await look(pilot, app, "d", shows="esc close")


async def test_a_large_terminal_shows_all_evil_words_at_once_as_data(
    store: SqliteStore, make_app: MakeApp
) -> None:
    await told(store, hostile.story())
    app = make_app(open_run=RUN_ID)
    async with app.run_test(size=(200, 50)) as pilot:
        await opened(pilot, app)
        await look(pilot, app, shows="1 of 2")
        await pilot.resize_terminal(80, 24)
        await look(pilot, app, shows="1 of 2")


@pytest.mark.parametrize("size", SIZES)
async def test_lists_of_evil_words_are_shown_as_data(
    size: tuple[int, int], store: SqliteStore, make_app: MakeApp, reads: FakeReads, tmp_path: Path
) -> None:
    reads.found = hostile.inventory()
    said = hostile.everything()
    reads.report = Report((Finding(Verdict.BLOCKS, said, said, said, said),))
    await stored(store, hostile.story())
    app = make_app(plan_folders=(hostile.write_plans(tmp_path / "plans"),))
    async with app.run_test(size=size) as pilot:
        await look(pilot, app, shows="2 plans")
        await look(pilot, app, shows="[red]")
        for name in ("[red]\N{REPLACEMENT CHARACTER}", "name: evil"):
            await look(pilot, app, "d", shows="esc close")
            await look(pilot, app, shows=name)
            await look(pilot, app, "escape", "j")
        await look(pilot, app, "enter", shows="blocked by 1")
        await look(pilot, app, "d", shows="esc close")
        await look(pilot, app, "escape", "escape", "2", shows="1 run")
        await look(pilot, app, "3", shows="6 servers")
        for _ in reads.found:
            await look(pilot, app, "d", shows="esc close")
            await look(pilot, app, "escape", "j")


async def test_what_is_said_in_passing_is_data_too(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        app.notify(hostile.everything(), title=hostile.EVIL["sets the title"])
        await look(pilot, app, shows="[bold red]")
