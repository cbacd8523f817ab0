"""A machine that drivers run on: its disk, its clock, and its way to the store."""

from __future__ import annotations

from dataclasses import dataclass

from tests.simulation.store import Shelf


@dataclass
class Road:
    """The way to a store, and until when it is blocked."""

    out_until: float = 0.0


@dataclass
class Machine:
    """What the drivers on one machine have in common, one after the other."""

    name: str
    journal: Shelf | None
    """On its disk; None: the store is on that disk itself."""

    clock_off_seconds: float
    """How far its clock is off, in drill time and in real time: it has but one."""

    own_road: Road
    """Its own way to the store, beside the one that all share."""

    disk_full_until: float = 0.0
