"""Opening a run of 100,000 events, and seeking in it, beside parsing the same bytes as JSON.

What is parsed beside it is thrown away at once. To keep it costs half as much again, and opening
keeps all events: the figures of reading alone, and of parsing and keeping, tell what is left to
the fold.
"""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from random import Random

from drs_tui.audit.chain import read_event
from drs_tui.aws.connection import COLLECTED_AFTER
from drs_tui.clock import ManualClock
from drs_tui.replay.player import Player
from tests.bench.figures import Row, in_turn, middle, percentile, row
from tests.bench.large_drill import large_drill

SERVERS, WAVES, ATTEMPTS = 500, 5, 20
EVENTS = 100_000
ORDINARY = ((6, 2), (100, 4), (500, 5))
"""Servers and waves of drills as they are."""

ROUNDS = 5
SEEKS = 200


def measure() -> list[Row]:
    """Read, fold and seek; all in seconds of computing."""
    ordinary = [(servers, _texts(servers, waves)) for servers, waves in ORDINARY]
    texts = _texts(SERVERS, WAVES, ATTEMPTS)[:EVENTS]
    with _collected_as_in_the_app():
        return [*_opening(texts), *(_opening_ordinary(*each) for each in ordinary)]


def _texts(servers: int, waves: int, attempts: int = 1) -> list[str]:
    batches = large_drill(servers, waves, attempts=attempts)
    return [event.text for batch in batches for event in batch]


@contextmanager
def _collected_as_in_the_app() -> Iterator[None]:
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(*COLLECTED_AFTER)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def _opening(texts: Sequence[str]) -> list[Row]:
    kept: list[object] = []

    def read() -> None:
        kept[:] = [read_event(text) for text in texts]

    def opened() -> None:
        kept[:] = [_open(texts)]

    def parsed() -> None:
        for text in texts:
            json.loads(text)

    def parsed_and_kept() -> None:
        kept[:] = [json.loads(text) for text in texts]

    ways = {"opened": opened, "parsed": parsed, "read": read, "kept": parsed_and_kept}

    def measured(way: Callable[[], None]) -> float:
        kept.clear()
        return _cpu(way)

    found = in_turn({name: partial(measured, way) for name, way in ways.items()}, ROUNDS)
    milliseconds = {name: middle(each) * 1000 for name, each in found.items()}
    player = _open(texts)
    random = Random(1)
    seeks = [_seek(player, random.randint(1, len(texts))) * 1000 for _ in range(SEEKS)]
    beside, parsing = f"json.loads of {sum(map(len, texts)) / 1e6:.0f} MB", milliseconds["parsed"]

    def beside_parsing(what: str, way: str, times: float | None = None) -> Row:
        taken = milliseconds[way]
        return row(what, taken, "ms", beside=beside, theirs=parsing, times=times)

    return [
        beside_parsing(f"open {len(texts):,} events", "opened", 3),
        beside_parsing("of that: read them", "read"),
        beside_parsing("least of all: json.loads, all kept", "kept"),
        row(
            "seek, median",
            middle(seeks),
            "ms",
            beside="opening",
            theirs=milliseconds["opened"],
            times=1 / 20,
        ),
        row("seek, 99th percentile", percentile(seeks, 0.99), "ms"),
    ]


def _opening_ordinary(servers: int, texts: Sequence[str]) -> Row:
    seconds = in_turn({"opened": lambda: _cpu(lambda: _open(texts))}, ROUNDS)["opened"]
    what = f"open a drill of {servers} servers, {len(texts):,} events"
    return row(what, middle(seconds) * 1000, "ms")


def _open(texts: Sequence[str]) -> Player:
    player = Player([read_event(text) for text in texts], ManualClock())
    player.seek(len(texts))
    assert player.run.seq == len(texts)
    return player


def _seek(player: Player, position: int) -> float:
    def seek() -> None:
        player.seek(position)
        assert player.run.seq == position

    return _cpu(seek)


def _cpu(work: Callable[[], object]) -> float:
    before = time.process_time()
    work()
    return time.process_time() - before
