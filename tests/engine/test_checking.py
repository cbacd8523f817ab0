"""One check from its start to its end: how often it is tried, and what each answer makes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, cast

import pytest

from drs_tui.audit.lease import LeaseLapsed
from drs_tui.audit.recorder import Recorder
from drs_tui.aws.connection import Aws
from drs_tui.aws.errors import AwsRefused, AwsUnclear
from drs_tui.clock import ManualClock
from drs_tui.engine.actions import MakeCheck, StartChecks, next_actions
from drs_tui.engine.bounds import Bounds
from drs_tui.engine.checking import MOST_BEGUN_AT_ONCE, Checker, started
from drs_tui.engine.probing import Found, failed, passed
from drs_tui.engine.sources import Sources
from drs_tui.engine.targets import Part
from drs_tui.model.events import Draft
from drs_tui.model.launch_checks import (
    Check,
    CheckState,
    CommandCheck,
    Ec2StatusCheck,
    HttpCheck,
    SsmAgentCheck,
    TcpCheck,
)
from drs_tui.model.machines import Agent, Ec2Instance, InstanceChecks, Invocation
from drs_tui.model.observed import SourceServer
from drs_tui.model.plan import Impact, PlanServer, Wave
from drs_tui.model.verification import DueCheck, checks_to_start
from tests.model.story import Story

MINUTE = 60.0
NO = AwsRefused("AccessDenied", operation="DescribeInstances")
BOOTED_AFTER = 100.0


class Account:
    """A tiny AWS, in which every server has one instance, and the network beside it."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.calls: list[str] = []
        self.trouble: Exception | None = None
        self.tagged = ""
        self.state = "running"
        self.platform = "Linux"
        self.online = True
        self.ends = ["Success"]
        self.sent: list[tuple[str, str, Sequence[str]]] = []
        self.probed: list[str] = []
        self.at_once = self.most_at_once = 0
        self.is_simulator = False
        self.answers = True

    def _call(self, operation: str) -> None:
        self.calls.append(operation)
        if self.trouble is not None:
            raise self.trouble

    # EC2, DRS and Systems Manager ---------------------------------------------------------------

    async def instances(self, ids: Sequence[str]) -> list[Ec2Instance]:
        self._call("instances")
        return [
            Ec2Instance(
                each,
                self.state,
                tags={"AWSElasticDisasterRecoverySourceServerID": self.tagged or each[2:]},
                private_address=f"10.99.0.{1 + int(each.rpartition('-')[2]) % 250}",
            )
            for each in ids
        ]

    async def instance_checks(self, ids: Sequence[str]) -> list[InstanceChecks]:
        self._call("instance_checks")
        said = "ok" if self.clock.monotonic() >= BOOTED_AFTER else "initializing"
        return [InstanceChecks(each, "running", "ok", said) for each in ids]

    async def source_servers(self, ids: Sequence[str]) -> list[SourceServer]:
        self._call("source_servers")
        return [SourceServer(each, each, addresses=("10.10.0.1",)) for each in ids]

    async def jobs(self, ids: Sequence[str]) -> list[Any]:
        self._call("jobs")
        return []

    async def agents(self, ids: Sequence[str]) -> list[Agent]:
        self._call("agents")
        ping = "Online" if self.online else "ConnectionLost"
        return [Agent(each, ping, self.platform) for each in ids if each != "i-0unknown"]

    async def send_script(
        self, instance_id: str, document: str, lines: Sequence[str], **more: Any
    ) -> str:
        more["last_check"]()
        self.sent.append((instance_id, document, lines))
        return "command-1"

    async def invocation(self, _command: str, _instance: str) -> Invocation | None:
        status = self.ends.pop(0) if len(self.ends) > 1 else self.ends[0]
        return Invocation(status, 0, "as it said, password=hunter2hunter2", "") if status else None

    # The network --------------------------------------------------------------------------------

    async def tcp(self, address: str, _port: int) -> Found:
        self.probed.append(address)
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        await self.clock.sleep(1)
        self.at_once -= 1
        return passed("it answers") if self.answers else failed("refused")

    async def http(self, address: str, check: HttpCheck) -> Found:
        return await self.tcp(address, check.port)

    async def command(
        self, argv: Sequence[str], environment: Mapping[str, str], _folder: str
    ) -> Found:
        return passed(f"{argv[0]} at {environment['DRS_TUI_ADDRESS']}")


