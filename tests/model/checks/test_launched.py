"""What preflight says of the checks that come after a launch."""

from __future__ import annotations

import pytest

from drs_tui.model.checks.launched import check_probes, services_of
from drs_tui.model.launch_checks import (
    ON_INSTANCE,
    Check,
    CommandCheck,
    Ec2StatusCheck,
    SsmAgentCheck,
    TcpCheck,
)
from drs_tui.model.plan import Plan
from tests.model.story import wave_of


def plan_with(*checks: Check) -> Plan:
    return Plan("orders", (wave_of("db", "s-1"), wave_of("web", "s-2", checks=checks)))


@pytest.mark.parametrize(
    ("check", "services"),
    [
        (Ec2StatusCheck(), ["EC2"]),
        (TcpCheck(5432), ["EC2"]),
        (TcpCheck(5432, vantage="ssm:host-s-1"), ["EC2", "Systems Manager"]),
        (CommandCheck(("true",), vantage=ON_INSTANCE), ["EC2", "Systems Manager"]),
        (SsmAgentCheck(), ["EC2", "Systems Manager"]),
    ],
)
def test_a_check_tells_which_services_it_asks(check: Check, services: list[str]) -> None:
    assert services_of(plan_with(check)) == services


def test_a_plan_without_checks_asks_no_other_service() -> None:
    assert services_of(plan_with()) == []


def test_a_probe_that_nobody_can_find_blocks() -> None:
    [finding] = check_probes(plan_with(TcpCheck(5432, vantage="ssm:made-up")))

    assert finding.verdict.value == "blocks"
    assert (finding.thing, "made-up" in finding.reason) == ("web", True)


@pytest.mark.parametrize("probe", ["s-1", "host-s-1", "i-0123456789abcdef0"])
def test_a_server_of_the_plan_and_an_instance_are_found(probe: str) -> None:
    assert check_probes(plan_with(TcpCheck(5432, vantage=f"ssm:{probe}"))) == []


@pytest.mark.parametrize("vantage", ["bastion", ON_INSTANCE])
def test_where_no_probe_is_named_none_is_looked_for(vantage: str) -> None:
    assert check_probes(plan_with(TcpCheck(5432, vantage=vantage))) == []
