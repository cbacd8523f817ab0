"""A source server in full: what is known at once, and how DRS would launch it when DRS says."""

from __future__ import annotations

from drs_tui.model.machines import LaunchSettings
from drs_tui.tui.app import DrsTui
from drs_tui.tui.dialogs.server import ServerDetails
from drs_tui.tui.screens.listing import Tabs
from drs_tui.tui.widgets.line_table import LineTable
from tests.tui.conftest import MakeApp
from tests.tui.looking import panel, screen_lines, shows, until
from tests.tui.sample import FakeReads, server_id

SIZE = (100, 50)


def words(app: DrsTui) -> str:
    return " ".join("\n".join(screen_lines(app)).split())


async def test_the_launch_settings_are_told_in_words_and_as_aws_wrote_them(
    make_app: MakeApp, reads: FakeReads
) -> None:
    app_1 = server_id("orders-app-1")
    raw = {"sourceServerID": app_1, "recoveryMode": "FAST"}
    reads.settings[app_1] = LaunchSettings(
        app_1, "lt-7", "i-7", True, None, True, "STOPPED", "SOME_DAY", "FAST", raw
    )
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("3")
        await until(pilot, shows(app, LineTable, "orders-app-1"))
        assert "as of 03:14:07Z" in panel(app, Tabs)
        app.screen.query_one(LineTable).select(app_1)
        await pilot.press("d")
        await until(pilot, lambda: "lt-7" in words(app))
        for said in (
            "Launches into i-7, whose volumes it replaces, in a drill too",
            "Instance is left stopped",
            "Right-sizing SOME_DAY",
            "Private address the source's",
            "Tags not known",
            "Recovery mode fast: nothing is converted before its launch",
            "After launch actions run",
        ):
            assert said in words(app)
        await pilot.press("y")
        await until(pilot, lambda: '"recoveryMode": "FAST"' in words(app))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, ServerDetails))


async def test_what_is_known_stays_when_drs_does_not_say_how_it_launches(
    make_app: MakeApp, reads: FakeReads
) -> None:
    app = make_app()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("3")
        await until(pilot, shows(app, LineTable, "orders-app-1"))
        reads.error = "drs:GetLaunchConfiguration is not allowed"
        await pilot.press("d")
        await until(pilot, lambda: "▲ drs:GetLaunchConfiguration is not allowed" in words(app))
        assert "Host name orders-app-1.corp.example" in words(app)
