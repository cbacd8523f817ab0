"""EC2's vCPUs: what is known is reckoned, what is not is said."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from drs_tui.model.checks.vcpus import Vcpus, check_vcpus, type_of
from drs_tui.model.machines import Networks
from drs_tui.model.plan import Mode
from drs_tui.model.readiness import Facts, Unread, Verdict
from tests.model.story import wave_of

from .facts import NETWORKS, PLAIN, READY, facts_of, machine

SERVER = replace(READY, recommended_type="m5.xlarge")
SIZED = replace(PLAIN, right_sizing="BASIC")
DENIED = Unread("You may not.", "AccessDeniedException")
TYPES = {"m5.xlarge": 4, "r5.2xlarge": 8, "g4dn.xlarge": 4}


def vcpus(**changes: Any) -> Vcpus:
    return Vcpus(**{"quota": 20.0, "running": {"m5.xlarge": 4}, "of_type": TYPES, **changes})


def launching(server: Any = SERVER, settings: Any = SIZED, **facts: Any) -> Facts:
    return facts_of(server, settings={"s-1": settings}, **facts)


def checked(
    told: Vcpus, facts: Facts | None = None, mode: Mode = Mode.DRILL
) -> list[tuple[Verdict, str]]:
    found = check_vcpus([wave_of("db", "s-1")], facts or launching(), told, mode)
    return [(finding.verdict, finding.reason) for finding in found]


def test_what_has_room_beside_what_runs_passes() -> None:
    assert checked(vcpus()) == [
        (
            Verdict.PASSES,
            "4 vCPUs of standard On-Demand instances are needed, and 4 of 20 are free",
        )
    ]


@pytest.mark.parametrize(
    ("mode", "expected"), [(Mode.DRILL, Verdict.BLOCKS), (Mode.RECOVERY, Verdict.WARNS)]
)
def test_a_drill_does_not_take_the_last_vcpus_and_a_disaster_may(
    mode: Mode, expected: Verdict
) -> None:
    [(verdict, reason)] = checked(vcpus(running={"r5.2xlarge": 2, "m5.xlarge": 1}), mode=mode)
    assert verdict is expected
    assert "0 of 20 are free" in reason


def test_what_a_launch_removes_makes_room() -> None:
    earlier = machine(type="m5.xlarge")
    full = vcpus(running={"m5.xlarge": 5})
    assert checked(full)[0][0] is Verdict.BLOCKS
    assert checked(full, launching(machines=[earlier]))[0][0] is Verdict.PASSES
    stopped = replace(earlier, state="stopped")
    assert checked(full, launching(machines=[stopped]))[0][0] is Verdict.BLOCKS


@pytest.mark.parametrize(
    ("unread", "words"),
    [("quota", "its quota"), ("running", "what runs"), ("of_type", "the vCPUs of its types")],
)
def test_what_aws_does_not_tell_is_unknown(unread: str, words: str) -> None:
    [(verdict, reason)] = checked(vcpus(**{unread: DENIED}))
    assert verdict is Verdict.UNKNOWN
    assert f"{words}: You may not." in reason


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"server": replace(READY, recommended_type="m9.tiny")}, "1 of unknown size: m9.tiny"),
        (
            {"server": replace(READY, recommended_type="g4dn.xlarge")},
            "1 of a quota of their own: g4dn.xlarge",
        ),
        ({"server": READY}, "1 of no type that launch settings tell"),
        ({"settings": replace(SIZED, into_instance_id="i-1")}, "1 of no type"),
        ({"settings": DENIED}, "1 of no type"),
    ],
)
def test_servers_that_cannot_be_counted_are_named(changes: dict[str, Any], words: str) -> None:
    [(verdict, reason)] = checked(vcpus(), launching(**changes))
    assert verdict is Verdict.UNKNOWN
    assert words in reason


def test_too_many_are_refused_even_while_some_are_not_counted() -> None:
    found = checked(vcpus(running=DENIED, quota=3.0))
    assert [verdict for verdict, _ in found] == [Verdict.BLOCKS, Verdict.UNKNOWN]


@pytest.mark.parametrize(
    ("right_sizing", "expected"),
    [("BASIC", "m5.xlarge"), ("NONE", "r5.2xlarge"), ("IN_AWS", "r5.2xlarge")],
)
def test_right_sizing_decides_which_type_is_launched(right_sizing: str, expected: str) -> None:
    template = replace(NETWORKS.templates["lt-1"], instance_type="r5.2xlarge")
    networks = Networks({"lt-1": template}, NETWORKS.subnets)
    settings = replace(SIZED, right_sizing=right_sizing)
    assert type_of("s-1", launching(settings=settings, networks=networks)) == expected
