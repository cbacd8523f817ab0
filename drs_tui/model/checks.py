"""What makes a server, a wave, a plan ready."""

from __future__ import annotations

from collections.abc import Sequence

from drs_tui.model.observed import SourceServer
from drs_tui.model.plan import MAX_SERVERS_PER_WAVE, Impact, ManualStep, Mode, Plan, Wave
from drs_tui.model.readiness import Facts, Finding, Verdict
from drs_tui.model.times import format_duration

GREEN_STATES = frozenset({"CONTINUOUS"})
AMBER_STATES = frozenset({"BACKLOG", "CREATING_SNAPSHOT", "RESCAN", "PAUSED", "STALLED"})
"""Replication states from which DRS can launch, though from older data (DRS user guide)."""

CONCURRENT_JOBS = 20
SERVERS_IN_ALL_JOBS = 500
"""DRS quotas per account and Region, as documented."""


def check_servers(waves: Sequence[Wave], facts: Facts, mode: Mode) -> list[Finding]:
    """Check every server of some waves of a resolved plan; one finding a server if all is well."""
    found: list[Finding] = []
    for wave in waves:
        for planned in wave.servers:
            trouble = _server_findings(planned.id or "", planned.name or "", wave, facts, mode)
            name = planned.name or planned.id or ""
            if planned.impact is Impact.OPTIONAL:
                trouble = [_left_out(finding) for finding in trouble]
            found += trouble or [_ready(name, facts.servers[planned.id or ""])]
    return found


def _left_out(finding: Finding) -> Finding:
    """DRS refuses a whole call for one bad server, so an optional one blocks as well."""
    if finding.verdict is not Verdict.BLOCKS:
        return finding
    remedy = f"{finding.remedy}; the server is optional: take it out of the plan"
    return Finding(finding.verdict, finding.check, finding.thing, finding.reason, remedy)


def _ready(name: str, server: SourceServer) -> Finding:
    lag = "unknown" if server.lag_ms is None else format_duration(server.lag_ms / 1000)
    return Finding(
        Verdict.PASSES, "server", name, f"{server.replication_state}, replication lag {lag}"
    )


def _server_findings(
    server_id: str, name: str, wave: Wave, facts: Facts, mode: Mode
) -> list[Finding]:
    server = facts.servers.get(server_id)
    if server is None:
        return [
            Finding(
                Verdict.BLOCKS,
                "server",
                name or server_id,
                "DRS does not know this source server in this account and Region",
                "compare the plan with `drs-tui servers`",
            )
        ]
    name = name or server.name
    found = [
        *_replication(server, name),
        *_lag(server, name, wave),
        *_direction(server, name),
        *_busy(server, name, facts),
        *_live_recovery(server, name, facts, mode),
    ]
    if server.extension_error:
        found.append(
            Finding(
                Verdict.BLOCKS,
                "extension",
                name,
                f"extended from a staging account, which reports: {server.extension_error}",
                "mend the extension in the staging account",
            )
        )
    return found


def _replication(server: SourceServer, name: str) -> list[Finding]:
    state = server.replication_state
    if state in GREEN_STATES:
        return []
    error = f" ({server.replication_error})" if server.replication_error else ""
    if state in AMBER_STATES:
        return [
            Finding(
                Verdict.WARNS,
                "replication",
                name,
                f"replication is {state}{error}: what launches is older data",
                "mend replication, or acknowledge that older data will do",
            )
        ]
    if not state:
        return [
            Finding(
                Verdict.UNKNOWN,
                "replication",
                name,
                "DRS did not say how its replication stands",
                "look at the server in the DRS console",
            )
        ]
    return [
        Finding(
            Verdict.BLOCKS,
            "replication",
            name,
            f"replication is {state}{error}: there is nothing consistent to launch from",
            "wait for CONTINUOUS, or mend the replication agent",
        )
    ]


def _lag(server: SourceServer, name: str, wave: Wave) -> list[Finding]:
    limit = wave.max_lag_seconds
    if server.lag_ms is None:
        if server.replication_state not in GREEN_STATES:
            return []
        return [
            Finding(
                Verdict.UNKNOWN,
                "lag",
                name,
                "DRS did not say how old its newest data is",
                "look at the server in the DRS console",
            )
        ]
    if server.lag_ms <= limit * 1000:
        return []
    lag = format_duration(server.lag_ms / 1000)
    return [
        Finding(
            Verdict.WARNS,
            "lag",
            name,
            f"its data is {lag} old, above the plan's limit of {format_duration(limit)}",
            "wait for replication to catch up, or acknowledge it",
        )
    ]


def _direction(server: SourceServer, name: str) -> list[Finding]:
    if server.replication_direction != "FAILBACK":
        return []
    return [
        Finding(
            Verdict.BLOCKS,
            "direction",
            name,
            "it replicates in the FAILBACK direction: a launch would harm a recovery under way",
            "finish or stop the failback first",
        )
    ]


def _busy(server: SourceServer, name: str, facts: Facts) -> list[Finding]:
    return [
        Finding(
            Verdict.BLOCKS,
            "busy",
            name,
            f"it is in job {job.id} ({job.type or 'unknown type'}, {job.status})",
            "wait for that job to end, and find out whose it is",
        )
        for job in facts.jobs
        if not job.is_ended and any(s.server_id == server.id for s in job.servers)
    ]


