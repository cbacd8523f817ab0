"""The simulation sees what it is for: without any one promise a drill breaks soon."""

from __future__ import annotations

import pytest

from tests.simulation.__main__ import MUTANT_SEEDS, first_to_catch, play
from tests.simulation.mutants import MUTANTS, Mutant


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_a_promise_taken_out_breaks_a_drill_that_is_sound_with_it(mutant: Mutant) -> None:
    exposure = MUTANTS[mutant]
    seeds = range(exposure.first_seed, exposure.first_seed + MUTANT_SEEDS)
    caught = first_to_catch(mutant, seeds, exposure.faults)
    assert caught is not None
    assert play(caught.seed, exposure.faults).broken == ()
