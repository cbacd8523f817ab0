"""Systems Manager, as read from a simulated account over HTTP."""

from __future__ import annotations

import pytest

from drs_tui.aws.errors import AwsUnclear
from drs_tui.aws.ssm import SHELL_SCRIPT
from tests.aws.test_neighbours import UNKNOWN_INSTANCE, Account, account  # noqa: F401
from tests.aws.wire import ok, served


class Stopped(Exception):
    """Somebody else drives the run."""


async def test_an_agent_tells_its_platform_and_one_that_never_reported_is_absent(
    account: Account,  # noqa: F811
) -> None:
    instance = await account.launch()
    [agent] = await account.aws.ssm.agents([instance.id, UNKNOWN_INSTANCE])
    assert (agent.instance_id, agent.platform, agent.is_online) == (instance.id, "Linux", True)
    assert agent.seen_at is not None
    assert await account.aws.ssm.agents([]) == []


async def test_a_script_is_sent_once_and_followed_to_its_end(account: Account) -> None:  # noqa: F811
    instance = await account.launch()
    ssm = account.aws.ssm
    command = await ssm.send_script(
        instance.id,
        SHELL_SCRIPT,
        ["true"],
        seconds=60,
        comment="x" * 200,
        account="",
        last_check=lambda: None,
    )
    assert await ssm.invocation(command, instance.id) is None, "it does not show at once"
    account.clock.advance(2)
    under_way = await ssm.invocation(command, instance.id)
    assert under_way is not None
    assert not under_way.is_ended
    account.clock.advance(60)
    ended = await ssm.invocation(command, instance.id)
    assert ended is not None
    assert (ended.status, ended.exit_code, ended.is_ended) == ("Success", 0, True)


async def test_the_last_check_keeps_a_script_from_being_sent(account: Account) -> None:  # noqa: F811
    instance = await account.launch()

    def stop() -> None:
        raise Stopped

    with pytest.raises(Stopped):
        await account.aws.ssm.send_script(
            instance.id, SHELL_SCRIPT, ["true"], seconds=60, comment="", account="", last_check=stop
        )


async def test_an_answer_without_an_id_leaves_open_whether_it_runs() -> None:
    async with served(ok({"Command": {}})) as (wire, aws):
        with pytest.raises(AwsUnclear, match="the command may run"):
            await aws.ssm.send_script(
                "i-1",
                SHELL_SCRIPT,
                ["true"],
                seconds=5,
                comment="",
                account="",
                last_check=lambda: None,
            )
    [arrival] = wire.arrivals
    assert arrival.body["TimeoutSeconds"] == 30, "the least that Systems Manager takes"
    assert arrival.body["Parameters"] == {"commands": ["true"], "executionTimeout": ["5"]}
