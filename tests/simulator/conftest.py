from __future__ import annotations

from collections.abc import Callable

import pytest

from drs_tui.simulator.region import Region
from drs_tui.simulator.scenarios import scenario_named

from .caller import START, Caller


@pytest.fixture
def region_of() -> Callable[..., Caller]:
    def make(scenario: str = "calm", seed: int = 0, speed: float = 1.0) -> Caller:
        found = scenario_named(scenario)
        return Caller(Region("us-east-1", found, created_at=START, seed=seed, speed=speed))

    return make
