"""SendCommand and GetCommandInvocation."""

from __future__ import annotations

from datetime import datetime, timedelta

from drs_tui.simulator.errors import ApiError
from drs_tui.simulator.neighbours.ec2.machines import Machine
from drs_tui.simulator.neighbours.modelled import Answer, Call
from drs_tui.simulator.neighbours.ssm.agents import managed, platform_type, with_tag
from drs_tui.simulator.neighbours.ssm.runs import FAILURE, Run, begin, find

_SHOWS_AFTER = timedelta(milliseconds=300)
"""How long a new command's invocations are still unknown."""
_EXPIRES_AFTER = timedelta(hours=1)
_PLATFORM_OF = {"AWS-RunShellScript": "Linux"}
"""Documents that one platform alone can run."""
_GIVEN_BACK = ("Comment", "Parameters", "MaxConcurrency", "MaxErrors")


def send_command(call: Call) -> Answer:
    """Begin a document on every instance that is named or has the tags asked for."""
    document, ids = call.parameters["DocumentName"], call.parameters.get("InstanceIds")
    if ids is not None and len(set(ids)) < len(ids):
        raise ApiError("DuplicateInstanceId", "An instance id is named twice")
    targets = _targets(call)
    platform = _PLATFORM_OF.get(document)
    if platform and any(platform_type(machine) != platform for machine in targets):
        raise ApiError(
            "UnsupportedPlatformType",
            f"The document {document} runs on {platform} alone",
        )
    kept = call.region.changes.commands
    command_id = begin(call, kept, [machine.instance_id for machine in targets])
    run = find(call, kept, command_id)
    assert run is not None
    return {"Command": _command(run, call.now)}


def get_command_invocation(call: Call) -> Answer:
    """How a command fares on one instance."""
    command_id, instance_id = call.parameters["CommandId"], call.parameters["InstanceId"]
    run = find(call, call.region.changes.commands, command_id)
    if (
        run is None
        or call.now < run.began_at + _SHOWS_AFTER / call.region.speed
        or instance_id not in run.instance_ids
    ):
        raise ApiError(
            "InvocationDoesNotExist",
            f"There is no invocation of command {command_id} on {instance_id}",
        )
    return _invocation(run, instance_id, call.now)


def _targets(call: Call) -> list[Machine]:
    """The instances that a command is for.

    Raises:
        ApiError: one is named that has no agent online, or none is named at all.
    """
    ids, targets = call.parameters.get("InstanceIds"), call.parameters.get("Targets")
    found = managed(call)
    if ids:
        missing = sorted(set(ids) - {machine.instance_id for machine in found})
        if missing:
            raise ApiError(
                "InvalidInstanceId",
                f"Instances [[{', '.join(missing)}]] not in a valid state for account "
                f"{call.account.scenario.account}",
            )
        return [machine for machine in found if machine.instance_id in ids]
    if not targets:
        raise ApiError("InvalidInstanceId", "Neither InstanceIds nor Targets name an instance")
    for target in targets:
        key, values = target["Key"], target["Values"]
        if key == "InstanceIds":
            found = [machine for machine in found if machine.instance_id in values]
        else:
            found = with_tag(found, key.removeprefix("tag:"), values)
    return found


def _command(run: Run, now: datetime) -> Answer:
    status = run.status(now)
    return {
        "CommandId": run.run_id,
        "CompletedCount": len(run.instance_ids) if now >= run.ends_at else 0,
        "DocumentName": run.asked["DocumentName"],
        "DocumentVersion": run.asked.get("DocumentVersion", "$DEFAULT"),
        "ErrorCount": len(run.instance_ids) if status == "Failed" else 0,
        "ExpiresAfter": run.began_at + _EXPIRES_AFTER,
        "InstanceIds": list(run.asked.get("InstanceIds", ())),
        "RequestedDateTime": run.began_at,
        "Status": status,
        "StatusDetails": status,
        "TargetCount": len(run.instance_ids),
        "Targets": list(run.asked.get("Targets", ())),
        **{name: run.asked[name] for name in _GIVEN_BACK if name in run.asked},
    }


def _invocation(run: Run, instance_id: str, now: datetime) -> Answer:
    status = run.status(now)
    ended = now >= run.ends_at
    answer: Answer = {
        "CommandId": run.run_id,
        "Comment": run.asked.get("Comment", ""),
        "DocumentName": run.asked["DocumentName"],
        "DocumentVersion": run.asked.get("DocumentVersion", "$DEFAULT"),
        "ExecutionStartDateTime": "" if status == "Pending" else _time_text(run.began_at),
        "InstanceId": instance_id,
        "ResponseCode": int(run.fails) if ended else -1,
        "StandardErrorContent": FAILURE if ended and run.fails else "",
        "StandardOutputContent": "",
        "Status": status,
        "StatusDetails": status,
    }
    if ended:
        answer["ExecutionElapsedTime"] = f"PT{(run.ends_at - run.began_at).total_seconds():.3f}S"
        answer["ExecutionEndDateTime"] = _time_text(run.ends_at)
    return answer


def _time_text(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


OPERATIONS = {"GetCommandInvocation": get_command_invocation, "SendCommand": send_command}
