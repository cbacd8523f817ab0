"""A plan in plain lines, for terminals and pipes."""

from __future__ import annotations

from collections.abc import Iterator

from drs_tui.model.launch_checks import Check, check_words, is_per_wave
from drs_tui.model.plan import (
    CommandStep,
    Gate,
    Impact,
    ManualStep,
    Overdue,
    Plan,
    PlanServer,
    SsmStep,
    Step,
    Target,
    Wave,
)
from drs_tui.model.points import rule_words
from drs_tui.model.steps import title_of
from drs_tui.model.verification import implies_status


def describe_plan(plan: Plan) -> list[str]:
    """The plan as lines of text: what it acts on, then each wave with all that belongs to it."""
    lines = [plan.name if plan.title in {"", plan.name} else f"{plan.name}: {plan.title}"]
    if target := _target(plan.target):
        lines.append(f"  target: {target}")
    objectives = {"RTO": plan.rto_seconds, "RPO": plan.rpo_seconds}
    if stated := [f"{name} {duration(s)}" for name, s in objectives.items() if s is not None]:
        lines.append(f"  objectives: {', '.join(stated)}")
    isolation = plan.isolation
    if networks := (*isolation.vpcs, *isolation.subnets, *isolation.security_groups):
        lines.append(f"  drill instances only in: {', '.join(networks)}")
    if isolation.waived:
        lines.append(f"  drill instances anywhere, as isolation is waived: {isolation.waived}")
    for number, wave in enumerate(plan.waves, start=1):
        lines.append(f"  wave {number}: {wave.name}, {_order(wave)}")
        lines += (f"    {line}" for line in _wave(wave))
    return lines


def duration(seconds: int) -> str:
    """Seconds as plan files write them, such as 1h30m."""
    hours, rest = divmod(seconds, 3600)
    parts = {"h": hours, "m": rest // 60, "s": rest % 60}
    return "".join(f"{count}{unit}" for unit, count in parts.items() if count) or "0s"


def _target(target: Target) -> str:
    members = {
        "account": target.account,
        "Region": target.region,
        "profile": target.profile,
        "role": target.role_arn,
    }
    return ", ".join(f"{name} {value}" for name, value in members.items() if value)


def _order(wave: Wave) -> str:
    return f"after {', '.join(wave.after)}" if wave.after else "at once"


def _wave(wave: Wave) -> Iterator[str]:
    if wave.target:
        yield f"target: {_target(wave.target)}"
    if wave.gate:
        yield f"gate: {_gate(wave.gate)}"
    for step in wave.before:
        yield f"before: {_step(step)}"
    for step in wave.afterwards:
        yield f"afterwards: {_step(step)}"
    for server in wave.servers:
        yield f"server {_server(server)}"
    if wave.select:
        tags = ", ".join(f"{key}={value}" for key, value in wave.select.tags.items())
        yield f"servers with the tags {tags}{_impact(wave.select.impact)}"
    yield f"point in time: {rule_words(wave.point_in_time)}"
    yield f"checks: {', '.join(_checks(wave)) or 'none, launched is not verified'}"
    timeout = "60m, with Windows servers 2h"
    if wave.timeout_seconds is not None:
        timeout = duration(wave.timeout_seconds)
    yield (
        f"time-out {timeout}, lag up to {duration(wave.max_lag_seconds)}, "
        f"on failure {wave.on_failure}"
    )


def _server(server: PlanServer) -> str:
    named = f"{server.name} ({server.id})" if server.id and server.name else server.id
    into = f", launched into {server.launch_into}" if server.launch_into else ""
    return f"{named or server.name}{_impact(server.impact)}{into}"


def _impact(impact: Impact) -> str:
    return ", optional" if impact is Impact.OPTIONAL else ""


def _gate(gate: Gate) -> str:
    asks = [f"{gate.approvals} approvals"] if gate.approvals > 1 else []
    if gate.excludes_starter:
        asks.append("not by who started the run")
    if gate.within_seconds is not None:
        then = ", then the run stops" if gate.then is Overdue.STOP else ""
        asks.append(f"within {duration(gate.within_seconds)}{then}")
    return f"{gate.prompt} ({', '.join(asks)})" if asks else gate.prompt


def _step(step: Step) -> str:
    match step:
        case ManualStep():
            return f"by hand: {title_of(step)}"
        case CommandStep():
            return f"run {title_of(step)} ({_limits(step)}{', with AWS_*' * step.aws})"
        case SsmStep():
            return f"SSM document {step.document} ({_limits(step)})"


def _limits(step: CommandStep | SsmStep) -> str:
    policy = f"; on failure {step.on_failure}"
    return f"{', '.join(step.modes)}; up to {duration(step.timeout_seconds)}{policy}"


def _checks(wave: Wave) -> Iterator[str]:
    if implies_status(wave):
        yield "EC2 status of every critical server"
    yield from map(_check, wave.checks or ())


def _check(check: Check) -> str:
    each = ", one server is enough" if is_per_wave(check) else ""
    within = check.within_seconds
    return f"{check_words(check)}{each}{f' within {duration(within)}' if within else ''}"
