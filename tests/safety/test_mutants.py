"""Each guard taken out by itself lets a launch do harm that is not done with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from drs_tui.aws import looking, survey
from drs_tui.aws.ec2 import Ec2
from drs_tui.aws.survey import LaunchSurvey
from drs_tui.engine import comparing, guarding
from drs_tui.model.checks import launch, live_recovery, servers
from drs_tui.model.plan import Impact, Isolation, Mode, Plan, PlanServer, Target, Wave
from drs_tui.model.readiness import Finding, Report, Unread, Verdict
from drs_tui.simulator.fleet import Direction, FleetServer, LaunchSettings, PastInstance
from drs_tui.simulator.neighbours.ec2.network import drill_vpc
from drs_tui.simulator.scenarios.scenario import Quotas

from .world import REGION, Happening, SafetyWorld

ONE, TWO = "s-00000000000000001", "s-00000000000000002"
RECOVERED = PastInstance(timedelta(hours=26))
FORGOTTEN = PastInstance(timedelta(hours=26), is_disconnected=True)
DRILL_SUBNET = LaunchSettings(subnet_id="subnet-0d1e2f3a4b5c6d7e8")
INTO = LaunchSettings(into_instance_id="i-0a11ce0fa11ce0001")

Mutant = Callable[[pytest.MonkeyPatch], None]


def without(module: Any, check: str) -> Mutant:
    """A check that never finds anything."""
    return lambda patch: patch.setattr(module, check, lambda *_, **__: [])


def ec2_not_asked(patch: pytest.MonkeyPatch) -> None:
    """What DRS lists is taken for all that there is."""

    async def nothing(*_: object) -> list[object]:
        return []

    patch.setattr(Ec2, "instances_of_servers", nothing)


def unread_is_nothing(patch: pytest.MonkeyPatch) -> None:
    """A read that fails counts as an empty answer."""
    tried = looking.tried

    async def calm(*reading: Any, **options: Any) -> Any:
        told = await tried(*reading, **options)
        return () if isinstance(told, Unread) else told

    patch.setattr(looking, "tried", calm)


def preflight_is_enough(patch: pytest.MonkeyPatch) -> None:
    """Nothing is looked at again directly before a launch."""

    async def fine(*_: object) -> LaunchSurvey:
        return LaunchSurvey(Report(()), {}, may_clear_up=False)

    patch.setattr(guarding, "survey_launch", fine)


def any_id_will_do(patch: pytest.MonkeyPatch) -> None:
    """A recovery warns of what it ends, whether or not its id was typed."""

    def warn(instance_id: str, why: str, name: str, *_: object) -> Finding:
        return Finding(Verdict.WARNS, "ends an instance", name, f"{instance_id} {why}")

    patch.setattr(live_recovery, "_endangered", warn)


def typed_ids_work_in_drills(patch: pytest.MonkeyPatch) -> None:
    """An id that was typed is enough in a drill, too."""
    endangered = live_recovery._endangered

    def lenient(instance_id: str, why: str, name: str, facts: Any, _: Mode) -> Finding:
        return endangered(instance_id, why, name, facts, Mode.RECOVERY)

    patch.setattr(live_recovery, "_endangered", lenient)


def optional_is_launched(patch: pytest.MonkeyPatch) -> None:
    """What is optional and red is launched with the rest."""
    patch.setattr(Report, "left_out", frozenset())


def quotas_ignored(patch: pytest.MonkeyPatch) -> None:
    """No job is too large, neither in preflight nor before a launch."""
    for check in ("check_headroom", "check_sizes"):
        without(survey, check)(patch)


@dataclass(frozen=True)
class Case:
    """A guard, and an account in which it is what keeps a launch from doing harm."""

    mutant: Mutant
    one: dict[str, Any] = field(default_factory=dict)
    """What there is about the first server."""

    two: dict[str, Any] = field(default_factory=dict)
    plan: dict[str, Any] = field(default_factory=dict)
    second: dict[str, Any] = field(default_factory=dict)
    """What the plan says of the second server, of the wave after."""

    together: bool = False
    """Whether both servers stand in one wave."""

    world: dict[str, Any] = field(default_factory=dict)

    def play(self) -> SafetyWorld:
        """The run as it goes here and now."""
        fleet = tuple(
            FleetServer(server_id, name, "", "", address, **about)
            for server_id, name, address, about in (
                (ONE, "one", "10.0.0.5", self.one),
                (TWO, "two", "10.0.0.6", self.two),
            )
        )
        first, second = PlanServer(id=ONE), PlanServer(id=TWO, **self.second)
        waves = (
            (Wave("all", (first, second), checks=()),)
            if self.together
            else (
                Wave("first", (first,), checks=()),
                Wave("second", (second,), after=("first",), checks=()),
            )
        )
        plan = Plan("mutant", waves, target=Target(region=REGION), **self.plan)
        return SafetyWorld(fleet, plan, **self.world).run()


def later(*kinds: str) -> dict[str, Any]:
    """Something happens to the second server while the first one launches."""
    return {"happenings": [Happening(5.0 + n, kind, TWO) for n, kind in enumerate(kinds)]}


RECOVERY = {"mode": Mode.RECOVERY}
CASES = {
    "live recoveries": Case(without(launch, "check_live_recovery"), one={"past": RECOVERED}),
    "EC2's tags": Case(ec2_not_asked, one={"past": FORGOTTEN}),
    "reads that fail": Case(
        unread_is_nothing,
        one={"past": FORGOTTEN},
        world={"unreadable": frozenset({"DescribeInstances"})},
    ),
    "guards before each wave": Case(preflight_is_enough, world=later("replicates back")),
    "guards of launch settings": Case(preflight_is_enough, world=later("launches into")),
    "launch into": Case(without(launch, "check_launch_into"), one={"launch": INTO}),
    "reverse replication": Case(
        without(servers, "_direction"), one={"direction": Direction.FAILBACK}
    ),
    "typed ids": Case(any_id_will_do, one={"past": RECOVERED}, world=RECOVERY),
    "no override in a drill": Case(
        typed_ids_work_in_drills, one={"past": RECOVERED}, world={"typed": frozenset({ONE})}
    ),
    "optional servers": Case(
        optional_is_launched,
        two={"past": RECOVERED},
        second={"impact": Impact.OPTIONAL},
        together=True,
    ),
    "isolation after launch": Case(
        lambda patch: patch.setattr(comparing, "not_isolated", lambda *_: ""),
        one={"launch": DRILL_SUBNET},
        two={"launch": DRILL_SUBNET},
        plan={"isolation": Isolation(vpcs=(drill_vpc(REGION).vpc_id,))},
        world={"happenings": [Happening(20.0, "moves", ONE)]},
    ),
    "DRS's quotas": Case(
        quotas_ignored,
        together=True,
        world={"quotas": Quotas(servers_in_a_job=1)},
    ),
    "EC2's vCPUs": Case(without(survey, "check_vcpus"), world={"quotas": Quotas(vcpus=3)}),
    "isolation": Case(
        without(launch, "check_network"),
        plan={"isolation": Isolation(vpcs=(drill_vpc(REGION).vpc_id,))},
    ),
}


@pytest.mark.parametrize("guard", CASES)
def test_a_guard_taken_out_is_missed(guard: str, monkeypatch: pytest.MonkeyPatch) -> None:
    case = CASES[guard]
    assert case.play().harm == []
    case.mutant(monkeypatch)
    assert case.play().harm != []


def test_a_recovery_launches_what_was_typed() -> None:
    world = {"typed": frozenset({ONE}), **RECOVERY}
    played = Case(without(launch, ""), one={"past": RECOVERED}, world=world).play()
    assert played.launched == [ONE, TWO]
    assert played.harm == []


def test_the_judge_does_not_complain_of_a_plain_drill() -> None:
    played = Case(without(launch, "")).play()
    assert played.launched == [ONE, TWO]
    assert played.harm == []