class Checked(Story):
    """A run whose only wave is launched, and whoever checks it."""

    def __init__(self, *checks: Check, servers: int = 1, os: str = "", forbidden: str = "") -> None:
        planned = tuple(
            PlanServer(f"s-{n}", f"host-{n}", Impact.CRITICAL, os=os) for n in range(servers)
        )
        super().__init__(Wave("db", planned, checks=checks))
        self.launch("db", "drsjob-1")
        for server in planned:
            self.see(server.id or "", "LAUNCHED", f"i-{server.id}")
        self.end_job("drsjob-1")
        self.clock = ManualClock(self.now)
        self.account = Account(self.clock)
        self.lapsed = False
        aws = cast(Aws, self)
        bounds = Bounds(aws, self.clock, "sqlite:runs.db", forbidden)
        recorder = cast(Recorder, self.recorder)
        part = Part(recorder)
        sources = Sources([(part, aws.drs)], self.clock)
        self.checker = Checker(
            recorder, aws, self.clock, self.account, bounds, part=part, sources=sources
        )
        self.tell("check.started", **self.beginning())

    # What the checker sees of the rest ----------------------------------------------------------

    @property
    def recorder(self) -> Any:
        story = self

        class Records:
            @property
            def run(self) -> Any:
                return story.run

            async def record(self, drafts: Sequence[Draft]) -> None:
                for draft in drafts:
                    story.record(draft)

            def assert_lease(self) -> None:
                if story.lapsed:
                    raise LeaseLapsed("for too long")

        return Records()

    @property
    def ec2(self) -> Account:
        return self.account

    drs = ssm = ec2

    # Going on -----------------------------------------------------------------------------------

    def beginning(self) -> dict[str, Any]:
        return dict(started(self.run, checks_to_start(self.run, "db")))

    async def make_all(self) -> list[CheckState]:
        """Make every check that was begun, letting time pass; the checks as they ended."""
        due = [a.due for a in next_actions(self.run, self.now) if isinstance(a, MakeCheck)]
        making = asyncio.gather(*(self.checker.make(each) for each in due))
        for _ in range(20_000):
            if making.done():
                break
            for _ in range(10):
                await asyncio.sleep(0)
            wake = self.clock.next_wake()
            if wake is not None:
                self.clock.advance(wake)
        await making
        return [check for server in self.run.servers.values() for check in server.checks]

    async def make_one(self) -> CheckState:
        """The only check of the only server."""
        [check] = await self.make_all()
        return check


# How often, and how long ------------------------------------------------------------------------


async def test_a_check_is_tried_until_it_passes() -> None:
    story = Checked(Ec2StatusCheck())
    check = await story.make_one()
    assert check.is_passed
    assert check.finished_at is not None
    taken = (check.finished_at - check.started_at).total_seconds()
    assert BOOTED_AFTER <= taken < BOOTED_AFTER + 20


async def test_a_check_that_never_passes_ends_when_its_time_is_up() -> None:
    story = Checked(Ec2StatusCheck(60))
    check = await story.make_one()
    assert check.is_bad
    assert check.said == "the system's check is ok, the instance's initializing"
    assert check.finished_at is not None
    assert 60 <= (check.finished_at - check.started_at).total_seconds() < 80


