"""From what a plan names to the source servers it means."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from drs_tui.model.observed import SourceServer
from drs_tui.model.plan import Plan, PlanServer, Selector, Wave
from drs_tui.model.readiness import Finding, Verdict


def resolve(plan: Plan, inventory: Iterable[SourceServer]) -> tuple[Plan, list[Finding]]:
    """Give every server its id and name, and turn selectors into servers.

    Returns the plan with whatever could be resolved, and a blocking finding for whatever could
    not: an unknown server, a name that several servers have, a selector that matches none, a
    server in two waves.
    """
    servers = sorted(inventory, key=lambda s: (s.name, s.id))
    by_id = {server.id: server for server in servers}
    by_name: dict[str, list[SourceServer]] = {}
    for server in servers:
        if server.name:
            by_name.setdefault(server.name, []).append(server)
        if server.hostname not in ("", server.name):
            by_name.setdefault(server.hostname, []).append(server)
    found: list[Finding] = []
    taken: dict[str, str] = {}
    waves = []
    for wave in plan.waves:
        members: list[PlanServer] = []
        for planned in _members(wave, servers, by_id, by_name, found):
            first = taken.setdefault(planned.id or planned.name or "", wave.name)
            if first == wave.name and all(m.id != planned.id for m in members):
                members.append(planned)
            elif first != wave.name:
                found.append(
                    _blocked(
                        planned.name or "",
                        f"it is in wave {first} and in wave {wave.name}",
                        "leave it in one of them",
                    )
                )
        waves.append(replace(wave, servers=tuple(members), select=None))
    return replace(plan, waves=tuple(waves)), found


def concerns(plan: Plan) -> Callable[[SourceServer], bool]:
    """Whether what a plan says can be about a server: by its id or names, or a tag of a selector.

    Of a Region's thousands most plans name a few.
    """
    named = {name for _, server in plan.servers() for name in (server.id, server.name) if name}
    tags = {tag for wave in plan.waves if wave.select for tag in wave.select.tags.items()}

    def is_meant(server: SourceServer) -> bool:
        return not named.isdisjoint(
            (server.id, server.name, server.hostname)
        ) or not tags.isdisjoint(server.tags.items())

    return is_meant


def _members(
    wave: Wave,
    servers: Sequence[SourceServer],
    by_id: dict[str, SourceServer],
    by_name: dict[str, list[SourceServer]],
    found: list[Finding],
) -> Iterable[PlanServer]:
    for planned in wave.servers:
        if planned.id:
            known = by_id.get(planned.id)
            name = known.name if known else planned.name or planned.id
            yield replace(planned, name=name, os=known.os or None if known else None)
            continue
        named = by_name.get(planned.name or "", [])
        if len(named) == 1:
            yield replace(planned, id=named[0].id, os=named[0].os or None)
        else:
            found.append(_not_one(planned.name or "", named))
    if wave.select is not None:
        chosen = [s for s in servers if matches(wave.select, s)]
        if not chosen:
            tags = ", ".join(f"{k}={v}" for k, v in wave.select.tags.items())
            found.append(
                _blocked(wave.name, f"no source server has the tags {tags}", "mend the selector")
            )
        for server in chosen:
            yield PlanServer(server.id, server.name, wave.select.impact, os=server.os or None)


def matches(selector: Selector, server: SourceServer) -> bool:
    """Whether a server has all the selector's tags."""
    return selector.tags.items() <= server.tags.items()


def _not_one(name: str, named: Sequence[SourceServer]) -> Finding:
    if not named:
        return _blocked(
            name, "no source server has this name", "compare the plan with `drs-tui servers`"
        )
    ids = ", ".join(server.id for server in named)
    return _blocked(name, f"several source servers have this name: {ids}", "name it by its id")


def _blocked(thing: str, reason: str, remedy: str) -> Finding:
    return Finding(Verdict.BLOCKS, "server", thing, reason, remedy)
