"""What must hold between the parts of a scenario file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import chain

from drs_tui.documents.problems import quoted
from drs_tui.simulator.fleet import FleetServer
from drs_tui.simulator.scenarios.building import Fleets, build_fleets
from drs_tui.simulator.scenarios.rules import is_named
from drs_tui.simulator.scenarios.scenario import ACCOUNT
from drs_tui.simulator.scenarios.shapes import (
    AccountShape,
    FleetShape,
    GroupShape,
    ScenarioShape,
)
from drs_tui.simulator.scenarios.values import NUMBER_IN_NAME

Path = tuple[str | int, ...]
Note = Callable[[Path, str], None]
"""Takes the place of a problem in the file, and what is wrong there."""


def check_scenario(shape: ScenarioShape, fleets: Fleets, note: Note) -> None:
    """Note what the keys of the file say against each other."""
    _check_account(shape, (), fleets, note)
    everything = list(chain.from_iterable(fleets.values()))
    for account, other in (shape.accounts or {}).items():
        if account == (shape.account or ACCOUNT):
            note(("accounts", account), f"{quoted(account)} is the scenario's own account")
        own = build_fleets(other)
        _check_account(other, ("accounts", account), own, note)
        everything += chain.from_iterable(own.values())
    for index, fault in enumerate(shape.faults or ()):
        _check_patterns(fault.servers or (), everything, ("faults", index, "servers"), note)
        if fault.until is not None and fault.until <= (fault.from_ or 0.0):
            note(("faults", index, "until"), "'until' is not later than 'from'")


def _check_account(shape: AccountShape, path: Path, fleets: Fleets, note: Note) -> None:
    _check_groups(shape, path, note)
    _check_servers(shape, path, fleets[""], note)
    for name, region in (shape.regions or {}).items():
        here = (*path, "regions", name)
        _check_groups(region, here, note)
        _check_servers(region, here, fleets[name], note)


def _check_groups(fleet: FleetShape, path: Path, note: Note) -> None:
    for index, group in enumerate(fleet.fleet or ()):
        if not isinstance(group, GroupShape):
            continue
        here = (*path, "fleet", index)
        if "{" in NUMBER_IN_NAME.sub("", group.name) or "}" in NUMBER_IN_NAME.sub("", group.name):
            note((*here, "name"), f"{quoted(group.name)} has braces; allowed: {{n}} or {{n:03}}")
        if group.count == 1:
            continue
        for key in ("id", "address"):
            if getattr(group, key) is not None:
                note((*here, key), f"{quoted(key)} of {group.count} servers; allowed: of one")


def _check_servers(shape: FleetShape, path: Path, fleet: Sequence[FleetServer], note: Note) -> None:
    seen: set[str] = set()
    for server in fleet:
        if {server.source_server_id, server.name} & seen:
            note(
                (*path, "fleet"),
                f"two servers are called {quoted(server.name)}; allowed: one, "
                "or several with {n} in their name",
            )
            return
        seen |= {server.source_server_id, server.name}
    for index, change in enumerate(shape.servers or ()):
        _check_patterns(change.servers, fleet, (*path, "servers", index, "servers"), note)


def _check_patterns(
    patterns: Iterable[str], fleet: Sequence[FleetServer], path: Path, note: Note
) -> None:
    for index, pattern in enumerate(patterns):
        if not any(is_named(server, [pattern]) for server in fleet):
            note((*path, index), f"no server of the fleet is called {quoted(pattern)}")
