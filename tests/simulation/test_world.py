"""A program that stops working is a breach too, however quietly it does."""

from __future__ import annotations

import pytest

from drs_tui.driver.host import Host
from drs_tui.driver.poller import Poller
from drs_tui.engine.drill import Drill
from drs_tui.simulator.endpoint import Endpoint
from tests.simulation import world
from tests.simulation.world import World


def broken_in_calm(seed: int = 0) -> str:
    """What breaks on a calm day."""
    return "; ".join(World(seed, faults=frozenset()).run().broken)


async def _do_nothing(*_: object) -> bool:
    return False


async def _fail(*_: object) -> bool:
    raise ValueError("no such luck")


def _fail_at_once(*_: object) -> bool:
    raise ValueError("no such luck")


def test_a_driver_that_crashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Drill, "_act", _fail)
    assert "crashed: ValueError('no such luck')" in broken_in_calm()


def test_a_poller_that_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Poller, "run", _do_nothing)
    assert "poller ended" in broken_in_calm()


def test_a_driver_that_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Drill, "_act", _do_nothing)
    monkeypatch.setattr(world, "LONGEST_QUIET_SECONDS", 60.0)
    assert "it does not end" in broken_in_calm()


def test_a_driver_that_never_lets_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Host, "ended", _do_nothing)
    assert "holds on to" in broken_in_calm()


def test_a_simulation_that_is_wrong_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Endpoint, "answer", _fail_at_once)
    assert "could not be simulated" in broken_in_calm()
