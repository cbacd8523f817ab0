"""Waves side by side, held back by DRS's quotas instead of failing on them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from drs_tui.model.events import Event
from drs_tui.model.run import fold
from drs_tui.model.status import RunStatus, WaveStatus
from drs_tui.model.times import parse_time

from .drills import calls, plan_path, settings_in, started, stored_events

SIZES = (*[3] * 10, *[1] * 20)
"""Ten jobs of three servers and ten of one are all that the account may have."""

SCENARIO = """\
summary: twenty jobs at once, and forty servers in them
fleet: [{name: "shop-{n:02}", count: 50, tags: {Application: shops}}]
quotas: {concurrent_jobs: 20, servers_in_all_jobs: 40}
timings: {linux: {launch: 30m}}
"""


def wide_plan(folder: Path) -> Path:
    """A plan of 30 waves of which none waits for another."""
    names = iter([f"shop-{n:02}" for n in range(1, sum(SIZES) + 1)])
    lines = ["name: wide", "waves:"]
    for number, size in enumerate(SIZES):
        servers = ", ".join(next(names) for _ in range(size))
        lines.append(f"  - {{name: w{number:02}, after: [], checks: [], servers: [{servers}]}}")
    path = folder / "wide.yaml"
    path.write_text("\n".join(lines) + "\n")
    return path


def jobs_at_once(folder: Path, events: list[Event]) -> tuple[int, int]:
    """How many jobs ran at most, and servers in them, by DRS's own clock."""
    changes = []
    sizes = {}
    for call in calls(folder, "StartRecovery"):
        if call["job_id"]:
            sizes[call["job_id"]] = len(call["body"]["sourceServers"])
            changes.append((parse_time(call["at"]), 1, sizes[call["job_id"]]))
    for event in events:
        item: Any = event.data.get("item")
        if event.type == "job.logged" and item["event"] == "JOB_END":
            ended = parse_time(item["logDateTime"])
            changes.append((ended, -1, -sizes[str(event.data["job_id"])]))
    jobs = servers = 0
    most = (0, 0)
    for _, job, count in sorted(changes):
        jobs, servers = jobs + job, servers + count
        most = max(most, (jobs, servers))
    return most


async def test_thirty_waves_side_by_side_never_meet_a_quota(tmp_path: Path) -> None:
    scenario = tmp_path / "shops.yaml"
    scenario.write_text(SCENARIO)
    settings = settings_in(tmp_path, str(scenario))
    async with started(settings, wide_plan(tmp_path), acknowledge_all=True) as drill:
        run = await drill.ended()
        events = await stored_events(drill.world, drill.run_id)
    assert run.outcome is RunStatus.SUCCEEDED
    sent = calls(tmp_path, "StartRecovery")
    assert [call["error"] for call in sent] == [None] * len(SIZES)
    assert {call["status"] for call in sent} == {202}
    most = jobs_at_once(tmp_path, events)
    assert most == (20, 40), "as much as the account may have, and no more"
    held = [event for event in events if event.type == "wave.held"]
    assert {event.data["wave"] for event in held} == {f"w{n:02}" for n in range(20, 30)}
    assert held[0].data["words"] == "20 of 20 DRS jobs run"


async def test_the_branching_plan_runs_as_it_is(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, "branches")
    async with started(settings, plan_path("branching"), acknowledge_all=True) as drill:
        run = await drill.until(lambda run: run.waves["shop-queues"].held is not None)
        assert run.waves["shop-queues"].status is WaveStatus.PENDING
        run = await drill.ended()
        events = await stored_events(drill.world, drill.run_id)
    assert run.outcome is RunStatus.SUCCEEDED
    assert [len(wave.server_ids) for wave in run.waves.values()] == [2, 4, 6, 4, 4, 40]
    assert jobs_at_once(tmp_path, events)[0] == 3
    assert not [call for call in calls(tmp_path, "StartRecovery") if call["error"]]


async def test_a_wave_goes_on_by_itself_when_others_used_the_room_up(tmp_path: Path) -> None:
    scenario = tmp_path / "taken.yaml"
    scenario.write_text(
        "summary: somebody else was quicker\n"
        "faults: [{kind: quota, operations: [StartRecovery], count: 1}]\n"
    )
    settings = settings_in(tmp_path, str(scenario))
    async with started(settings, plan_path("three-tier")) as drill:
        run = await drill.until(lambda run: run.waves["database"].held is not None)
        held = run.waves["database"].held
        assert held is not None
        assert "L-D88FAC3A" in held.words
        assert not run.wanted
        run = await drill.ended()
        events = await stored_events(drill.world, drill.run_id)
    assert run.outcome is RunStatus.SUCCEEDED
    assert run.waves["database"].attempt == 2
    assert run.expected is not None, "the driver has told by what times are reckoned"
    assert fold(events) == run
