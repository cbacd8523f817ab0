"""What became of a run, on a page for people and as one JSON object."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from drs_tui.cli.check_news import (
    check_to_data,
    failure_words_of_checks,
    result_words,
    verification_of,
)
from drs_tui.cli.news import failure_words, outcome_words
from drs_tui.cli.result import result_to_data, time_facts, wave_facts
from drs_tui.cli.say import Column, table
from drs_tui.cli.step_news import step_lines, step_to_data
from drs_tui.model.data_loss import data_of, lost_ms, wave_data_words
from drs_tui.model.exit_codes import exit_code
from drs_tui.model.expectation.estimates import estimates, minutes_left
from drs_tui.model.expectation.eta import Estimate
from drs_tui.model.keeping import Prices, due_at, hours_of, usage
from drs_tui.model.outcome import objective_words
from drs_tui.model.plan import Mode
from drs_tui.model.result import Reached, reached_by_waves
from drs_tui.model.seals import failed, made
from drs_tui.model.state.launches import InstanceState
from drs_tui.model.state.run import Run
from drs_tui.model.state.servers import ServerState
from drs_tui.model.state.waves import Held, WaveState
from drs_tui.model.status import CleanupStatus, ServerResult
from drs_tui.model.times import clock_time, day_time, format_duration, format_time

_SERVER_COLUMNS = (
    Column("Wave", shrinks=True),
    Column("Server", shrinks=True),
    Column("Source server"),
    Column("Result"),
    Column("Instance"),
)


def summary(run: Run, now: datetime, prices: Prices | None = None) -> Iterator[str]:
    """The page; `now` is the run's drill time, and `prices` are what the user says they are."""
    title = f": {run.plan.title}" if run.plan.title not in ("", run.plan.name) else ""
    yield f"{run.plan.name}{title}"
    if run.stamp:
        yield run.stamp
    for name, value in _facts(run, now, prices):
        if value:
            yield f"  {name:<11}{value}"
    yield ""
    yield from table(
        _SERVER_COLUMNS,
        [
            _server_cells(run, wave, server)
            for wave in run.waves.values()
            for server in _of(run, wave)
        ],
    )
    yield ""
    reached = wave_facts(run)
    for wave in run.waves.values():
        yield f"wave {wave.name}: {_wave_words(run, wave)}"
        if wave.name in reached:
            yield f"  {reached[wave.name]}"
        if data := wave_data_words(run, wave.name):
            yield f"  launched from {data}"
    yield from step_lines(run)
    yield from _failures(run)
    yield from failure_words_of_checks(run)


def _facts(run: Run, now: datetime, prices: Prices | None) -> Iterator[tuple[str, str]]:
    yield "run", run.run_id
    yield "kind", _kind(run)
    endpoint = f", at {run.endpoint_url}" if run.endpoint_url else ""
    for target in run.targets:
        waves = f": {', '.join(target.waves)}" if run.several else ""
        yield "target", f"account {target.account}, {target.region}{endpoint}{waves}"
    started = run.created_at
    yield "started", f"{started:%Y-%m-%d %H:%M:%SZ} by {run.started_by}" if started else ""
    yield "reason", run.reason
    yield "change", run.change
    yield "policy", f"SHA-256 {run.policy}" if run.policy else ""
    yield "compared", f"with {run.compared_with}" if run.compared_with else ""
    yield from (("changed", words) for words in run.differences)
    yield "outcome", outcome_words(run) if run.status.is_final else _standing(run, now)
    yield "expected", _expected_words(run, now)
    yield "RTO", _objective(run.rto_ms, run.plan.rto_seconds)
    yield "RPO", _objective(run.rpo_ms, run.plan.rpo_seconds)
    yield "objectives", objective_words(run) or run.objectives.value
    yield from time_facts(run, now)
    yield "instances", _instances(run, now)
    if prices is not None and run.instances:
        used = [(each.type, hours_of(each, now)) for each in run.instances.values()]
        yield "cost", f"{prices.words(used)}: of the instances alone"
    yield "clean-up", _cleanup(run)
    yield from (("imported", f"from {i.store or 'a file'} by {i.actor}") for i in run.imports)
    yield "sealed", _sealed(run)
    yield "events", f"{run.seq}, the last with hash {run.head_hash}"


