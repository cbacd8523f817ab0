"""A run as a player shows it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

from drs_tui.clock import Clock
from drs_tui.model.events import Event
from drs_tui.model.state.run import Run
from drs_tui.replay.player import Player
from drs_tui.replay.playing import Replay
from drs_tui.tui.beat import Beat

FIRST_SPEED = 60.0
LONGEST_WAIT_SECONDS = 0.5
SHORTEST_WAIT_SECONDS = 0.05


class ReplaySource:
    """Lets a player's events happen as its clock passes."""

    trouble = ""
    has_parted = False

    def __init__(self, replay: Replay, clock: Clock) -> None:
        """Stand at the first event and play from there."""
        self.replay = replay
        self.player = Player(replay.events, clock, replay.speed or FIRST_SPEED)
        self.player.play()
        self._clock = clock
        self._stirred = asyncio.Event()
        self._run: tuple[int, Run] | None = None

    @property
    def run(self) -> Run:
        """The state at the moment that is shown."""
        if self._run is None or self._run[0] != self.player.position:
            self._run = (self.player.position, self.player.run)
        return self._run[1]

    @property
    def events(self) -> Sequence[Event]:
        """All events of the run, those to come too."""
        return self.player.events

    @property
    def count(self) -> int:
        """How many of them have happened."""
        return self.player.position

    def now(self) -> datetime:
        """The moment that is shown."""
        return self.player.moment

    def beat(self) -> Beat:
        """Nobody drives a replay; it shows what a driver did."""
        return Beat(holder="replay")

    def stir(self) -> None:
        """Look at the player again, which was told something."""
        self._stirred.set()

    async def follow(self, moved: Callable[[], object]) -> None:
        """Let events happen while the player plays, until cancelled."""
        moved()
        while True:
            if self.player.tick():
                moved()
            if self.player.is_playing:
                wait = min(self.player.seconds_to_next(), LONGEST_WAIT_SECONDS)
                await self._clock.sleep(max(wait, SHORTEST_WAIT_SECONDS))
            else:
                await self._stirred.wait()
                self._stirred.clear()
