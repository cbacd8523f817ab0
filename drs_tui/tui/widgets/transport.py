"""The transport line of a replay: where it stands, how fast it goes, what moves it."""

from __future__ import annotations

from drs_tui.model.times import format_duration
from drs_tui.replay.player import Player
from drs_tui.tui.text import Line, line, width_of
from drs_tui.tui.widgets.lines import Panel
from drs_tui.tui.words import clock_time

_KEYS = "space ±speed ←→ [ ] f"


def transport_line(player: Player, width: int) -> Line:
    """The line in about `width` cells: state, moment, progress, position."""
    state = "▶ playing" if player.is_playing else "■ at the end" if player.is_at_end else "‖ paused"
    moment = player.moment
    passed = format_duration((moment - player.start).total_seconds())
    whole = format_duration((player.end - player.start).total_seconds())
    left = line(
        (f"REPLAY {state}", "warn"),
        f"  {_speed(player.speed)}  {moment:%Y-%m-%d} {clock_time(moment)}  {passed} of {whole} ",
    )
    right = line((f" event {player.position}/{len(player.events)}", "dim"))
    keys = line((f"  {_KEYS}", "dim"))
    room = width - width_of(left) - width_of(right)
    if room >= width_of(keys) + 12:
        right = (*right, *keys)
        room -= width_of(keys)
    cells = max(0, room)
    share = (moment - player.start) / (player.end - player.start) if passed != whole else 1
    done = min(cells, int(cells * share))
    return (*left, *line(("━" * done, "warn"), ("─" * (cells - done), "dim")), *right)


def _speed(speed: float) -> str:
    return f"{speed:g}x"


class Transport(Panel):
    """One line above the keys, while a run is replayed."""

    def show_player(self, player: Player) -> None:
        """Show where the player stands."""
        self.show([transport_line(player, self.room)])
