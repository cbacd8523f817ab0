"""Renewing credentials in the app: what is shown, what never is, and where it can't be done."""

from __future__ import annotations

from datetime import timedelta

from textual.events import Paste
from textual.widgets import Button, Input

from drs_tui.audit.sqlite import SqliteStore
from drs_tui.clock import SystemClock
from drs_tui.driver.renewals import ActsAs, Held
from drs_tui.model.keys import Keys
from drs_tui.tui.app import DrsTui
from drs_tui.tui.dialogs.reading import Reading
from drs_tui.tui.dialogs.renew import RenewDialog
from drs_tui.tui.screens.run import DecisionBar, RunScreen
from drs_tui.tui.widgets.prose import Prose
from tests.tui.conftest import MakeApp, told
from tests.tui.looking import opened, panel, screen_lines, until
from tests.tui.sample import RUN_ID, FakeDriver, FakeReads, under_way, waiting

SECRET, TOKEN = "wJalrXUtnFEMI/K7MDENG", "IQoJb3JpZ2luX2VjEJr"
LINES = (
    "export AWS_ACCESS_KEY_ID=ASIANEWNEWNEWNEW1234\n"
    f"export AWS_SECRET_ACCESS_KEY={SECRET}\n"
    f"export AWS_SESSION_TOKEN={TOKEN}\n"
)
GIVEN = Keys("ASIANEWNEWNEWNEW1234", SECRET, TOKEN)
WHO = "arn:aws:sts::123456789012:assumed-role/Drills/maria"


def ending(profile: str = "") -> Held:
    ends_at = SystemClock().now() + timedelta(minutes=4)
    return Held(profile, "env", False, ends_at, (ActsAs("123456789012", "us-east-1", arn=WHO),))


def said(app: DrsTui) -> str:
    """What the text in front says, as one line."""
    return " ".join(" ".join(str(part.content).split()) for part in app.screen.query(Prose))


async def test_credentials_are_pasted_unseen_and_handed_to_the_driver(
    store: SqliteStore, make_app: MakeApp, driver: FakeDriver, reads: FakeReads
) -> None:
    story = waiting()
    words = "the guards could not look: ExpiredToken"
    blocked = {"wave": "application", "verdict": "blocks", "words": words, "code": "ExpiredToken"}
    story.tell(1, "wave.guarded", **blocked)
    await told(store, story)
    driver.held, driver.active = [ending()], (RUN_ID,)
    app = make_app(open_run=RUN_ID)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await until(pilot, lambda: "[K] renew the credentials" in panel(app, DecisionBar))
        await pilot.press("K")
        await until(pilot, lambda: isinstance(app.screen, RenewDialog))
        assert "from the environment that the driver was started in" in said(app)
        assert f"123456789012 us-east-1 as {WHO}" in said(app)
        assert "they end in 3m 5" in said(app)
        assert "Checked again and launched then: application" in said(app)
        app.screen.query_one("#keys").post_message(Paste(LINES))
        await until(pilot, lambda: "✓ ASIA…1234: nobody says when they end" in said(app))
        assert isinstance(app.focused, Button)
        assert str(app.focused.label) == "> Renew <"
        assert not any(each[:6] in "".join(screen_lines(app)) for each in (SECRET, TOKEN))
        await pilot.press("enter")
        await until(pilot, lambda: len(driver.renewals) == 1)
        await until(pilot, lambda: reads.renewals == [("", GIVEN)])
    [order] = driver.renewals
    assert (order.run_id, order.profile, order.keys) == (RUN_ID, "", GIVEN)


async def test_what_is_wrong_with_them_is_said_at_once_and_again_when_sts_says_no(
    store: SqliteStore, make_app: MakeApp, driver: FakeDriver
) -> None:
    await told(store, under_way())
    driver.held, driver.refuses = [ending()], "they are for account 210987654321"
    app = make_app(open_run=RUN_ID)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await pilot.press("K")
        await until(pilot, lambda: isinstance(app.screen, RenewDialog))
        field = app.screen.query_one("#keys")
        field.post_message(Paste(LINES.replace("SESSION_TOKEN", "X")))
        await until(pilot, lambda: "▲ the session token is missing" in said(app))
        assert app.screen.query_one("#renew", Button).disabled
        field.post_message(Paste(LINES))
        await until(pilot, lambda: app.focused is app.screen.query_one("#renew"))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, Reading))
        assert "Nothing was renewed they are for account 210987654321" in said(app)


async def test_lines_that_are_typed_are_taken_as_those_that_are_pasted(
    store: SqliteStore, make_app: MakeApp, driver: FakeDriver
) -> None:
    await told(store, under_way())
    driver.held = [ending()]
    app = make_app(open_run=RUN_ID)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await pilot.press("K")
        await until(pilot, lambda: isinstance(app.screen, RenewDialog))
        field = app.screen.query_one("#keys", Input)
        for line in LINES.splitlines():
            field.insert_text_at_cursor(line)
            await pilot.press("enter")
        await until(pilot, lambda: "✓ ASIA…1234" in said(app))
        assert isinstance(app.screen, RenewDialog)
        assert not any(each[:6] in "".join(screen_lines(app)) for each in (SECRET, TOKEN))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, RunScreen))
    assert driver.renewals == []


async def test_of_several_sets_one_is_chosen_and_looked_at_again(
    store: SqliteStore, make_app: MakeApp, driver: FakeDriver, reads: FakeReads
) -> None:
    await told(store, under_way())
    lasting = Held("dr", "sso", True, None, (ActsAs("210987654321", "eu-west-1"),))
    driver.held = [lasting, ending()]
    app = make_app(open_run=RUN_ID)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await pilot.press("K")
        await until(pilot, lambda: isinstance(app.screen, RenewDialog))
        # The one that ends is first.
        assert said(app).index("no profile:") < said(app).index("profile dr:")
        await pilot.press("shift+tab", "right", "tab", "tab", "tab", "enter")
        await until(pilot, lambda: len(driver.renewals) == 1)
        await until(pilot, lambda: reads.renewals == [("dr", None)])
    assert (driver.renewals[0].profile, driver.renewals[0].keys) == ("dr", None)


async def test_whoever_watches_from_another_machine_is_told_where_it_is_done(
    store: SqliteStore, make_app: MakeApp
) -> None:
    await told(store, under_way(), host="bastion-2")
    app = make_app(open_run=RUN_ID)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await pilot.press("K")
        await until(pilot, lambda: isinstance(app.screen, Reading))
        assert "It is driven on bastion-2 by maria" in said(app)
        assert f"`drs-tui renew {RUN_ID}`" in said(app)


async def test_from_a_list_it_is_about_what_is_started_next(
    make_app: MakeApp, driver: FakeDriver
) -> None:
    driver.held = [ending()]
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: bool(app.session.surroundings.caller))
        await pilot.press("K")
        await until(pilot, lambda: isinstance(app.screen, RenewDialog))
        app.screen.query_one("#keys").post_message(Paste(LINES))
        await until(pilot, lambda: app.focused is app.screen.query_one("#renew"))
        await pilot.press("enter")
        await until(pilot, lambda: len(driver.renewals) == 1)
    [order] = driver.renewals
    assert (order.run_id, order.account) == ("", "123456789012")


async def test_read_only_renews_nothing(
    store: SqliteStore, make_app: MakeApp, driver: FakeDriver
) -> None:
    await told(store, under_way())
    driver.held = [ending()]
    app = make_app(open_run=RUN_ID, read_only=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await pilot.press("K")
        await pilot.pause()
        assert isinstance(app.screen, RunScreen)
