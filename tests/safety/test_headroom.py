"""What the account has no room for is not sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from drs_tui.model.exit_codes import BLOCKED

from .wire import ORDERS, launched, plan_of, run_to_its_end


async def test_a_wave_above_the_accounts_own_quota_is_refused(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, *list(ORDERS)[:5])
    code, said = await run_to_its_end(tmp_path, "quota", plan)
    assert code == BLOCKED
    assert "5 servers, and DRS takes 4 in one job (by Service Quotas)" in said
    assert launched(tmp_path) == []


@pytest.mark.parametrize("read", ["service-quotas:ListServiceQuotas"])
async def test_without_service_quotas_those_that_are_documented_are_taken(
    tmp_path: Path, read: str
) -> None:
    scenario = tmp_path / "blind.yaml"
    scenario.write_text(
        "summary: quotas cannot be read\n"
        f"faults: [{{kind: access-denied, operations: ['{read}']}}]\n"
    )
    code, _ = await run_to_its_end(
        tmp_path, str(scenario), plan_of(tmp_path, "orders-db-1"), cleanup_policy="always"
    )
    assert code == 0


async def test_a_drill_for_which_ec2_has_too_few_vcpus_left_is_refused(tmp_path: Path) -> None:
    scenario = tmp_path / "small.yaml"
    # One replication server of two runs there, and an orders-db takes four.
    scenario.write_text("summary: few vCPUs\nfleet: [examples]\nquotas: {vcpus: 9}\n")
    plan = plan_of(tmp_path, "orders-db-1", "orders-db-2")
    code, said = await run_to_its_end(tmp_path, str(scenario), plan)
    assert code == BLOCKED
    assert "8 vCPUs of standard On-Demand instances are needed" in said
    assert launched(tmp_path) == []
