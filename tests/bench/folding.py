"""Opening a run of 100,000 events, and seeking in it, beside parsing the same bytes as JSON."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from random import Random

from drs_tui.audit.chain import read_event
from drs_tui.clock import ManualClock
from drs_tui.replay.player import Player
from tests.bench.figures import Row, in_turn, middle, percentile, row
from tests.bench.large_drill import large_drill

SERVERS, WAVES, ATTEMPTS = 500, 5, 20
EVENTS = 100_000
ROUNDS = 5
SEEKS = 200


def measure() -> list[Row]:
    """Read, fold and seek; all in seconds of computing."""
    batches = large_drill(SERVERS, WAVES, attempts=ATTEMPTS)
    texts = [event.text for batch in batches for event in batch][:EVENTS]
    del batches
    players: list[Player] = []

    def opened() -> None:
        players.clear()
        player = Player([read_event(text) for text in texts], ManualClock())
        player.seek(len(texts))
        assert player.run.seq == len(texts)
        players.append(player)

    def parsed() -> None:
        for text in texts:
            json.loads(text)

    found = in_turn({"opened": lambda: _cpu(opened), "parsed": lambda: _cpu(parsed)}, ROUNDS)
    opening, parsing = middle(found["opened"]), middle(found["parsed"])
    random = Random(1)
    seeks = [_seek(players[0], random.randint(1, len(texts))) for _ in range(SEEKS)]
    beside = f"json.loads of {sum(map(len, texts)) / 1e6:.0f} MB"
    return [
        row(
            f"open {len(texts):,} events",
            opening * 1000,
            "ms",
            beside=beside,
            theirs=parsing * 1000,
            times=3,
        ),
        row(
            "seek, median",
            middle(seeks) * 1000,
            "ms",
            beside="opening",
            theirs=opening * 1000,
            times=1 / 20,
        ),
        row("seek, 99th percentile", percentile(seeks, 0.99) * 1000, "ms"),
    ]


def _seek(player: Player, position: int) -> float:
    def seek() -> None:
        player.seek(position)
        assert player.run.seq == position

    return _cpu(seek)


def _cpu(work: Callable[[], object]) -> float:
    before = time.process_time()
    work()
    return time.process_time() - before
