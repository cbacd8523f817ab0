"""The transport line of a replay: where it stands, how fast it goes, what moves it."""

from __future__ import annotations

from drs_tui.model.times import clock_time, format_duration
from drs_tui.replay.player import Player
from drs_tui.tui.keys import keys_in_use
from drs_tui.tui.text import Line, Span, line, width_of
from drs_tui.tui.widgets.lines import Panel

_MOVING = (
    (("play",), ""),
    (("step(-1)", "step(1)"), ""),
    (("wave(-1)", "wave(1)"), "wave"),
    (("failure(1)", "failure(-1)"), " failure"),
    (("jump",), " time"),
    (("faster", "slower"), " speed"),
)
"""What moves a replay, and the word behind its keys."""

_BAR_CELLS = 8
"""A bar with fewer tells nothing."""


def transport_line(player: Player, width: int) -> Line:
    """The line in at most `width` cells: state, speed and moment always, the rest as it fits."""
    state = "▶ playing" if player.is_playing else "■ at the end" if player.is_at_end else "‖ paused"
    moment = player.moment
    passed = (moment - player.start).total_seconds()
    whole = (player.end - player.start).total_seconds()
    shown = line(
        (f"REPLAY {state}", "warn"),
        f"  {_speed(player.speed)}  {moment:%Y-%m-%d} ",
        (clock_time(moment), "strong"),
    )
    for part in (
        Span(f"  +{format_duration(passed)} of {format_duration(whole)}"),
        Span(f"  event {player.position}/{len(player.events)}", "dim"),
        Span(f"  {_keys()}", "dim"),
    ):
        if width_of((*shown, part)) <= width:
            shown = (*shown, part)
    cells = width - width_of(shown) - 2
    if cells < _BAR_CELLS:
        return shown
    done = int(cells * passed / whole) if whole else cells
    return (*shown, *line("  ", ("━" * done, "warn"), ("─" * (cells - done), "dim")))


def _keys() -> str:
    keys = keys_in_use()
    return " ".join("".join(map(keys.shown, calls)) + word for calls, word in _MOVING)


def _speed(speed: float) -> str:
    return f"{speed:g}x"


class Transport(Panel):
    """One line above the keys, while a run is replayed."""

    def show_player(self, player: Player) -> None:
        """Show where the player stands."""
        self.show([transport_line(player, self.room)])
