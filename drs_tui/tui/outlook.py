"""A plan held against the source servers alone, as the list of plans shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from drs_tui.model.checks.account import check_account, check_target_named
from drs_tui.model.checks.policy import check_policy
from drs_tui.model.checks.servers import check_servers
from drs_tui.model.observed import SourceServer
from drs_tui.model.plan import Mode, Plan, Target
from drs_tui.model.policy import Site
from drs_tui.model.readiness import Facts, Finding, Report, located
from drs_tui.model.resolve import resolve


@dataclass(frozen=True, slots=True)
class Fleet:
    """The source servers of an account and Region."""

    account: str
    region: str
    servers: Sequence[SourceServer]
    is_far: bool
    """Whether another machine answered."""


def outlook(plan: Plan, mode: Mode, fleets: Mapping[Target, Fleet], site: Site | None) -> Report:
    """The plan, to be run in this mode, held against the fleet of each of its targets."""
    tightened = site.tightened(plan, mode) if site else plan
    findings: list[Finding] = []
    for target, fleet in fleets.items():
        part = tightened.within(target)
        there = [
            *check_account(part, fleet.account, fleet.region),
            *check_target_named(part, fleet.account, is_required=fleet.is_far),
        ]
        if site:
            there += check_policy(site, tightened, mode, fleet.account, fleet.region)
        there += _servers(part, fleet.servers)
        if len(fleets) > 1:
            where = f"{fleet.account} {fleet.region}"
            there = located(there, where, [wave.name for wave in plan.waves])
        findings += there
    return Report(tuple(dict.fromkeys(findings)))


def _servers(plan: Plan, fleet: Sequence[SourceServer]) -> list[Finding]:
    resolved, unresolved = resolve(plan, fleet)
    facts = Facts({server.id: server for server in fleet})
    return [*unresolved, *check_servers(resolved.waves, facts)]