@pytest.mark.parametrize(
    ("os", "minutes"), [("Red Hat Enterprise Linux", 15), ("Microsoft Windows Server 2022", 60)]
)
async def test_windows_has_four_times_as_long(os: str, minutes: int) -> None:
    story = Checked(SsmAgentCheck(), Ec2StatusCheck(30), os=os)
    by_default, said = story.run.servers["s-0"].checks
    assert by_default.within_ms == minutes * 60_000
    assert said.within_ms == 30_000


async def test_a_first_try_that_took_all_the_time_is_not_the_last() -> None:
    story = Checked(Ec2StatusCheck(10))
    story.account.trouble = AwsUnclear("slow", operation="DescribeInstances")
    due = DueCheck("db", 0, "s-0")
    making = asyncio.create_task(story.checker.make(due))
    await asyncio.sleep(0)
    story.clock.advance(BOOTED_AFTER)
    story.account.trouble = None
    while not making.done():
        for _ in range(10):
            await asyncio.sleep(0)
        story.clock.advance(story.clock.next_wake() or 0)
    assert story.run.servers["s-0"].checks[0].is_passed


async def test_a_hundred_servers_are_read_together_and_probed_a_few_at_a_time() -> None:
    story = Checked(Ec2StatusCheck(), TcpCheck(5432), servers=100)
    checks = await story.make_all()
    assert len(checks) == 200
    assert all(check.is_passed for check in checks)
    tries = BOOTED_AFTER / 15 + 2
    assert story.account.calls.count("instance_checks") <= tries
    assert story.account.calls.count("instances") <= 2 * tries
    assert story.account.calls.count("source_servers") == 1
    assert story.account.most_at_once == 20


def test_of_very_many_checks_some_begin_first() -> None:
    story = Checked(*(TcpCheck(port) for port in range(1, 7)), servers=100)
    due = checks_to_start(story.run, "db")
    assert len(due) == 700 - MOST_BEGUN_AT_ONCE, "the others were begun by the first event"
    [action, *_] = next_actions(story.run, story.now)
    assert action == StartChecks(tuple(due))


# What answers make of it ------------------------------------------------------------------------


async def test_what_can_not_be_asked_is_unknown_and_never_a_crash() -> None:
    story = Checked(Ec2StatusCheck(60))
    story.account.trouble = NO
    check = await story.make_one()
    assert (str(check.outcome), check.said) == ("unknown", "it could not be asked: AccessDenied")


@pytest.mark.parametrize("state", ["terminated", "shutting-down"])
async def test_an_instance_that_ends_fails_at_once(state: str) -> None:
    story = Checked(Ec2StatusCheck())
    story.account.state = state
    check = await story.make_one()
    assert check.said == f"i-s-0 is {state}"
    assert story.clock.monotonic() < 5


async def test_an_instance_that_was_left_stopped_is_told_as_what_it_is() -> None:
    story = Checked(Ec2StatusCheck(30))
    story.account.state = "stopped"
    assert (await story.make_one()).said == "i-s-0 is stopped"


async def test_an_instance_of_another_server_is_never_asked() -> None:
    story = Checked(Ec2StatusCheck(), TcpCheck(5432))
    story.account.tagged = "s-9"
    checks = await story.make_all()
    assert [str(check.outcome) for check in checks] == ["refused"] * 2
    assert checks[0].said == "by its tag i-s-0 is an instance of s-9"
    assert not story.account.probed


async def test_a_server_without_a_known_instance_is_waited_for() -> None:
    story = Checked(Ec2StatusCheck())
    story.tell("wave.launch_intended", wave="db", attempt=2, servers=["s-0"], token="t")
    story.tell("wave.launched", wave="db", job_id="drsjob-2")
    story.see("s-0", "LAUNCHED")
    story.end_job("drsjob-2")
    story.tell("check.started", **story.beginning())
    check = await story.make_one()
    assert check.said == "DRS names no recovery instance of it"


async def test_one_server_that_passes_is_enough_for_its_wave() -> None:
    story = Checked(Ec2StatusCheck(), TcpCheck(5432, per_wave=True), servers=3)
    await story.make_all()
    [whole] = story.run.waves["db"].checks
    assert whole.said == "host-0: it answers"
    assert story.account.probed == ["10.99.0.1"]


