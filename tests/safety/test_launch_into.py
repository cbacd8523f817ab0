"""No drill exchanges the volumes of a machine that its plan does not name."""

from __future__ import annotations

from pathlib import Path

from drs_tui.model.exit_codes import BLOCKED, SUCCEEDED
from drs_tui.model.status import ServerResult
from tests.driver.drills import settings_in, started

from .wire import ORDERS, launched, plan_of, run_to_its_end, written

TARGET = "i-0a11ce0fa11ce0001"


async def test_a_drill_into_an_existing_machine_is_refused(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, "orders-app-1")
    code, said = await run_to_its_end(tmp_path, "launch-into", plan)
    assert code == BLOCKED
    assert f"launch into the existing instance {TARGET}" in said
    assert launched(tmp_path) == []


async def test_a_plan_that_names_another_machine_is_refused(tmp_path: Path) -> None:
    server = "{name: orders-app-1, launch_into: i-0a11ce0fa11ce0002}"
    code, _ = await run_to_its_end(tmp_path, "launch-into", plan_of(tmp_path, server))
    assert code == BLOCKED
    assert launched(tmp_path) == []


async def test_a_plan_that_names_the_machine_launches_into_it_and_it_is_never_cleaned_up(
    tmp_path: Path,
) -> None:
    plan = plan_of(tmp_path, f"{{name: orders-app-1, launch_into: {TARGET}}}")
    async with started(settings_in(tmp_path, "launch-into"), plan, acknowledge_all=True) as drill:
        run = await drill.ended()
    assert launched(tmp_path) == [[ORDERS["orders-app-1"]]]
    assert run.never_terminate == {TARGET}


async def test_a_server_that_replicates_back_is_not_drilled(tmp_path: Path) -> None:
    scenario = tmp_path / "back.yaml"
    scenario.write_text(
        "summary: it replicates back, and no instance tells of it\n"
        "servers: [{servers: [orders-db-1], direction: FAILBACK}]\n"
    )
    code, said = await run_to_its_end(tmp_path, str(scenario), plan_of(tmp_path, "orders-db-1"))
    assert code == BLOCKED
    assert "FAILBACK" in said
    assert launched(tmp_path) == []


async def test_a_wave_goes_without_an_optional_server_that_is_red(tmp_path: Path) -> None:
    waves = (
        "  - name: application\n"
        "    servers: [orders-db-1, {name: orders-app-1, impact: optional}]\n"
    )
    plan = written(tmp_path, waves)
    async with started(settings_in(tmp_path, "launch-into"), plan, acknowledge_all=True) as drill:
        run = await drill.ended()
    assert launched(tmp_path) == [[ORDERS["orders-db-1"]]]
    left_out = run.servers[ORDERS["orders-app-1"]]
    assert (left_out.left_out, left_out.result) == (True, ServerResult.NOT_LAUNCHED)
    assert "left out:orders-app-1" in run.acknowledged


async def test_a_critical_server_that_is_red_blocks_its_wave(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, "orders-db-1", "orders-app-1")
    code, _ = await run_to_its_end(tmp_path, "launch-into", plan)
    assert code == BLOCKED
    assert launched(tmp_path) == []


async def test_a_drill_of_the_plain_servers_beside_them_goes_on(tmp_path: Path) -> None:
    code, _ = await run_to_its_end(
        tmp_path, "launch-into", plan_of(tmp_path, "orders-db-1"), cleanup_policy="always"
    )
    assert code == SUCCEEDED
