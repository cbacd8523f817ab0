"""The main path with keys alone, in a terminal of 80 columns and 24 rows."""

from __future__ import annotations

import re

from tests.terminal.conftest import Desk, start_drill

SPEED = "600"
LAST_EVENTS = 5


def test_a_drill_is_run_cleaned_up_found_again_and_replayed_to_the_same_screen(desk: Desk) -> None:
    window = desk.open("demo", "--speed", SPEED)
    start_drill(window)
    window.until_shows("✓ succeeded", "[t] clean up")
    window.press("t")
    window.until_shows("Terminates 6 drill instances")
    window.press("right", "enter")
    window.until_shows("Ended, and everything the drill launched is gone.")
    window.until_shows("✓ everything the drill launched is gone")
    at_the_end = shown_of_the_run(window.screen.lines)
    window.press("q")
    assert window.until_ended() == 0

    again = desk.open("demo", "--speed", SPEED)
    again.until_shows("three-tier", "rehearsal")
    again.press("2")
    again.until_shows("1 run", "three-tier", "✓ succeeded", "6/6")
    again.press("R")
    again.until_shows("REPLAY", "playing")
    again.press("end")
    again.until_shows("at the end", "✓ everything the drill launched is gone")
    assert shown_of_the_run(again.screen.lines) == at_the_end
    again.press("q")
    assert again.until_ended() == 0


def shown_of_the_run(lines: list[str]) -> list[str]:
    """Title, waves, servers and the last events, without the bars that tell live from replay."""
    log = next(place for place, line in enumerate(lines) if line.startswith("─Events"))
    events = [line for line in lines[log:] if re.match(r" \d\d:\d\d:\d\dZ  ", line)]
    assert len(events) > LAST_EVENTS
    return [*lines[1 : log + 1], *events[-LAST_EVENTS:]]
