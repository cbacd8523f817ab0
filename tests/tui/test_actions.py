"""One table of actions, from which everything else derives."""

from __future__ import annotations

from contextvars import copy_context

import pytest

from drs_tui.config import KeySetting
from drs_tui.tui.actions import ACTIONS, Effect, Where, find
from drs_tui.tui.dialogs.reading import help_lines
from drs_tui.tui.keys import Keys, use
from drs_tui.tui.screens.instances import InstancesScreen
from drs_tui.tui.screens.plans import PlansScreen
from drs_tui.tui.screens.preflight import PreflightScreen
from drs_tui.tui.screens.run import RunScreen
from drs_tui.tui.screens.runs import RunsScreen
from drs_tui.tui.screens.servers import ServersScreen

SCREENS = {
    Where.PLANS: PlansScreen,
    Where.RUNS: RunsScreen,
    Where.SERVERS: ServersScreen,
    Where.INSTANCES: InstancesScreen,
    Where.PREFLIGHT: PreflightScreen,
    Where.RUN: RunScreen,
    Where.REPLAY: RunScreen,
}


@pytest.mark.parametrize("where", SCREENS)
def test_every_action_of_a_screen_is_something_the_screen_can_do(where: Where) -> None:
    screen = SCREENS[where]
    for action in ACTIONS:
        if where in action.where:
            assert hasattr(screen, f"action_{action.name}"), action.call


def test_nothing_dangerous_sits_on_a_key_that_pages_or_confirms() -> None:
    keys = {key for a in ACTIONS if a.effect is Effect.DANGEROUS for key in a.keys.split(",")}
    assert not keys & {"space", "enter", "pageup", "pagedown", "tab", "escape", "up", "down"}


def said_in_help(*places: Where, keys: Keys) -> str:
    def said() -> str:
        use(keys)
        return "\n".join("".join(span.text for span in line) for line in help_lines(places))

    return copy_context().run(said)


def test_read_only_help_names_nothing_that_changes_anything() -> None:
    said = said_in_help(Where.RUN, keys=Keys(read_only=True))
    assert "Terminate" not in said
    assert "cursor" in said
    assert "asks first" not in said


def test_help_shows_the_users_own_keys() -> None:
    said = said_in_help(Where.RUN, keys=Keys({"pause_resume": KeySetting(("P", "f5"), "here")}))
    assert "P f5        Hold further launches back" in said


def test_an_action_is_found_by_what_textual_is_about_to_run() -> None:
    assert find("choose", ("APPROVE",)) is not None
    assert find("choose('APPROVE')", ()) is not None
    assert find("focus_next", ()) is None