def _kind(run: Run) -> str:
    kind = "REAL RECOVERY" if run.mode is Mode.RECOVERY else run.mode.value
    if not run.simulated:
        return kind
    times = f", {run.speed_percent / 100:g} times as fast" if run.speed_percent != 100 else ""
    return f"simulated {kind}{times}"


def _standing(run: Run, now: datetime) -> str:
    elapsed = f", for {format_duration(run.elapsed_seconds(now))}"
    wanted = "; ".join(f"wave {w.wave}: {w.words}" for w in run.wanted)
    return f"{run.status.value}{elapsed}{f' ({wanted})' if wanted else ''}"


def _expected_words(run: Run, now: datetime) -> str:
    """When its last launch will have ended, if nobody is waited for."""
    expected = estimates(run, now)
    if expected.run is None:
        return ""
    slow = ", slower than usual" if expected.is_slow else ""
    return (
        f"{minutes_left(expected.run, now)} to go, launched by "
        f"{expected.run.done_at:%H:%M}Z at the likeliest{slow}"
    )


def _objective(reached_ms: int | None, limit_seconds: int | None) -> str:
    if reached_ms is None and limit_seconds is None:
        return ""
    reached = "not known yet" if reached_ms is None else format_duration(reached_ms / 1000)
    allowed = "" if limit_seconds is None else f", {format_duration(limit_seconds)} allowed"
    return f"{reached}{allowed}"


def _cleanup(run: Run) -> str:
    cleanup = run.cleanup
    words = f": {cleanup.words}" if cleanup.words else ""
    left = f", left: {', '.join(cleanup.remaining)}" if cleanup.remaining else ""
    if cleanup.status is CleanupStatus.DUE and not run.imports:
        due = due_at(run)
        at = f" at {day_time(due)}" if due is not None and run.keep_for_seconds else ""
        words = f"{at}, with: drs-tui cleanup {run.run_id}"
    return f"{cleanup.status.value}{words}{left}"


def _instances(run: Run, now: datetime) -> str:
    """What it left running by its record, and what all of it adds up to."""
    if not run.instances:
        return ""
    total, used = len(run.instances), usage(run.instances.values(), now)
    hours = f"{used.hours:.1f} instance-hours"
    if not used.left:
        return f"all {total} gone, {hours}"
    since = f" since {day_time(used.since)}" if used.since is not None else ""
    return f"{used.left} of {total} running{since}, {hours} so far"


def _sealed(run: Run) -> str:
    """Up to where something outside vouches for the record, and what failed since."""
    words = [f"up to event {s.statement.seq} by {s.kind} {s.where}" for s in made(run.seals)]
    words += [f"FAILED by {s.kind} {s.where}: {s.words}" for s in failed(run.seals)]
    return "; ".join(words)


def _of(run: Run, wave: WaveState) -> tuple[ServerState, ...]:
    return run.of_wave(wave.name)


def _server_cells(run: Run, wave: WaveState, server: ServerState) -> tuple[str, ...]:
    result = server.result.value
    if server.result is ServerResult.OPEN:
        # Of a wave that was skipped or cancelled, its servers were too.
        result = wave.status.value if wave.status.is_final else server.shown_phase.value
    return (
        wave.name,
        server.name,
        server.id,
        result_words(run, server, result),
        server.instance_id,
    )


def _wave_words(run: Run, wave: WaveState) -> str:
    servers = _of(run, wave)
    launched = sum(server.result is ServerResult.LAUNCHED for server in servers)
    took = ""
    if wave.started_at and wave.finished_at:
        took = f" in {format_duration((wave.finished_at - wave.started_at).total_seconds())}"
    job = f", job {wave.job_id}" if wave.job_id else ""
    if wave.held is not None:
        job = f", held back since {clock_time(wave.held.since)}: {wave.held.words}"
    return f"{wave.status.value}{took}, {launched} of {len(servers)} servers launched{job}"


def _failures(run: Run) -> Iterator[str]:
    for server in run.servers.values():
        if server.result.is_failure:
            words = failure_words(server) or "AWS did not say why"
            yield f"{server.name} {server.result.value}: {words}"


# As data ----------------------------------------------------------------------------------------


