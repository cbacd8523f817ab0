from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest

from drs_tui.simulator.region import Region
from drs_tui.simulator.scenarios import scenario_named

from .caller import START, Caller
from .neighbourhood import Neighbourhood, neighbourhood


@pytest.fixture
def region_of() -> Callable[..., Caller]:
    def make(scenario: str = "calm", seed: int = 0, speed: float = 1.0) -> Caller:
        found = scenario_named(scenario)
        return Caller(Region("us-east-1", found, created_at=START, seed=seed, speed=speed))

    return make


@pytest.fixture
async def around() -> AsyncIterator[Neighbourhood]:
    """The services around DRS, in a Region where nothing was launched yet."""
    async with neighbourhood() as served:
        yield served
