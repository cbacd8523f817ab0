"""A stored run as something to replay: in the app, or as a stream of events."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from drs_tui.clock import Clock
from drs_tui.model.events import Event
from drs_tui.replay.player import Player


@dataclass(frozen=True, slots=True)
class Replay:
    """What is to be replayed."""

    events: Sequence[Event]
    """All events of one run, in order; at least one."""

    origin: str
    """Where they come from: a file, or a store's address."""

    speed: float | None = None
    """To begin with; None: the app's own choice."""


async def play(events: Sequence[Event], clock: Clock, speed: float | None) -> AsyncIterator[Event]:
    """Give the events as they happened, `speed` times as fast; None: without any wait.

    Raises:
        ValueError: `speed` is not above 0.
    """
    if speed is None or not events:
        for event in events:
            yield event
        return
    player = Player(events, clock, speed)
    player.play()
    given = 0
    while True:
        player.tick()
        for event in events[given : player.position]:
            yield event
        given = player.position
        if given == len(events):
            return
        await clock.sleep(player.seconds_to_next())
