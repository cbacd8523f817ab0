"""Whether servers that belong to what a plan recovers stand in none of its waves."""

from __future__ import annotations

from collections.abc import Iterable

from drs_tui.model.counts import counted
from drs_tui.model.observed import SourceServer
from drs_tui.model.plan import Plan
from drs_tui.model.readiness import Finding, Verdict

_NAMED = 10
"""How many are named; more than that is another plan's work."""


def check_fleet(plan: Plan, resolved: Plan, inventory: Iterable[SourceServer]) -> list[Finding]:
    """Name the servers of the tagged fleet that stand in no wave.

    The fleet is what has all those tags that the plan's selectors name and that each of its servers
    has; a plan without selectors, or whose servers share none of their tags, names no fleet.
    """
    servers = {server.id: server for server in inventory}
    placed = {server.id for _, server in resolved.servers()}
    members = [servers[i] for i in placed if i in servers]
    named = {tag for wave in plan.waves if wave.select for tag in wave.select.tags.items()}
    shared = {(k, v) for k, v in named if all(each.tags.get(k) == v for each in members)}
    if not members or not shared:
        return []
    left = sorted(
        server.name or server.id
        for server in servers.values()
        if server.id not in placed and all(server.tags.get(k) == v for k, v in shared)
    )
    if not left:
        return []
    tags = ", ".join(f"{key}={value}" for key, value in sorted(shared))
    more = f" and {len(left) - _NAMED} more" if len(left) > _NAMED else ""
    count = counted(len(left), "server")
    return [
        Finding(
            Verdict.WARNS,
            "fleet",
            plan.name,
            f"{count} with {tags} in no wave: {', '.join(left[:_NAMED])}{more}",
            "put them into a wave, or acknowledge that they are not recovered",
        )
    ]
