"""What IAM says of the caller, over the wire."""

from __future__ import annotations

from pathlib import Path

import pytest

from drs_tui.aws.check_rights import rights_to_launch
from drs_tui.aws.connection import Aws, Connection
from drs_tui.clock import SystemClock
from drs_tui.model.checks.rights import Right
from drs_tui.model.observed import CallerIdentity
from drs_tui.model.readiness import Unread
from drs_tui.simulator.server import Simulator, SimulatorSettings

SERVER = "s-1a2b3c4d5e6f70001"


async def asked(scenario: str, arn: str = "") -> object:
    """What is told of a caller: of the simulator's own, or of one with that ARN."""
    async with Simulator(SimulatorSettings(scenario=scenario), SystemClock()) as simulator:
        connection = Connection("eu-west-1", endpoint_url=simulator.endpoint_url)
        async with Aws(connection) as aws:
            caller = await aws.sts.caller_identity()
            if arn:
                caller = CallerIdentity(caller.account, arn, "AIDA")
            return await rights_to_launch(aws, caller, SERVER)


async def test_rights_are_told_by_action() -> None:
    rights = await asked("no-ec2-rights")
    assert isinstance(rights, dict)
    denied = {action for action, right in rights.items() if right is Right.DENIED}
    assert {action.partition(":")[0] for action in denied} == {"ec2"}
    assert rights["drs:StartRecovery"] is rights["iam:PassRole"] is Right.ALLOWED


@pytest.mark.parametrize(
    ("arn", "code"),
    [
        ("arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Ops_0123/ana", "NoSuchEntity"),
        ("arn:aws:iam::123456789012:root", ""),
    ],
)
async def test_whom_iam_does_not_find_it_tells_nothing_of(arn: str, code: str) -> None:
    told = await asked("calm", arn)
    assert isinstance(told, Unread)
    assert told.code == code


async def test_who_may_not_ask_is_told_that_nothing_is_known(tmp_path: Path) -> None:
    scenario = tmp_path / "blind.yaml"
    scenario.write_text(
        "summary: nobody may ask\n"
        "faults: [{kind: access-denied, operations: ['iam:Simulate*', 'iam:GetRole']}]\n"
    )
    told = await asked(str(scenario))
    assert isinstance(told, Unread)
    assert told.is_denied
