"""Which colours the app begins with, and that it can be read without any."""

from __future__ import annotations

import pytest

from drs_tui.audit.sqlite import SqliteStore
from drs_tui.config_file import ConfigError
from drs_tui.tui.themes import FEW_COLOURS, NIGHT, theme_for
from tests.tui.conftest import MakeApp, told
from tests.tui.looking import opened
from tests.tui.sample import RUN_ID, failing


@pytest.mark.parametrize(
    ("environ", "theme"),
    [
        ({"TERM": "xterm-256color"}, NIGHT.name),
        ({"TERM": "tmux-256color"}, NIGHT.name),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, NIGHT.name),
        ({"TERM": "xterm"}, FEW_COLOURS),
        ({"TERM": "screen"}, FEW_COLOURS),
        ({"TERM": "linux"}, FEW_COLOURS),
        ({"TERM": "vt100"}, FEW_COLOURS),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, FEW_COLOURS),
        ({}, FEW_COLOURS),
    ],
)
def test_the_terminal_s_own_palette_is_taken_where_colours_are_few(
    environ: dict[str, str], theme: str
) -> None:
    assert theme_for(None, environ) == theme


def test_a_theme_that_was_chosen_is_taken_everywhere() -> None:
    assert theme_for("nord", {"TERM": "screen"}) == "nord"


def test_a_theme_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(ConfigError, match=r"no theme 'nigth'; there are drs-night, .*ansi-dark"):
        theme_for("nigth", {})


@pytest.mark.parametrize("theme", ["ansi-dark", "ansi-light"])
async def test_the_cursor_is_told_by_reverse_where_colours_are_few(
    theme: str, store: SqliteStore, make_app: MakeApp
) -> None:
    await told(store, failing())
    app = make_app(open_run=RUN_ID, theme=theme)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        marked = [
            "".join(s.text for s in strip if s.style is not None and s.style.reverse)
            for strip in app.screen._compositor.render_strips()
        ]
        assert [row.split()[1] for row in marked if "orders" in row] == ["orders-db-1"]
