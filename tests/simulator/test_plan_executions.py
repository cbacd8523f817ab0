"""Executions of DRS's own recovery plans, as a scenario has them."""

from __future__ import annotations

import pytest

from drs_tui.simulator.account import Account
from drs_tui.simulator.errors import ApiError
from drs_tui.simulator.scenarios import Scenario
from drs_tui.simulator.scenarios.scenario import PlanExecution

from .caller import APP_1, APP_2, DB_1, START, Caller


def region(*executions: PlanExecution) -> Caller:
    scenario = Scenario("native", "recovery plans", executions=executions)
    return Caller(Account(scenario).region("us-east-1", START))


def test_there_are_none_unless_a_scenario_has_some() -> None:
    assert region()("ListRecoveryPlanExecutions") == {"recoveryPlanExecutions": []}


def test_an_execution_waits_and_then_is_over() -> None:
    call = region(PlanExecution("DRILL", (("orders-app-*",), (DB_1,)), until_seconds=600))
    [execution] = call("ListRecoveryPlanExecutions", status="IN_PROGRESS")["recoveryPlanExecutions"]
    asked = {"recoveryPlanExecutionArn": execution["recoveryPlanExecutionArn"]}
    _, *steps = call("ListRecoveryPlanExecutionSteps", **asked)["recoveryPlanExecutionSteps"]
    servers = [
        [
            server["serverArn"].rpartition("/")[2]
            for server in step["configuration"]["executionServerStepConfiguration"]["servers"]
        ]
        for step in steps
    ]
    assert servers == [[APP_1, APP_2], [DB_1]]
    assert {step["status"] for step in steps} == {"NOT_STARTED"}

    call.pass_time(minutes=10)
    assert not call("ListRecoveryPlanExecutions", status="IN_PROGRESS")["recoveryPlanExecutions"]
    waiting = call("ListRecoveryPlanExecutionSteps", **asked, filter={"status": "NOT_STARTED"})
    assert waiting["recoveryPlanExecutionSteps"] == []


def test_the_steps_of_none_are_not_found() -> None:
    arn = "arn:aws:drs:us-east-1:123456789012:recovery-plan/none/execution/none"
    with pytest.raises(ApiError) as refused:
        region()("ListRecoveryPlanExecutionSteps", recoveryPlanExecutionArn=arn)
    assert refused.value.code == "ResourceNotFoundException"
