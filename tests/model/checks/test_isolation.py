"""Drill instances stay where the plan has them: before a launch, and once they run."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from drs_tui.model.checks.isolation import check_isolation_said, outside_of
from drs_tui.model.machines import Ec2Instance, Interface, LaunchTemplate, Networks, Subnet
from drs_tui.model.plan import Isolation, Mode, Plan
from drs_tui.model.readiness import Facts, Unread, Verdict

from .facts import INSIDE, IS_READY, PLAIN, checked, facts_of, found

DRILL_VPC = Isolation(vpcs=("vpc-drill",))
DEFAULT = Subnet("subnet-default", "vpc-default", is_default=True, gives_public_addresses=True)
BLOCKED = [(Verdict.BLOCKS, "isolation")]


def launching(*interfaces: Interface, groups: tuple[str, ...] = (), **settings: Any) -> Facts:
    """Facts of a server whose launch template has these interfaces."""
    template = LaunchTemplate(
        "lt-1", 2, is_default=True, interfaces=interfaces, security_group_ids=groups
    )
    subnets = {each.id: each for each in (INSIDE, DEFAULT)}
    return facts_of(
        settings={"s-1": replace(PLAIN, **settings)},
        networks=Networks({"lt-1": template}, subnets, (DEFAULT,)),
    )


def judged(facts: Facts, isolation: Isolation, mode: Mode = Mode.DRILL) -> list[tuple[Any, str]]:
    return [(finding.verdict, finding.check) for finding in found(facts, mode, None, isolation)]


# What a plan has to say -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("isolation", "mode", "simulated", "expected"),
    [
        (Isolation(), Mode.DRILL, False, [Verdict.BLOCKS]),
        (Isolation(), Mode.DRILL, True, []),
        (Isolation(), Mode.RECOVERY, False, []),
        (Isolation(waived="a lab account"), Mode.DRILL, False, [Verdict.PASSES]),
        (DRILL_VPC, Mode.DRILL, False, []),
    ],
)
def test_a_drill_outside_the_simulator_says_where_its_instances_may_live(
    isolation: Isolation, mode: Mode, simulated: bool, expected: list[Verdict]
) -> None:
    said = check_isolation_said(Plan("p", (), isolation=isolation), mode, simulated=simulated)
    assert [finding.verdict for finding in said] == expected


# Before a launch --------------------------------------------------------------------------------


def test_a_launch_into_the_plans_network_is_ready() -> None:
    facts = launching(Interface("subnet-drill", security_group_ids=("sg-1",)))
    everything = Isolation(("vpc-drill",), ("subnet-drill",), ("sg-1",))
    assert judged(facts, everything) == IS_READY


@pytest.mark.parametrize(
    ("interfaces", "isolation"),
    [
        ([Interface("subnet-default", has_public_address=False)], DRILL_VPC),
        ([Interface("subnet-default", has_public_address=False)], Isolation(subnets=("other",))),
        ([Interface("subnet-unknown")], DRILL_VPC),
        ([Interface("subnet-drill", security_group_ids=("sg-2",))], Isolation((), (), ("sg-1",))),
        ([Interface("subnet-drill")], Isolation(security_groups=("sg-1",))),
        ([Interface("subnet-drill"), Interface("subnet-default")], DRILL_VPC),
    ],
    ids=["VPC", "subnet", "unknown subnet", "group", "no group", "second interface"],
)
def test_a_launch_elsewhere_blocks(interfaces: list[Interface], isolation: Isolation) -> None:
    facts = launching(*(replace(each, has_public_address=False) for each in interfaces))
    assert judged(facts, isolation) == BLOCKED


@pytest.mark.parametrize("interfaces", [[], [Interface(has_public_address=False)]])
def test_a_template_without_a_subnet_means_the_default_vpc(interfaces: list[Interface]) -> None:
    seen = found(launching(*interfaces), Mode.DRILL, None, DRILL_VPC)
    assert seen[0].verdict is Verdict.BLOCKS
    assert "names no subnet" in seen[0].reason


def test_groups_outside_a_templates_interfaces_count_as_well() -> None:
    isolation = Isolation(security_groups=("sg-1",))
    inside = Interface("subnet-drill")
    assert judged(launching(inside, groups=("sg-1",)), isolation) == IS_READY
    assert judged(launching(inside, groups=("sg-2",)), isolation) == BLOCKED


def test_what_could_not_be_read_blocks() -> None:
    denied = Unread("ec2:DescribeSubnets is refused.", "UnauthorizedOperation")
    assert judged(facts_of(networks=denied), DRILL_VPC) == BLOCKED
    assert judged(facts_of(networks=Networks({}, {})), DRILL_VPC) == BLOCKED


@pytest.mark.parametrize(
    ("facts", "check"),
    [
        (launching(Interface("subnet-drill"), copies_private_ip=True), "private IP"),
        (launching(Interface("subnet-drill", private_addresses=("10.0.0.4",))), "private IP"),
        (launching(Interface("subnet-drill", has_public_address=True)), "public IP"),
        (launching(Interface("subnet-drill"), has_post_launch_actions=True), "post-launch"),
    ],
)
def test_what_reaches_out_of_any_network_has_to_be_acknowledged(facts: Facts, check: str) -> None:
    assert judged(facts, DRILL_VPC) == [(Verdict.WARNS, check)]


@pytest.mark.parametrize("member", ["copies_private_ip", "has_post_launch_actions"])
def test_what_aws_does_not_say_is_unknown(member: str) -> None:
    unsaid: dict[str, Any] = {member: None}
    facts = launching(Interface("subnet-drill"), **unsaid)
    [(verdict, _)] = judged(facts, DRILL_VPC)
    assert verdict is Verdict.UNKNOWN


def test_a_recovery_and_a_plan_without_isolation_are_not_held_to_it() -> None:
    elsewhere = launching(Interface("subnet-default"), copies_private_ip=True)
    assert judged(elsewhere, DRILL_VPC, Mode.RECOVERY) == IS_READY
    assert checked(elsewhere) == IS_READY


# Once they run ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("interfaces", "is_inside"),
    [
        ((Interface("subnet-drill", "vpc-drill", ("sg-1",)),), True),
        ((Interface("subnet-drill", "vpc-drill", ("sg-1", "sg-2")),), False),
        ((Interface("subnet-drill", "vpc-drill", ()),), False),
        ((Interface("subnet-other", "vpc-drill", ("sg-1",)),), False),
        ((Interface("subnet-drill", "vpc-other", ("sg-1",)),), False),
        (
            (
                Interface("subnet-drill", "vpc-drill", ("sg-1",)),
                Interface("subnet-other", "vpc-other", ("sg-1",)),
            ),
            False,
        ),
        ((), False),
    ],
)
def test_real_interfaces_are_held_against_the_plan(
    interfaces: tuple[Interface, ...], is_inside: bool
) -> None:
    isolation = Isolation(("vpc-drill",), ("subnet-drill",), ("sg-1",))
    outside = outside_of(Ec2Instance("i-1", "running", interfaces=interfaces), isolation)
    assert (outside == []) is is_inside
