"""StartAutomationExecution and GetAutomationExecution."""

from __future__ import annotations

from datetime import datetime

from drs_tui.simulator.errors import ApiError
from drs_tui.simulator.neighbours.modelled import Answer, Call
from drs_tui.simulator.neighbours.ssm.runs import FAILURE, Run, begin, find

_STEP = "RunDocument"
_DOCUMENT_VERSION = "1"
_GIVEN_BACK = ("Parameters", "Targets", "TargetParameterName", "MaxConcurrency", "MaxErrors")


def start_automation_execution(call: Call) -> Answer:
    """Begin an automation; a client token that was used before begins none."""
    kept = call.region.changes.automations
    token = call.parameters.get("ClientToken")
    for run_id, earlier in kept.items():
        if token is not None and earlier["asked"].get("ClientToken") == token:
            if earlier["asked"] != call.parameters:
                raise ApiError(
                    "IdempotentParameterMismatch",
                    f"The client token {token} was used with other parameters",
                )
            return {"AutomationExecutionId": run_id}
    return {"AutomationExecutionId": begin(call, kept)}


def get_automation_execution(call: Call) -> Answer:
    """An automation as it is now, with the one step that stands for all of its document's."""
    run_id = call.parameters["AutomationExecutionId"]
    run = find(call, call.region.changes.automations, run_id)
    if run is None:
        raise ApiError(
            "AutomationExecutionNotFoundException",
            f"Automation execution {run_id} does not exist",
        )
    account = call.account.scenario.account
    answer: Answer = {
        "AutomationExecutionId": run_id,
        "AutomationExecutionStatus": run.status(call.now),
        "DocumentName": run.asked["DocumentName"],
        "DocumentVersion": run.asked.get("DocumentVersion", _DOCUMENT_VERSION),
        "ExecutedBy": f"arn:aws:sts::{account}:assumed-role/DrillOperator/simulator",
        "ExecutionStartTime": run.began_at,
        "Mode": run.asked.get("Mode", "Auto"),
        "StepExecutions": [_step(run, call.now)],
        "StepExecutionsTruncated": False,
        **{name: run.asked[name] for name in _GIVEN_BACK if name in run.asked},
        **_end(run, call.now),
    }
    return {"AutomationExecution": answer}


def _step(run: Run, now: datetime) -> Answer:
    return {
        "Action": "aws:executeScript",
        "ExecutionStartTime": run.began_at,
        "StepExecutionId": run.run_id,
        "StepName": _STEP,
        "StepStatus": run.status(now),
        **_end(run, now),
    }


def _end(run: Run, now: datetime) -> Answer:
    if now < run.ends_at:
        return {}
    failure = {"FailureMessage": FAILURE} if run.fails else {}
    return {"ExecutionEndTime": run.ends_at, **failure}


OPERATIONS = {
    "GetAutomationExecution": get_automation_execution,
    "StartAutomationExecution": start_automation_execution,
}
