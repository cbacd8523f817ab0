"""Holding a plan, or one launch of it, against what AWS says now."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from drs_tui.aws.check_rights import check_rights, rights_to_launch
from drs_tui.aws.connection import Aws
from drs_tui.aws.looking import look
from drs_tui.aws.vcpus import look_at_vcpus
from drs_tui.model.checks.account import (
    check_account,
    check_commands_there,
    check_target_named,
)
from drs_tui.model.checks.credentials import check_credentials, check_permissions
from drs_tui.model.checks.fleet import check_fleet
from drs_tui.model.checks.headroom import (
    Shortage,
    check_addresses,
    check_headroom,
    check_sizes,
    shortage,
)
from drs_tui.model.checks.isolation import check_isolation_said
from drs_tui.model.checks.launch import Part, check_launch, check_planned
from drs_tui.model.checks.launched import check_probes
from drs_tui.model.checks.plan import check_approvals
from drs_tui.model.checks.points import choose_points, say_points
from drs_tui.model.checks.policy import check_policy, is_about_the_place
from drs_tui.model.checks.rights import check_rights_to_launch
from drs_tui.model.checks.vcpus import check_vcpus
from drs_tui.model.launch_traits import Traits, traits_of
from drs_tui.model.machines import PointInTime
from drs_tui.model.observed import CallerIdentity
from drs_tui.model.plan import Mode, Plan, Target, Wave
from drs_tui.model.points import COMMON, LATEST
from drs_tui.model.policy import Site
from drs_tui.model.readiness import (
    Facts,
    Finding,
    Launching,
    Progress,
    Report,
    Verdict,
    located,
)
from drs_tui.model.resolve import concerns, resolve
from drs_tui.model.state.run import Run
from drs_tui.model.status import ServerResult

_UNHEARD = Progress()

SETTINGS_A_WORD = 20
"""After how many servers each it is told how far the reading of launch settings is."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where some waves of a plan act, as AWS says."""

    target: Target
    """As the plan has it."""

    account: str
    region: str
    arn: str
    """Who calls there."""


@dataclass(frozen=True, slots=True)
class Survey:
    """A plan held against what AWS says."""

    plan: Plan
    """With every server resolved, as far as it could be."""

    report: Report
    caller: CallerIdentity
    region: str
    windows: tuple[str, ...] = ()
    """The source servers of the plan that run Windows."""

    traits: Mapping[str, Traits] = field(default_factory=dict)
    """How each of them would be launched, as far as that could be read."""

    places: tuple[Place, ...] = ()
    """Where it acts, if that is more than one place; `caller` and `region` are of the first."""

    @property
    def where(self) -> str:
        """Account and Region of each place where it acts, for people."""
        places = [(place.account, place.region) for place in self.places]
        places = places or [(self.caller.account, self.region)]
        return " and ".join(f"account {account}, {region}" for account, region in places)


@dataclass(frozen=True, slots=True)
class LaunchSurvey:
    """The servers of one launch, as AWS has them directly before it."""

    report: Report
    lags: dict[str, int]
    """The replication lag of each server in milliseconds, as far as DRS says."""

    may_clear_up: bool
    """Whether something could not be read that could be at the next look."""

    shortage: Shortage | None = None
    """What it has to wait for, if nothing else stands in its way."""

    points: Mapping[str, PointInTime] = field(default_factory=dict)
    """The points that servers are to be launched from; the others take a snapshot on demand."""