async def test_a_wave_none_of_which_answers_says_so_of_each() -> None:
    story = Checked(Ec2StatusCheck(), TcpCheck(5432, 20, per_wave=True), servers=2)
    story.account.answers = False
    await story.make_all()
    [whole] = story.run.waves["db"].checks
    assert (str(whole.outcome), whole.said) == ("failed", "host-0: refused; host-1: refused")


async def test_a_command_from_the_bastion_is_told_where_the_instance_is() -> None:
    story = Checked(Ec2StatusCheck(), CommandCheck(("ask",), vantage="bastion"))
    checks = await story.make_all()
    assert checks[1].said == "ask at 10.99.0.1"


async def test_a_command_from_the_bastion_is_refused_where_none_may_be_started() -> None:
    check = CommandCheck(("ask",), vantage="bastion")
    story = Checked(Ec2StatusCheck(), check, forbidden="commands are off")
    checks = await story.make_all()
    assert (str(checks[1].outcome), checks[1].said) == ("refused", "commands are off")


# Through Systems Manager ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("platform", "document"),
    [("Linux", "AWS-RunShellScript"), ("Windows", "AWS-RunPowerShellScript")],
)
async def test_an_agent_runs_a_check_in_its_systems_own_words(platform: str, document: str) -> None:
    story = Checked(Ec2StatusCheck(), CommandCheck(("true",)))
    story.account.platform = platform
    story.account.ends = ["", "Pending", "InProgress", "Success"]
    checks = await story.make_all()
    assert checks[1].said == "it succeeded on i-s-0: as it said, password=****"
    assert [(instance, sent) for instance, sent, _ in story.account.sent] == [("i-s-0", document)]


async def test_a_script_that_fails_is_tried_again() -> None:
    story = Checked(Ec2StatusCheck(), CommandCheck(("true",)))
    story.account.ends = ["Failed", "TimedOut", "Success"]
    checks = await story.make_all()
    assert checks[1].is_passed
    assert len(story.account.sent) == 3


async def test_a_script_that_never_ends_leaves_it_unknown() -> None:
    story = Checked(Ec2StatusCheck(), CommandCheck(("true",), 60))
    story.account.ends = ["InProgress"]
    checks = await story.make_all()
    assert (str(checks[1].outcome), checks[1].said) == (
        "unknown",
        "the command on i-s-0 has not ended",
    )


async def test_without_its_agent_a_check_waits() -> None:
    story = Checked(Ec2StatusCheck(), TcpCheck(22, 60, "ssm"))
    story.account.online = False
    checks = await story.make_all()
    assert checks[1].said == "the agent of i-s-0 is ConnectionLost"
    assert not story.account.sent


@pytest.mark.parametrize(
    ("vantage", "said"),
    [
        ("ssm:host-1", "it succeeded on i-s-1: as it said, password=****"),
        ("ssm:s-1", "it succeeded on i-s-1: as it said, password=****"),
        ("ssm:i-0abc", "it succeeded on i-0abc: as it said, password=****"),
        ("ssm:i-0unknown", "the agent of i-0unknown has not reported"),
        ("ssm:nobody", "no server of this run is named nobody, to probe from"),
    ],
)
async def test_a_probe_is_a_server_of_the_run_or_an_instance(vantage: str, said: str) -> None:
    story = Checked(Ec2StatusCheck(), TcpCheck(22, 60, vantage), servers=2)
    await story.make_all()
    assert story.run.servers["s-0"].checks[1].said == said


async def test_nothing_is_sent_once_the_lease_has_lapsed() -> None:
    story = Checked(Ec2StatusCheck(), CommandCheck(("true",)))
    story.lapsed = True
    with pytest.raises(LeaseLapsed):
        await story.make_all()
    assert not story.account.sent
