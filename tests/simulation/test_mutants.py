"""The simulation sees what it is for: without any one promise a drill breaks soon."""

from __future__ import annotations

import pytest

from tests.simulation.mutants import MUTANTS, Mutant
from tests.simulation.world import World

SEEDS = 200
"""Within which each mutant has to be caught."""


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_a_promise_taken_out_is_missed(mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> None:
    mutant(monkeypatch)
    faults = MUTANTS[mutant]
    assert any(World(seed, faults=faults).run().broken for seed in range(SEEDS))


@pytest.mark.parametrize(
    "faults", dict.fromkeys(MUTANTS.values()), ids=lambda faults: "+".join(sorted(faults))
)
def test_with_all_promises_kept_the_same_faults_break_nothing(faults: frozenset[str]) -> None:
    for seed in range(2):
        assert World(seed, faults=faults).run().broken == ()
