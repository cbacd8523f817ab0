"""From a scenario file's validated shape to a scenario."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from drs_tui.simulator.fleet import FLEET, FleetServer, PastInstance
from drs_tui.simulator.scenarios.fault_shapes import rule_of
from drs_tui.simulator.scenarios.rules import is_named
from drs_tui.simulator.scenarios.scenario import (
    ACCOUNT,
    PlanExecution,
    Quotas,
    RegionSetup,
    Scenario,
)
from drs_tui.simulator.scenarios.shapes import (
    AccountShape,
    ExamplesShape,
    FleetShape,
    GroupShape,
    PhaseShape,
    ProfileShape,
    ScenarioShape,
    ServerSettingsShape,
    TimingsShape,
)
from drs_tui.simulator.scenarios.values import NUMBER_IN_NAME
from drs_tui.simulator.timings import LINUX, WINDOWS, Phase, Profile, Timings

Fleets = Mapping[str, tuple[FleetServer, ...]]
"""The fleet of each Region that begins in a way of its own, and under "" that of the others."""


def build_fleets(shape: AccountShape, usual: tuple[FleetServer, ...] = FLEET) -> Fleets:
    """The source servers of an account that a file describes; `usual` where it says nothing."""
    usual = _changed(_fleet(shape.fleet, usual), shape)
    own = {
        name: _changed(_fleet(region.fleet, usual, salt=name), region)
        for name, region in (shape.regions or {}).items()
    }
    return {"": usual, **own}


def build_scenario(shape: ScenarioShape, fleets: Fleets, name: str, digest: str) -> Scenario:
    """The scenario that a file describes."""
    scenario = Scenario(
        name,
        shape.summary,
        fleet=fleets[""],
        account=shape.account or ACCOUNT,
        regions=_regions(shape, fleets),
        other_regions=shape.other_regions,
        timings=_timings(shape.timings),
        quotas=Quotas(**_given(shape.quotas)),
        rules=tuple(map(rule_of, shape.faults or ())),
        executions=tuple(
            PlanExecution(each.mode, tuple(map(tuple, each.steps)), each.until)
            for each in shape.plan_executions or ()
        ),
        launches_fail=shape.first_launches_fail,
        shows_late_seconds=shape.jobs_show_late or 0.0,
        digest=digest,
    )
    others = (
        replace(
            scenario,
            account=account,
            fleet=(own := build_fleets(other))[""],
            regions=_regions(other, own),
            other_regions=other.other_regions,
        )
        for account, other in (shape.accounts or {}).items()
    )
    return replace(scenario, others=tuple(others))


def _regions(shape: AccountShape, fleets: Fleets) -> Mapping[str, RegionSetup]:
    return {
        name: RegionSetup(region.start, fleets[name])
        for name, region in (shape.regions or {}).items()
    }


# Source servers ---------------------------------------------------------------------------------


def _fleet(
    items: Sequence[ExamplesShape | GroupShape] | None,
    usual: tuple[FleetServer, ...],
    salt: str = "",
) -> tuple[FleetServer, ...]:
    """The servers of a file's groups; `salt` tells the ids made for one Region from another's."""
    if items is None:
        return usual
    return tuple(server for item in items for server in _servers(item, salt))


def _changed(fleet: tuple[FleetServer, ...], shape: FleetShape) -> tuple[FleetServer, ...]:
    for change in shape.servers or ():
        settings = _settings(change)
        fleet = tuple(
            _with(server, settings) if is_named(server, change.servers) else server
            for server in fleet
        )
    return fleet


def _servers(item: ExamplesShape | GroupShape, salt: str) -> Iterator[FleetServer]:
    if isinstance(item, ExamplesShape):
        yield from FLEET
        return
    settings = _settings(item)
    for number in range(1, item.count + 1):
        name = server_name(item.name, number)
        digest = hashlib.sha256(f"{salt}/{name}".encode()).digest()
        server = FleetServer(
            item.id or f"s-{digest.hex()[:17]}",
            name,
            application="",
            role="",
            address=item.address or f"10.{digest[0]}.{digest[1]}.{digest[2] % 250 + 4}",
        )
        yield _with(server, settings)


def server_name(pattern: str, number: int) -> str:
    """The name of one server of a group."""
    return NUMBER_IN_NAME.sub(lambda found: f"{number:0{found[1] or 1}}", pattern)


def _settings(shape: ServerSettingsShape) -> dict[str, Any]:
    """What a file says of servers, in the forms of FleetServer's members, or of parts of them."""
    given = _given(shape)
    settings = {key: given[key] for key in given if key in ServerSettingsShape.model_fields}
    if "disks_gib" in settings:
        settings["disks_gib"] = tuple(settings["disks_gib"])
    if "replication_state" in settings:
        settings["replication_state"] = settings["replication_state"].value
    for key in ("lag", "stalled_for"):
        if key in settings:
            settings[key] = timedelta(seconds=settings[key])
    if "launch" in settings:
        settings["launch"] = _launch(settings["launch"])
    if "past" in settings:
        settings["past"] = _past(settings["past"])
    return settings


def _with(server: FleetServer, settings: Mapping[str, Any]) -> FleetServer:
    """The server with what is said of it; of tags, launch settings and past, the rest stays."""
    members = dict(settings)
    if "tags" in members:
        tags = {**dict(server.more_tags), **members.pop("tags")}
        members["more_tags"] = tuple(tags.items())
    if "launch" in members:
        members["launch"] = replace(server.launch, **members["launch"])
    if "past" in members:
        members["past"] = replace(server.past or PastInstance(), **members["past"])
    return replace(server, **members)


def _launch(given: dict[str, Any]) -> dict[str, Any]:
    for key in ("disposition", "right_sizing"):
        if key in given:
            given[key] = given[key].value
    if "security_group_ids" in given:
        given["security_group_ids"] = tuple(given["security_group_ids"])
    return given


def _past(given: dict[str, Any]) -> dict[str, Any]:
    if "age" in given:
        given["age"] = timedelta(seconds=given["age"])
    return given


# The rest ---------------------------------------------------------------------------------------


def _timings(shape: TimingsShape | None) -> Timings:
    if shape is None:
        return Timings()
    usual = Timings()
    return Timings(
        linux=_profile(shape.linux, LINUX),
        windows=_profile(shape.windows, WINDOWS),
        cleanup=_phase(shape.cleanup, usual.cleanup),
        termination=_phase(shape.termination, usual.termination),
        unreachable_seconds=_or(shape.unreachable, usual.unreachable_seconds),
        refusal_seconds=_or(shape.refusal, usual.refusal_seconds),
    )


def _profile(shape: ProfileShape | None, usual: Profile) -> Profile:
    if shape is None:
        return usual
    return Profile(
        _phase(shape.snapshot, usual.snapshot),
        _phase(shape.wait, usual.wait),
        _phase(shape.conversion, usual.conversion),
        _phase(shape.launch, usual.launch),
    )


def _phase(shape: PhaseShape | None, usual: Phase) -> Phase:
    return usual if shape is None else Phase(shape.median, shape.spread)


def _or(seconds: float | None, usual: float) -> float:
    return usual if seconds is None else seconds


def _given(shape: Any) -> dict[str, Any]:
    """What a file says, without what it leaves open."""
    return {} if shape is None else shape.model_dump(exclude_none=True)
