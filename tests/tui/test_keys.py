"""The user's keys: what they may be, and that everything that names a key names them."""

from __future__ import annotations

from collections import Counter

import pytest

from drs_tui.audit.sqlite import SqliteStore
from drs_tui.config import KeySetting
from drs_tui.config_file import ConfigError
from drs_tui.replay.playing import Replay
from drs_tui.tui.actions import ACTIONS
from drs_tui.tui.dialogs.ask import Ask
from drs_tui.tui.keys import CONFIRMING, Keys, setting_name
from drs_tui.tui.screens.run import DecisionBar, ErrorLine
from drs_tui.tui.widgets.key_line import KeyLine
from drs_tui.tui.widgets.transport import Transport
from tests.tui.conftest import MakeApp, told
from tests.tui.looking import opened, panel, until
from tests.tui.sample import RUN_ID, failing, seal_all, waiting


def changed(**keys: str | tuple[str, ...]) -> dict[str, KeySetting]:
    """Settings as a file gives them."""
    return {
        name: KeySetting((said,) if isinstance(said, str) else said, "config.toml, line 3")
        for name, said in keys.items()
    }


def test_settings_call_every_action_something_else() -> None:
    assert max(Counter(map(setting_name, ACTIONS)).values()) == 1


@pytest.mark.parametrize(
    ("written", "shown"),
    [("?", "?"), ("esc", "esc"), ("f5", "f5"), ("ctrl+r", "ctrl+r"), (",", ","), ("é", None)],
)
def test_keys_are_written_as_they_are_shown(written: str, shown: str | None) -> None:
    if shown is None:
        with pytest.raises(ConfigError, match="is not a key; allowed are single characters"):
            Keys(changed(note=written))
    else:
        shared = changed(note=written, back="f1", help="f2")
        assert Keys(shared).shown("note") == shown


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        (
            changed(puase_resume="P"),
            "puase_resume is no action that has keys; perhaps pause_resume",
        ),
        (changed(note="p"), "the key p would be both pause_resume and note"),
        (changed(note="q"), "the key q would be both note and quit"),
        (changed(note="space"), "the key space would be both play and note"),
        (changed(note=()), "note needs at least one key"),
        (changed(note="ctrl+m"), "ctrl.m is taken"),
        (changed(note="hyper+x"), "'hyper.x' is not a key"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_file_and_line(
    keys: dict[str, KeySetting], words: str
) -> None:
    with pytest.raises(ConfigError, match=f"config.toml, line 3: .*{words}"):
        Keys(keys)


@pytest.mark.parametrize("key", sorted(CONFIRMING))
def test_nothing_dangerous_can_be_put_on_a_key_that_pages_or_confirms(key: str) -> None:
    with pytest.raises(ConfigError, match=f"clean_up cannot sit on {key}"):
        Keys(changed(clean_up=key))


def test_two_actions_can_exchange_their_keys() -> None:
    keys = Keys(changed(pause_resume="n", note="p"))
    assert (keys.shown("pause"), keys.shown("note")) == ("n", "p")


def test_keys_that_are_never_wanted_at_once_may_be_shared() -> None:
    assert Keys(changed(reload="f5", check_again="f5")).shown("check") == "f5"


async def test_the_users_keys_work_and_are_named_in_the_bar_and_the_key_line(
    store: SqliteStore, make_app: MakeApp
) -> None:
    await told(store, waiting())
    app = make_app(open_run=RUN_ID, keys=changed(approve="y", pause_resume="P"))
    async with app.run_test(size=(100, 30)) as pilot:
        await opened(pilot, app)
        await until(pilot, lambda: "[y] launch the wave" in panel(app, DecisionBar))
        assert " P Pause" in panel(app, KeyLine)
        await pilot.press("a", "p")
        assert not isinstance(app.screen, Ask)
        await pilot.press("y")
        await until(pilot, lambda: isinstance(app.screen, Ask))
    assert not await store.requests(RUN_ID)


async def test_a_read_only_bar_names_no_key_and_none_does_anything(
    store: SqliteStore, make_app: MakeApp
) -> None:
    await told(store, waiting())
    app = make_app(open_run=RUN_ID, read_only=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await until(pilot, lambda: "Read-only: it is answered" in panel(app, DecisionBar))
        assert "launch the wave" not in panel(app, DecisionBar)
        run = app.screen
        await pilot.press(*"axpctDnOS")
        assert app.screen is run
    assert not await store.requests(RUN_ID)


async def test_failures_and_the_transport_line_name_the_users_keys(
    store: SqliteStore, make_app: MakeApp
) -> None:
    await told(store, failing())
    mine = changed(details="f3", failed_server="f6", play="f9", next_failure="f7", jump_to="f8")
    app = make_app(open_run=RUN_ID, keys=mine)
    async with app.run_test(size=(200, 50)) as pilot:
        await opened(pilot, app)
        await until(pilot, lambda: "([f6] go there)" in panel(app, ErrorLine))
        await pilot.press("f6")
        await until(pilot, lambda: "([f3] in full)" in panel(app, ErrorLine))
    app = make_app(replay=Replay(seal_all(failing().drafts), "a file"), keys=mine)
    async with app.run_test(size=(200, 50)) as pilot:
        await opened(pilot, app)
        await pilot.press("end")
        await until(pilot, lambda: "f9 ←→ []wave f7F failure f8 time" in panel(app, Transport))
        assert "go there" not in panel(app, ErrorLine), "its key goes on in time"
        await until(pilot, lambda: "■ at the end" in panel(app, Transport))
        await pilot.press("home", "f9")
        await until(pilot, lambda: "▶ playing" in panel(app, Transport))


@pytest.mark.parametrize(("width", "is_there"), [(119, True), (120, False)])
async def test_the_log_s_key_is_there_only_where_the_timeline_hides_it(
    store: SqliteStore, make_app: MakeApp, width: int, is_there: bool
) -> None:
    await told(store, waiting())
    app = make_app(open_run=RUN_ID)
    async with app.run_test(size=(200 if is_there else 80, 40)) as pilot:
        await opened(pilot, app)
        await pilot.resize_terminal(width, 40)
        await until(pilot, lambda: ("l Log/timeline" in panel(app, KeyLine)) == is_there)