def _live_recovery(server: SourceServer, name: str, facts: Facts, mode: Mode) -> list[Finding]:
    """A launch cleans up earlier recovery instances, so a live recovery must not be there."""
    found = []
    mine = [i for i in facts.instances if i.server_id == server.id]
    for instance in mine:
        if instance.is_drill is True:
            continue
        found.append(
            Finding(
                Verdict.BLOCKS,
                "live recovery",
                name,
                f"{instance.ec2_instance_id or instance.id} is a recovery instance of this server "
                f"and not known to be a drill's: a {mode.value} would terminate it",
                "finish that recovery (failback, then disconnect) before you launch this server",
            )
        )
    its_own = server.last_launch_job in facts.own_jobs
    if not mine and server.last_launch_type == "RECOVERY" and not its_own:
        found.append(
            Finding(
                Verdict.BLOCKS,
                "live recovery",
                name,
                "its last launch was a real recovery, and DRS no longer lists the instance: "
                f"a {mode.value} would terminate it all the same",
                "make sure in EC2 that the recovery's instance is gone, then drill it by hand once",
            )
        )
    found += [
        Finding(
            Verdict.WARNS,
            "earlier drill",
            name,
            f"the drill instance {instance.ec2_instance_id or instance.id} still runs, "
            "and this launch terminates it",
            "clean up the earlier drill, or acknowledge that it ends here",
        )
        for instance in mine
        if instance.is_drill is True and instance.job_id not in facts.own_jobs
    ]
    return found


def check_headroom(waves: Sequence[Wave], facts: Facts) -> list[Finding]:
    """Check the DRS quotas for launching `waves` now, one job each."""
    running = [job for job in facts.jobs if not job.is_ended]
    found = [
        Finding(
            Verdict.BLOCKS,
            "quota",
            wave.name,
            f"{len(wave.servers)} servers, and DRS takes {MAX_SERVERS_PER_WAVE} in one job",
            "split the wave",
        )
        for wave in waves
        if len(wave.servers) > MAX_SERVERS_PER_WAVE
    ]
    jobs_left = CONCURRENT_JOBS - len(running)
    if jobs_left < 1:
        found.append(
            Finding(
                Verdict.BLOCKS,
                "quota",
                "jobs",
                f"{len(running)} jobs are running, and DRS runs {CONCURRENT_JOBS} at once",
                "wait for a job to end",
            )
        )
    busy = sum(len(job.servers) for job in running)
    largest = max((len(wave.servers) for wave in waves), default=0)
    if busy + largest > SERVERS_IN_ALL_JOBS:
        found.append(
            Finding(
                Verdict.BLOCKS,
                "quota",
                "servers in jobs",
                f"{busy} servers are in jobs and {largest} would join them; "
                f"DRS takes {SERVERS_IN_ALL_JOBS}",
                "wait for a job to end",
            )
        )
    if not found:
        found.append(
            Finding(
                Verdict.PASSES,
                "quota",
                "jobs",
                f"{jobs_left} of {CONCURRENT_JOBS} jobs and "
                f"{SERVERS_IN_ALL_JOBS - busy} of {SERVERS_IN_ALL_JOBS} servers in jobs are free",
            )
        )
    return found


def check_support(plan: Plan) -> list[Finding]:
    """Name what a plan asks for and this version does not do; nothing is skipped silently."""
    found = []

    def refuse(wave: Wave, what: str) -> None:
        found.append(
            Finding(
                Verdict.BLOCKS,
                "support",
                wave.name,
                f"the plan asks for {what}, which this version cannot do",
                "take it out of the plan",
            )
        )

    for wave in plan.waves:
        if wave.target is not None and wave.target != plan.target:
            refuse(wave, "a target of its own for this wave")
        if wave.point_in_time != "latest":
            refuse(wave, f"point_in_time {wave.point_in_time}")
        for step in wave.before:
            if not isinstance(step, ManualStep):
                refuse(wave, "a command or an SSM document before the wave")
    if plan.isolation.vpcs or plan.isolation.subnets or plan.isolation.security_groups:
        found.append(
            Finding(
                Verdict.UNKNOWN,
                "isolation",
                "launch settings",
                "the plan names networks for drill instances, and this version does not check them",
                "look at the launch templates yourself, then acknowledge",
            )
        )
    return found


def check_approvals(plan: Plan, *, store_is_shared: bool) -> list[Finding]:
    """Name the gates that nobody could pass, as those who have to can't reach the audit store."""
    return [
        Finding(
            Verdict.BLOCKS,
            "approvals",
            wave.name,
            "its gate needs somebody beside the operator, and nobody else can reach an audit "
            "store on this machine",
            "name a DynamoDB store with --store, or let the gate be passed by one person",
        )
        for wave in plan.waves
        if wave.gate is not None and wave.gate.needs_others and not store_is_shared
    ]


def check_account(plan: Plan, account: str, region: str) -> list[Finding]:
    """Compare the plan's target with the credentials' account and the Region in use."""
    found = []
    if plan.target.account and plan.target.account != account:
        found.append(
            Finding(
                Verdict.BLOCKS,
                "account",
                account,
                f"the credentials are for account {account}, the plan for {plan.target.account}",
                "choose another profile, or mend target.account",
            )
        )
    if plan.target.region and plan.target.region != region:
        found.append(
            Finding(
                Verdict.BLOCKS,
                "region",
                region,
                f"the Region is {region}, the plan's {plan.target.region}",
                "leave --region out, or mend target.region",
            )
        )
    if not found:
        found.append(
            Finding(Verdict.PASSES, "account", account or "unknown", f"account and Region {region}")
        )
    return found
