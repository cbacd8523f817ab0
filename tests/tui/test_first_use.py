"""An account that never used DRS: each screen opens with words on what to do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from drs_tui.audit.sqlite import open_sqlite
from drs_tui.clock import SystemClock
from drs_tui.simulator.server import Simulator, SimulatorSettings
from drs_tui.tui.app import DrsTui
from drs_tui.tui.aws_reads import AwsReads
from drs_tui.tui.screens.listing import Notice
from drs_tui.tui.widgets.line_table import LineTable
from tests.tui.looking import panel, shows, until
from tests.tui.sample import PLANS, FakeDriver, settings

WHY = "UninitializedAccountException"
WHAT_TO_DO = "DRS must be initialised in each Region where it is used."


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[DrsTui]:
    """On a Region where DRS was never used."""
    folder = tmp_path / "plans"
    folder.mkdir()
    text = (PLANS / "three-tier.yaml").read_text()
    (folder / "three-tier.yaml").write_text(text.replace("us-east-1", "eu-west-1"))
    async with Simulator(SimulatorSettings(scenario="two-regions"), SystemClock()) as simulator:
        unused = replace(
            settings(tmp_path),
            endpoint_url=simulator.endpoint_url,
            region="eu-west-1",
            plan_folders=(folder,),
        )

        async def no_embedded() -> str:
            return ""

        yield DrsTui(
            unused,
            lambda: open_sqlite(tmp_path / "runs.db"),
            FakeDriver(),
            reads=AwsReads(unused, no_embedded),
        )


async def test_each_screen_says_that_drs_is_not_set_up_there_and_what_to_do(app: DrsTui) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        for key in ("1", "3", "4"):
            await pilot.press(key)
            await until(pilot, shows(app, Notice, WHY))
            said = " ".join(panel(app, Notice).split())
            assert WHAT_TO_DO in said, key
            assert "in eu-west-1" in said
        await pilot.press("1")
        await until(pilot, shows(app, LineTable, "three-tier"))
        await pilot.press("enter")
        await until(pilot, shows(app, Notice, WHY))
        assert WHAT_TO_DO in " ".join(panel(app, Notice).split())
        await pilot.press("s")
        await pilot.pause()
        assert app.return_code is None
        assert len(app.screen_stack) == 2, "nothing can be started"
