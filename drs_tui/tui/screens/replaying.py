"""Moving a replay: what the keys of the transport line do."""

from __future__ import annotations

from drs_tui.replay.moments import ALLOWED, BadMoment, moment_named
from drs_tui.replay.player import Player
from drs_tui.tui.actions import Where, find
from drs_tui.tui.dialogs.ask_text import AskText
from drs_tui.tui.screens.base import DrsScreen
from drs_tui.tui.sentences import server_of
from drs_tui.tui.sources.live import LiveSource
from drs_tui.tui.sources.replayed import ReplaySource
from drs_tui.tui.widgets.server_table import ServerTable


class Replaying(DrsScreen):
    """The part of the run screen that is there only while a run is replayed."""

    source: LiveSource | ReplaySource

    def allows(self, action: str, parameters: tuple[object, ...]) -> bool:
        """The transport keys only in a replay, and in a replay nothing that asks a driver."""
        known = find(action, parameters)
        if known is None:
            return super().allows(action, parameters)
        replayed = isinstance(self.source, ReplaySource)
        if Where.REPLAY in known.where:
            return replayed
        if replayed and known.is_forbidden_when_read_only:
            return False
        return super().allows(action, parameters)

    def _player(self) -> Player:
        assert isinstance(self.source, ReplaySource), "these keys work in a replay only"
        return self.source.player

    def _moved_by_hand(self) -> None:
        assert isinstance(self.source, ReplaySource), "these keys work in a replay only"
        self.source.stir()
        self.show()

    def action_play(self) -> None:
        """Play, or stand still."""
        player = self._player()
        if player.is_playing:
            player.pause()
        else:
            player.play()
        self._moved_by_hand()

    def action_faster(self) -> None:
        """Play faster."""
        self._player().faster()
        self._moved_by_hand()

    def action_slower(self) -> None:
        """Play slower."""
        self._player().slower()
        self._moved_by_hand()

    def action_step(self, count: int) -> None:
        """Go on or back by so many events."""
        self._player().step(count)
        self._moved_by_hand()

    def action_wave(self, direction: int) -> None:
        """Go to the launch of the next or the former wave."""
        if not self._player().seek_wave(direction):
            self.notify("There is no further wave in that direction.")
        self._moved_by_hand()

    def action_failure(self, direction: int) -> None:
        """Go to the next or the former thing that went wrong, and to the server it happened to."""
        player = self._player()
        if not player.seek_failure(direction):
            when = "after" if direction > 0 else "before"
            self.notify(f"Nothing goes wrong {when} this moment.")
        self._moved_by_hand()
        self.query_one(ServerTable).select(server_of(player.events[player.position - 1]))

    def action_jump(self) -> None:
        """Ask for a moment, and go there."""
        self.app.push_screen(AskText("Jump to which moment?", f"{ALLOWED}."), self._jump)

    def _jump(self, text: str | None) -> None:
        if text is None:
            return
        player = self._player()
        try:
            player.seek_time(moment_named(text, player.start, player.end))
        except BadMoment as refused:
            self.notify(str(refused), severity="warning", timeout=8, markup=False)
        self._moved_by_hand()

    def action_seek_start(self) -> None:
        """Go to the first event."""
        self._player().seek(1)
        self._moved_by_hand()

    def action_seek_end(self) -> None:
        """Go to the last event."""
        player = self._player()
        player.seek(len(player.events))
        self._moved_by_hand()
