"""Drills in which everything breaks that can, each drawn from a seed and replayed by it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.simulation.__main__ import play, replay_words
from tests.simulation.world import World

SEEDS = 32
"""`.ci/run` plays more, and `python -m tests.simulation` as many as one likes."""


@pytest.mark.parametrize("seed", range(SEEDS))
def test_every_promise_holds_in_every_drill(seed: int) -> None:
    assert play(seed).broken == (), replay_words(seed)


@pytest.mark.parametrize("seed", range(4))
def test_a_calm_drill_launches_each_wave_once_and_ends(seed: int) -> None:
    outcome = World(seed, faults=frozenset()).run()
    assert outcome.broken == ()
    assert outcome.faults.total() == 0
    assert outcome.launches >= 1


@pytest.mark.parametrize("seed", [39, 75, 112])
def test_a_seed_goes_the_same_way_twice(seed: int) -> None:
    first, second = World(seed).run(), World(seed).run()
    assert first.lines == second.lines
    assert first.digest == second.digest


def test_a_seed_goes_the_same_way_in_another_process() -> None:
    """Where strings hash differently, so that nothing may hang on the order of a set."""
    here = World(17).run()
    replay = [sys.executable, "-m", "tests.simulation", "--seed", "17"]
    for hash_seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        said = subprocess.run(replay, env=environment, capture_output=True, text=True, check=True)
        assert here.digest in said.stdout
