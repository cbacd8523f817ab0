"""SSM automations, as started and read in a simulated account over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from drs_tui.audit.lease import LeaseLapsed
from drs_tui.aws.connection import Aws, Connection
from drs_tui.aws.errors import AwsRefused, AwsUnclear
from drs_tui.clock import ManualClock
from drs_tui.model.automations import Automation
from drs_tui.simulator.server import Simulator, SimulatorSettings

from .wire import raw, served

TOKEN = "1f0b3c52-8f0f-4a0e-9a5e-2f9f3f1b7c11"
HOUR = 3600.0


@pytest.fixture
async def clock() -> ManualClock:
    return ManualClock(datetime(2026, 11, 23, 2, 0, tzinfo=UTC))


@pytest.fixture
async def aws(clock: ManualClock) -> AsyncIterator[Aws]:
    async with (
        Simulator(SimulatorSettings(), clock) as simulator,
        Aws(Connection(endpoint_url=simulator.endpoint_url), clock=clock) as opened,
    ):
        yield opened


def allowed() -> None:
    """Nothing stands in the way of sending."""


async def start(aws: Aws, document: str = "CreateOpsItem") -> str:
    return await aws.automations.start(
        document, {"Title": ["Drill"]}, token=TOKEN, account="", last_check=allowed
    )


async def test_a_token_starts_an_automation_once(aws: Aws) -> None:
    assert await start(aws) == await start(aws)
    with pytest.raises(AwsRefused, match="IdempotentParameterMismatch"):
        await start(aws, "Another")


@pytest.mark.parametrize(
    ("document", "status", "succeeded"),
    [("CreateOpsItem", "Success", True), ("CreateOpsItem-Fail", "Failed", False)],
)
async def test_an_automation_tells_how_it_ended_and_what_its_steps_did(
    aws: Aws, clock: ManualClock, document: str, status: str, succeeded: bool
) -> None:
    execution = await start(aws, document)
    begun = await aws.automations.one(execution)
    assert not begun.is_ended
    clock.advance(HOUR)
    ended = await aws.automations.one(execution)
    assert (ended.status, ended.is_ended, ended.has_succeeded) == (status, True, succeeded)
    assert ended.output.startswith(f"step RunDocument: {status}")
    assert bool(ended.failure) != succeeded


async def test_what_must_not_be_sent_is_not(aws: Aws, clock: ManualClock) -> None:
    def lapsed() -> None:
        raise LeaseLapsed("too long ago")

    with pytest.raises(LeaseLapsed):
        await aws.automations.start("CreateOpsItem", {}, token=TOKEN, account="", last_check=lapsed)
    clock.advance(HOUR)
    # Had it been sent, this one would be another by its parameters.
    assert await start(aws)


async def test_an_answer_without_an_id_is_unclear() -> None:
    async with served(raw("{}")) as (_, aws):
        with pytest.raises(AwsUnclear, match="may have been started"):
            await start(aws)


@pytest.mark.parametrize("status", ["Waiting", "PendingApproval", "Cancelling", "Teleporting", ""])
def test_a_status_that_says_no_end_is_none(status: str) -> None:
    assert not Automation("e", status).is_ended
