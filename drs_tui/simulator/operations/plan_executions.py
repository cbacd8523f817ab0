"""Executions of DRS's own recovery plans that the scenario has under way; they launch nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from drs_tui.simulator.answers.forms import time_text
from drs_tui.simulator.errors import not_found
from drs_tui.simulator.hardware import stable_id
from drs_tui.simulator.paging import page
from drs_tui.simulator.region import Region
from drs_tui.simulator.scenarios.rules import is_named
from drs_tui.simulator.scenarios.scenario import PlanExecution


def list_recovery_plan_executions(
    region: Region, parameters: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    """The executions, of one plan or in one status if that is asked for."""
    found = [
        {
            "recoveryPlanExecutionArn": arn,
            "recoveryPlanArn": region.arn("recovery-plan", identity),
            "mode": execution.mode,
            "status": _status(region, execution, now),
            "startedAt": time_text(region.created_at),
        }
        for identity, arn, execution in _executions(region)
    ]
    for member in ("recoveryPlanArn", "status"):
        wanted = parameters.get(member)
        found = [each for each in found if wanted in (None, each[member])]
    shown, more = page("ListRecoveryPlanExecutions", parameters, sorted(found, key=_arn), _arn)
    return {"recoveryPlanExecutions": shown, **more}


def list_recovery_plan_execution_steps(
    region: Region, parameters: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    """The steps of an execution: a pause that lasts, and servers after it."""
    wanted = parameters["recoveryPlanExecutionArn"]
    execution = next((each for _, arn, each in _executions(region) if arn == wanted), None)
    if execution is None:
        raise not_found("recoveryPlanExecution", wanted, "Recovery plan execution")
    is_over = _status(region, execution, now) == "COMPLETED"
    pause: dict[str, Any] = {"waitStepConfiguration": {"waitDurationMinutes": 120}}
    steps = [("pause", "COMPLETED" if is_over else "WAITING", pause)]
    for number, patterns in enumerate(execution.steps, start=1):
        servers = [
            {
                "serverArn": region.arn("source-server", server.source_server_id),
                "impactLevel": "CRITICAL",
            }
            for server in region.servers()
            if is_named(server, patterns)
        ]
        launch = {"executionServerStepConfiguration": {"servers": servers}}
        steps.append((f"step-{number}", "SKIPPED" if is_over else "NOT_STARTED", launch))
    status = (parameters.get("filter") or {}).get("status")
    found = [
        {
            "recoveryPlanExecutionStepArn": f"{wanted}/step/{index}",
            "stepName": name,
            "stepIndex": index,
            "status": its,
            "configuration": configuration,
        }
        for index, (name, its, configuration) in enumerate(steps, start=1)
        if status in (None, its)
    ]
    shown, more = page(
        "ListRecoveryPlanExecutionSteps",
        parameters,
        found,
        lambda each: f"{each['stepIndex']:06d}",
    )
    return {"recoveryPlanExecutionSteps": shown, **more}


def _arn(execution: Mapping[str, str]) -> str:
    return execution["recoveryPlanExecutionArn"]


def _executions(region: Region) -> Iterator[tuple[str, str, PlanExecution]]:
    """The id of each one's plan, its own ARN, and what it is."""
    for number, execution in enumerate(region.scenario.executions, start=1):
        identity = stable_id("rp-", region.account, region.name, str(number))
        own = stable_id("rpe-", identity)
        yield identity, region.arn("recovery-plan", f"{identity}/execution/{own}"), execution


def _status(region: Region, execution: PlanExecution, now: datetime) -> str:
    if execution.until_seconds is None:
        return "IN_PROGRESS"
    ends = region.created_at + timedelta(seconds=execution.until_seconds / region.speed)
    return "COMPLETED" if now >= ends else "IN_PROGRESS"
