"""`drs-tui preflight` and `drs-tui servers`: what AWS says before a run."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, replace

from drs_tui.audit.last_success import differences_since
from drs_tui.audit.store import StoreError
from drs_tui.aws.connection import Aws, Connection, connection_to, connections_to
from drs_tui.aws.survey import Survey
from drs_tui.aws.survey_places import survey_places
from drs_tui.cli.asynchronous import run_async
from drs_tui.cli.plan import plan_at
from drs_tui.cli.say import Column, can_ask, say, table, tell, tell_json
from drs_tui.cli.stores import NoStoreYet, opened
from drs_tui.clock import SystemClock
from drs_tui.config import Settings
from drs_tui.model.differences import difference_findings, unknown_differences
from drs_tui.model.endpoints import all_of
from drs_tui.model.exit_codes import BLOCKED, SUCCEEDED
from drs_tui.model.observed import SourceServer
from drs_tui.model.plan import Mode, Plan, Target
from drs_tui.model.readiness import Finding, Progress, Report, Verdict, by_severity
from drs_tui.model.times import format_duration, format_time
from drs_tui.plans.programs import check_commands
from drs_tui.policy.file import site


def preflight(settings: Settings, reference: str, *, as_json: bool) -> int:
    """Hold a plan against what AWS says; 3 if something stands in the way."""
    _, plan = plan_at(settings, reference)
    return run_async(_preflight(settings, plan, as_json))


async def _preflight(settings: Settings, plan: Plan, as_json: bool) -> int:
    async with AsyncExitStack() as stack:
        places = {
            target: await stack.enter_async_context(Aws(connection))
            for target, connection in connections_to(plan, settings.reach).items()
        }
        shared = settings.store_is_shared
        rules = site(settings.store, SystemClock().now())
        local = check_commands(plan, Mode.DRILL, settings.commands_forbidden)
        found = await survey_places(
            places,
            plan,
            progress=_progress(),
            store_is_shared=shared,
            site=rules,
            on_this_machine=local,
        )
        called = [await aws.endpoints(settings.vpc_hosts) for aws in places.values()]
    endpoints = all_of(called)
    changes = await _changes(settings, found, evidence=endpoints.is_evidence)
    found = replace(found, report=Report((*changes, *found.report.findings)))
    if as_json:
        evidence = endpoints.is_evidence
        for finding in found.report.findings:
            tell_json({**finding.to_data(), "key": finding.key, "evidence": evidence})
    else:
        _show_report(found, endpoints.stamp)
    return BLOCKED if found.report.verdict is Verdict.BLOCKS else SUCCEEDED


async def _changes(settings: Settings, found: Survey, *, evidence: bool) -> list[Finding]:
    """What is different since the plan's last successful drill."""
    plan, caller = found.plan, found.caller
    try:
        async with opened(settings) as store:
            since = await differences_since(
                store, plan, found.traits, caller.account, found.region, evidence=evidence
            )
    except NoStoreYet:
        since = None
    except StoreError as error:
        return [unknown_differences(plan, str(error))]
    return difference_findings(plan, since)


def _progress() -> Progress:
    """Progress for people, what blocks as soon as it is known; in a pipe the report is enough."""
    if not can_ask():
        return Progress()
    return Progress(
        asks=lambda words: say(f"{words} …"),
        finds=lambda finding: say(f"blocks: {finding.thing}: {finding.reason}"),
    )


def _show_report(found: Survey, stamp: str) -> None:
    report = found.report
    where = f"account {found.caller.account}, {found.region}, as {found.caller.arn}"
    tell(f"{found.plan.name}: {where}")
    for place in found.places[1:]:
        waves = ", ".join(
            w.name for w in found.plan.waves if found.plan.target_of(w) == place.target
        )
        tell(f"{waves}: account {place.account}, {place.region}, as {place.arn}")
    if stamp:
        tell(stamp)
    tell()
    for line in finding_lines(report.findings):
        tell(line)
    tell()
    blocks, warnings = len(report.blocks), len(report.warnings)
    if blocks:
        tell(f"BLOCKED: {blocks} of {len(report.findings)} checks stand in the way of a run.")
    elif warnings:
        tell(f"Ready, with {warnings} of {len(report.findings)} checks to be acknowledged.")
    else:
        tell(f"Ready: all {len(report.findings)} checks pass.")


def finding_lines(findings: Sequence[Finding]) -> list[str]:
    """Findings, the worst first, each with what to do about it."""
    wide = max((len(finding.thing) for finding in findings), default=0)
    lines = []
    for finding in by_severity(findings):
        where = f"{finding.verdict.value:<8}{finding.check:<14}{finding.thing:<{wide}}"
        lines.append(f"{where}  {finding.reason}")
        if finding.remedy and finding.verdict is not Verdict.PASSES:
            lines.append(f"{'':<8}what to do:   {finding.remedy}")
    return lines


# servers ----------------------------------------------------------------------------------------

_COLUMNS = (
    Column("Server", shrinks=True),
    Column("Source server"),
    Column("Replication"),
    Column("Lag", right=True),
    Column("Last launch"),
)


def servers(settings: Settings, reference: str | None, *, as_json: bool) -> int:
    """List the source servers of the account and Region, or of each where a plan acts."""
    connections = [connection_to(Target(), settings.reach)]
    if reference is not None:
        _, plan = plan_at(settings, reference)
        connections = [*connections_to(plan, settings.reach).values()]
    return run_async(_servers(settings, connections, as_json))


async def _servers(settings: Settings, connections: Sequence[Connection], as_json: bool) -> int:
    places, called = [], []
    for connection in connections:
        async with Aws(connection) as aws:
            found = await aws.drs.source_servers()
            found.sort(key=lambda server: (server.name, server.id))
            account = (await aws.sts.caller_identity()).account if len(connections) > 1 else ""
            places.append((account, aws.region, found))
            called.append(await aws.endpoints(settings.vpc_hosts))
    endpoints = all_of(called)
    if as_json:
        for account, region, found in places:
            where = {"account": account, "region": region} if account else {}
            for server in found:
                data = _server_to_data(server)
                tell_json({**data, **where, "evidence": endpoints.is_evidence})
        return SUCCEEDED
    for account, region, found in places:
        if account:
            tell(f"account {account}, {region}:")
        if found:
            for line in table(_COLUMNS, [_server_cells(server) for server in found]):
                tell(line)
        else:
            say(f"DRS replicates no source server in {region}; name another Region with --region")
    if endpoints.stamp and any(found for _, _, found in places):
        tell(endpoints.stamp)
    return SUCCEEDED


def _server_cells(server: SourceServer) -> tuple[str, ...]:
    lag = "not said" if server.lag_ms is None else format_duration(server.lag_ms / 1000)
    state = server.replication_state or "not said"
    return (server.name, server.id, state, lag, _last_launch(server))


def _last_launch(server: SourceServer) -> str:
    if server.last_launch_at is None:
        return server.last_launch_result.lower().replace("_", " ") or "never"
    kind = server.last_launch_type
    day = f"{server.last_launch_at:%Y-%m-%d}"
    # A recovery stands out: its instance may be live.
    return f"{kind.lower() if kind == 'DRILL' else kind} {day}".strip()


def _server_to_data(server: SourceServer) -> dict[str, object]:
    data = asdict(server)
    del data["raw"]
    at = server.last_launch_at
    return {**data, "last_launch_at": format_time(at) if at else None}