def run_to_data(run: Run, now: datetime) -> dict[str, object]:
    """The run as one JSON object; times in UTC, durations in milliseconds.

    `now` is the run's drill time.
    """
    reached = {each.wave: each for each in reached_by_waves(run)}
    expected = estimates(run, now)
    return {
        "run_id": run.run_id,
        "plan": run.plan.name,
        "title": run.plan.title,
        "mode": run.mode.value,
        "simulated": run.simulated,
        "evidence": run.is_evidence,
        "account": run.account,
        "region": run.region,
        "targets": [target.to_data() for target in run.targets],
        "endpoint_url": run.endpoint_url,
        "service_urls": dict(run.service_urls),
        "custom_endpoints": list(run.custom_endpoints),
        "started_at": _time(run.created_at),
        "started_by": run.started_by,
        "finished_at": _time(run.finished_at),
        "reason": run.reason,
        "change": run.change,
        "policy_sha256": run.policy,
        "compared_with": run.compared_with,
        "differences": list(run.differences),
        "status": run.status.value,
        "objectives": run.objectives.value,
        "objectives_policy": run.plan.objectives.value,
        "rto_ms": run.rto_ms,
        "rpo_ms": run.rpo_ms,
        **result_to_data(run),
        "cleanup": run.cleanup.status.value,
        "cleanup_words": run.cleanup.words,
        "instances_left": list(run.cleanup.remaining),
        "instances": [_instance_to_data(each) for each in run.instances.values()],
        "volumes_left": list(run.cleanup.volumes),
        "refused": [
            {"instance": r.instance_id, "server": r.server_id, "why": r.why, "remedy": r.remedy}
            for r in run.cleanup.refused
        ],
        "wanted": [
            {"kind": w.kind.value, "wave": w.wave, "seq": w.seq, "words": w.words}
            for w in run.wanted
        ],
        "expected": _estimate_to_data(expected.run),
        "waves": [
            {
                **_wave_to_data(wave, reached.get(wave.name)),
                "expected": _estimate_to_data(expected.waves.get(wave.name)),
            }
            for wave in run.waves.values()
        ],
        "servers": [
            {
                **_server_to_data(run, server),
                "expected": _estimate_to_data(expected.servers.get(server.id)),
            }
            for server in run.servers.values()
        ],
        "seq": run.seq,
        "head_hash": run.head_hash,
        "sealed_seq": max((s.statement.seq for s in run.seals if s.ok), default=0),
        "imported_from": [imported.store for imported in run.imports],
        "exit_code": exit_code(run),
    }


def _wave_to_data(wave: WaveState, reached: Reached | None) -> dict[str, object]:
    return {
        "name": wave.name,
        "status": wave.status.value,
        "attempt": wave.attempt,
        "job_id": wave.job_id,
        "started_at": _time(wave.started_at),
        "finished_at": _time(wave.finished_at),
        "held": None if wave.held is None else _held_to_data(wave.held),
        "rto_ms": reached.rto_ms if reached else None,
        "rpo_ms": reached.rpo_ms if reached else None,
        "steps": [step_to_data(end) for end in wave.steps],
        "checks": [check_to_data(check) for check in wave.checks],
    }


def _estimate_to_data(estimate: Estimate | None) -> dict[str, object] | None:
    """When it is done, probably; None where nothing is expected."""
    if estimate is None:
        return None
    return {
        "done_at": _time(estimate.done_at),
        "earliest": _time(estimate.earliest),
        "latest": _time(estimate.latest),
        "progress_percent": int(estimate.progress * 100),
        "slower_than_usual": estimate.is_slow,
    }


def _held_to_data(held: Held) -> dict[str, object]:
    return {"quota": held.quota, "words": held.words, "since": _time(held.since)}


def _instance_to_data(instance: InstanceState) -> dict[str, object]:
    return {
        "id": instance.id,
        "ec2_instance": instance.machine_id,
        "server": instance.server_id,
        "state": instance.state,
        "since": _time(instance.since),
        "gone_at": _time(instance.gone_at),
    }


def _server_to_data(run: Run, server: ServerState) -> dict[str, object]:
    return {
        "id": server.id,
        "name": server.name,
        "wave": server.wave,
        "impact": server.impact.value,
        "result": server.result.value,
        "launch_status": server.launch_status,
        "phase": server.shown_phase.value,
        "job_id": server.job_id,
        "instance_id": server.instance_id,
        "point_in_time": server.point.id if server.point else None,
        "data_of": _time(data_of(run, server)),
        "older_data": server.previous_snapshot,
        "rpo_ms": lost_ms(run, server),
        "error": server.error,
        "verification": verification_of(run, server),
        "checks": [check_to_data(check) for check in server.checks],
    }


def _time(moment: datetime | None) -> str | None:
    return format_time(moment) if moment else None
