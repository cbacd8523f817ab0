"""Launches from points in time: found out before each call, sent, recorded, or not launched."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from drs_tui.aws.drs import Drs
from drs_tui.aws.errors import AwsRefused
from drs_tui.driver.orders import StartBlocked, StartOrder
from drs_tui.driver.world import open_world
from drs_tui.model.data_loss import lost_ms
from drs_tui.model.decisions import Choice, WantedKind
from drs_tui.model.points import SAME_MOMENT
from drs_tui.model.status import Objectives, RunStatus, ServerResult
from tests.driver.drills import calls, plan_path, settings_in, started

ONE_WAVE = (
    "name: pinned\nwaves:\n  - {{name: db, servers: [{servers}], point_in_time: {rule}{more}}}\n"
)


def plan(folder: Path, rule: str, *servers: str, more: str = "") -> Path:
    path = folder / "pinned.yaml"
    path.write_text(ONE_WAVE.format(servers=", ".join(servers), rule=rule, more=more))
    return path


def sent(folder: Path) -> list[dict[str, Any]]:
    """The source servers of each StartRecovery call."""
    return [
        {s["sourceServerID"]: s.get("recoverySnapshotID") for s in call["body"]["sourceServers"]}
        for call in calls(folder, "StartRecovery")
    ]


async def test_each_wave_is_launched_from_what_its_plan_asks_for(tmp_path: Path) -> None:
    async with started(settings_in(tmp_path), plan_path("points")) as drill:
        run = await drill.ended()
    assert run.outcome is RunStatus.SUCCEEDED
    database, application, web = sent(tmp_path)
    for wave, call in (("database", database), ("application", application)):
        points = {server.id: server.point for server in run.of_wave(wave)}
        assert call == {server: point.id for server, point in points.items() if point}
    moments = [s.point.at for s in run.of_wave("database") if s.point and s.point.at]
    assert max(moments) - min(moments) <= SAME_MOMENT
    assert list(web.values()) == [None]
    ages = [lost_ms(run, server) or 0 for server in run.servers.values()]
    assert run.rpo_ms == max(ages) > 0
    assert run.objectives is Objectives.MET


async def test_a_relaunch_is_held_to_the_moment_of_the_rest_of_its_wave(tmp_path: Path) -> None:
    scenario = tmp_path / "odd.yaml"
    fault = "{kind: launch-failure, servers: [orders-db-2], count: 1}"
    scenario.write_text(f"summary: fails once\nfaults: [{fault}]\n")
    settings = settings_in(tmp_path, str(scenario))
    path = plan(tmp_path, "common", "orders-db-1", "orders-db-2")
    async with started(settings, path) as drill:
        run = await drill.until(lambda run: bool(run.wanted))
        assert run.wanted[0].kind is WantedKind.WAVE_FAILED
        await drill.decide(run.wanted[0], Choice.RELAUNCH)
        run = await drill.ended()
    assert run.outcome is RunStatus.SUCCEEDED
    first, second = sent(tmp_path)
    one, two = (server.point for server in run.servers.values())
    assert one
    assert two
    assert one.at
    assert two.at
    assert list(second.values()) == [two.id]
    assert first[one.server_id] == one.id
    assert abs(one.at - two.at) <= SAME_MOMENT
    relaunched = run.servers[two.server_id].intended_at
    assert relaunched
    assert relaunched - two.at > timedelta(minutes=10)  # By then there is a newer one.


async def test_a_plan_that_asks_for_a_time_before_every_point_does_not_start(
    tmp_path: Path,
) -> None:
    path = plan(tmp_path, "2020-01-01T00:00:00Z", "orders-db-1")
    async with open_world(settings_in(tmp_path)) as world:
        with pytest.raises(StartBlocked, match="orders-db-1: no point in time of it fits"):
            await world.host.start(StartOrder(path))
    assert sent(tmp_path) == []


async def test_nothing_launches_while_one_server_s_points_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = ", gate: {prompt: Go on}"
    path = plan(tmp_path, "newest-existing", "orders-db-1", "orders-db-2", more=more)
    read = Drs.points_in_time

    async def of_some(drs: Drs, server_id: str) -> Any:
        if server_id.endswith("2"):
            operation = "DescribeRecoverySnapshots"
            raise AwsRefused(f"{operation} is refused.", operation=operation, code="AccessDenied")
        return await read(drs, server_id)

    async with started(settings_in(tmp_path), path) as drill:
        run = await drill.until(lambda run: bool(run.wanted))
        monkeypatch.setattr(Drs, "points_in_time", of_some)
        await drill.ask("approve", wave="db", seq=run.wanted[0].seq)
        run = await drill.until(
            lambda run: any(w.kind is WantedKind.GUARD_BLOCKED for w in run.wanted)
        )
        assert "orders-db-2: no point in time of it fits" in run.wanted[0].words
        assert "DescribeRecoverySnapshots is refused." in run.wanted[0].words
        assert sent(tmp_path) == []
        monkeypatch.undo()
        await drill.decide(run.wanted[0], Choice.RETRY)
        run = await drill.ended()
    assert {server.result for server in run.servers.values()} == {ServerResult.LAUNCHED}
    assert None not in sent(tmp_path)[0].values()