async def survey(
    aws: Aws,
    plan: Plan,
    mode: Mode = Mode.DRILL,
    progress: Progress = _UNHEARD,
    *,
    store_is_shared: bool,
    site: Site | None,
    ends: frozenset[str] = frozenset(),
    on_this_machine: Sequence[Finding] = (),
    whole: Plan | None = None,
) -> Survey:
    """Check a whole plan before a run, or the part of it that acts in one place.

    Where the account or the Region is another than it should be, nothing is asked about its
    servers.

    Args:
        aws: The account and Region.
        plan: As it is written.
        mode: What it is to be run as.
        progress: Who hears of what is asked and found; nobody.
        store_is_shared: Whether those who approve from elsewhere can reach the audit store.
        site: What the site allows; None for a simulator that can't be anything else.
        ends: The instances that a recovery may end, as somebody typed them.
        on_this_machine: What was found without asking AWS.
        whole: The plan that it is a part of; findings then say where they are.

    Raises:
        AwsError: something could not be asked, so that nothing is known.
    """
    progress.asks("asking whose credentials these are")
    caller = await aws.sts.caller_identity()
    names = {wave.name for wave in plan.waves}

    def here(found: Iterable[Finding]) -> list[Finding]:
        where = f"{caller.account} {aws.region}"
        return [*found] if whole is None else located(found, where, names)

    plan, all_of_it = (site.tightened(p, mode) if site else p for p in (plan, whole or plan))
    there = here(check_account(plan, caller.account, aws.region))
    ruled = check_policy(site, all_of_it, mode, caller.account, aws.region) if site else []
    is_elsewhere = any(map(is_about_the_place, ruled))
    ruled = [each for f in ruled for each in (here([f]) if is_about_the_place(f) else [f])]
    if Report(tuple(there)).blocks or is_elsewhere:
        return Survey(plan, Report((*there, *ruled)), caller, aws.region)
    is_required = not aws.connection.is_loopback
    found = [
        *there,
        *here(check_target_named(plan, caller.account, is_required=is_required)),
        *ruled,
        *(check_commands_there(plan) if whole is not None else ()),
        *check_approvals(plan, store_is_shared=store_is_shared),
        *on_this_machine,
    ]
    found += here(check_credentials(await aws.credentials(), aws.sts.aws_now(), plan))
    simulated = aws.sts.is_simulator is True
    found += check_isolation_said(plan, mode, simulated=simulated)
    _tell(progress, found)
    progress.asks("reading the source servers")
    by_id_alone = all(s.id for _, s in plan.servers()) and not any(w.select for w in plan.waves)
    wanted = [s.id for _, s in plan.servers() if s.id] if by_id_alone else None
    inventory = await aws.drs.source_servers(wanted, which=concerns(plan))
    resolved, unresolved = resolve(plan, inventory)
    unresolved = here(unresolved)
    _tell(progress, unresolved)
    found += unresolved
    found += here(check_fleet(plan, resolved, inventory))
    progress.asks("reading running jobs, recovery instances and launch settings")
    ids = [s.id for _, s in resolved.servers() if s.id]
    pinned = [s.id for wave, s in resolved.servers() if s.id and wave.point_in_time != LATEST]
    facts, rights = await asyncio.gather(
        look(
            aws,
            ids,
            servers=inventory,
            ends=ends,
            points_of=pinned,
            told=_early(resolved, mode, progress, here),
        ),
        rights_to_launch(aws, caller, next(iter(ids), "*")),
    )
    found += here(check_launch(resolved.waves, facts, mode, plan.isolation))
    found += here(say_points(resolved.waves, facts))
    found += here(check_headroom(resolved.waves, facts))
    found += here(check_addresses(resolved.waves, facts))
    progress.asks("counting vCPUs")
    vcpus = await look_at_vcpus(aws, ids, facts)
    found += here(check_vcpus(resolved.waves, facts, vcpus, mode))
    progress.asks("trying what the checks after launch need")
    found += check_probes(resolved)
    found += here(await check_rights(aws, resolved))
    found += here([check_permissions(facts), check_rights_to_launch(rights)])
    windows = tuple(s.id for s in inventory if s.is_windows and s.id in set(ids))
    report = Report(tuple(found))
    return Survey(resolved, report, caller, aws.region, windows, traits_of(facts))


def _tell(progress: Progress, found: Sequence[Finding]) -> None:
    for finding in found:
        if finding.verdict is Verdict.BLOCKS:
            progress.finds(finding)


def _early(
    plan: Plan,
    mode: Mode,
    progress: Progress,
    here: Callable[[Iterable[Finding]], list[Finding]],
) -> Callable[[Part, Facts, Sequence[str]], None]:
    """Tells of each server what stands in the way, by the part that has just been read."""
    places = {server.id: (wave, server) for wave, server in plan.servers()}
    settings_read = 0

    def told(part: Part, facts: Facts, server_ids: Sequence[str]) -> None:
        nonlocal settings_read
        for server_id in server_ids:
            wave, planned = places[server_id]
            seen = check_planned(planned, wave, facts, mode, plan.isolation, parts=(part,))
            _tell(progress, here(seen))
        if part is Part.SETTINGS:
            settings_read += 1
            if settings_read % SETTINGS_A_WORD == 0:
                of_all = f"{settings_read} of {len(facts.servers)}"
                progress.asks(f"has read the launch settings of {of_all} servers")

    return told


async def survey_launch(
    aws: Aws,
    run: Run,
    wave: Wave,
    server_ids: Sequence[str],
    launching: Sequence[Launching] = (),
) -> LaunchSurvey:
    """Look again at the servers of one launch, directly before it.

    `launching` are launches of this process that come before it, and that DRS may not list yet.

    Raises:
        AwsError: something could not be asked, so that nothing is known.
    """
    networks = run.mode is Mode.DRILL and run.plan.isolation.is_said
    facts = await look(
        aws,
        server_ids,
        own_jobs=frozenset(run.jobs),
        ends=run.ends,
        launching=launching,
        networks=networks,
        points_of=server_ids if wave.point_in_time != LATEST else (),
    )
    launched = [s for s in wave.servers if s.id in set(server_ids)]
    part = Wave(
        wave.name,
        tuple(launched),
        max_lag_seconds=wave.max_lag_seconds,
        point_in_time=wave.point_in_time,
    )
    facts = replace(facts, held_points=_held_points(run, wave, server_ids))
    found = [
        *check_launch([part], facts, run.mode, run.plan.isolation),
        *check_sizes([part], facts),
        *(check_addresses([part], facts) if networks else ()),
    ]
    if run.several:
        found = located(found, run.target_of(wave.name).words, {wave.name})
    lags = {s.id: s.lag_ms for s in facts.servers.values() if s.lag_ms is not None}
    clears = any(not unread.is_denied for unread in facts.unread)
    lacking = shortage(len(launched), facts)
    points = choose_points(part, facts).points
    return LaunchSurvey(Report(tuple(found)), lags, clears, lacking, points)


def _held_points(run: Run, wave: Wave, server_ids: Sequence[str]) -> dict[str, PointInTime]:
    """What the rest of a wave is launched from, where all of it has to be of one moment."""
    if wave.point_in_time != COMMON:
        return {}
    rest = (server for server in run.of_wave(wave.name) if server.id not in server_ids)
    return {
        server.id: server.point
        for server in rest
        if server.point is not None and server.result is ServerResult.LAUNCHED
    }
