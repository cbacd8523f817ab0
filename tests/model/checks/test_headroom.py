"""Room for a launch: jobs, servers in them, addresses; beside all that runs or begins."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from drs_tui.model.checks.headroom import (
    Limits,
    Shortage,
    check_addresses,
    check_headroom,
    limits_of,
    shortage,
    side_by_side,
)
from drs_tui.model.machines import Interface, LaunchTemplate, Networks, Subnet
from drs_tui.model.observed import Job, ParticipatingServer, PlanExecution
from drs_tui.model.plan import Wave
from drs_tui.model.readiness import Facts, Launching, Unread, Verdict
from tests.model.story import wave_of

from .facts import PLAIN, facts_of, machine

DENIED = Unread("servicequotas:ListServiceQuotas is refused.", "AccessDeniedException")


TOLD_401 = "401 of 500 servers are in DRS jobs"
TWO_FIRST = "2 held back before it come first"


def jobs(count: int, servers: int) -> list[Job]:
    held = tuple(ParticipatingServer(f"s-{n}") for n in range(servers))
    return [Job(f"drsjob-{n}", "LAUNCH", "STARTED", servers=held) for n in range(count)]


def waves_of(*sizes: int, in_a_row: bool = False) -> list[Wave]:
    """Waves of so many servers each, that wait for each other or not."""
    return [
        wave_of(f"w{n}", *map(str, range(size)), after=(f"w{n - 1}",) if in_a_row and n else ())
        for n, size in enumerate(sizes)
    ]


def headroom(waves: list[Wave], **facts: Any) -> list[tuple[Verdict, str]]:
    found = check_headroom(waves, Facts({}, **{"executions": (), **facts}))
    return [(finding.verdict, finding.thing) for finding in found]


ROOM = [(Verdict.PASSES, "jobs")]


@pytest.mark.parametrize(
    ("running", "sizes", "expected"),
    [
        ([], [1, 100], ROOM),
        ([], [1, 101], [(Verdict.BLOCKS, "w1")]),
        (jobs(19, 1), [1], ROOM),
        (jobs(20, 1), [1], [(Verdict.WARNS, "jobs")]),
        (jobs(19, 1), [1, 1], [(Verdict.WARNS, "jobs")]),
        (jobs(4, 100), [100], ROOM),
        (jobs(4, 100), [1, 100, 100], [(Verdict.WARNS, "servers in jobs")]),
        ([*jobs(4, 100), *jobs(1, 1)], [100], [(Verdict.WARNS, "servers in jobs")]),
        ([Job("drsjob-1", "LAUNCH", "COMPLETED")] * 30, [1], ROOM),
    ],
)
def test_documented_quotas(
    running: list[Job], sizes: list[int], expected: list[tuple[Verdict, str]]
) -> None:
    assert headroom(waves_of(*sizes), jobs=running) == expected


def test_waves_that_wait_for_each_other_are_counted_one_at_a_time() -> None:
    in_a_row = waves_of(100, 100, 100, in_a_row=True)
    assert headroom(in_a_row, jobs=jobs(4, 100)) == ROOM


def test_launches_of_this_process_count_before_drs_lists_them() -> None:
    nineteen = {"jobs": jobs(19, 1)}
    assert headroom(waves_of(1), **nineteen, launching=[Launching("", 1)]) == [
        (Verdict.WARNS, "jobs")
    ]
    many = [Launching("drsjob-new", 450)]
    assert headroom(waves_of(60), launching=many) == [(Verdict.WARNS, "servers in jobs")]


def test_quotas_of_the_account_win_over_those_that_are_documented() -> None:
    told = {"L-D88FAC3A": 2.0, "L-B827C881": 4.0, "L-05AFA8C6": 6.0}
    assert limits_of(told) == Limits(2, 4, 6, "by Service Quotas")
    assert headroom(waves_of(5), quotas=told) == [(Verdict.BLOCKS, "w0")]
    assert headroom(waves_of(4), quotas=told, jobs=jobs(1, 3)) == [
        (Verdict.WARNS, "servers in jobs")
    ]
    assert limits_of({"L-D88FAC3A": 40.0}).concurrent_jobs == 40


@pytest.mark.parametrize(
    ("running", "launching", "servers", "expected"),
    [
        (jobs(19, 1), [], 1, None),
        (jobs(20, 1), [], 1, Shortage("jobs", "20 of 20 DRS jobs run")),
        (jobs(19, 1), [Launching("", 1)], 1, Shortage("jobs", "20 of 20 DRS jobs run")),
        (jobs(4, 100), [], 100, None),
        (jobs(4, 100), [Launching("", 1)], 100, Shortage("servers in jobs", TOLD_401)),
        (jobs(18, 1), [Launching("", 1, waits=True)], 1, None),
        (jobs(18, 1), [Launching("", 1, waits=True)] * 2, 1, Shortage("turn", TWO_FIRST)),
    ],
)
def test_a_launch_waits_for_what_runs_and_for_whoever_came_before(
    running: list[Job], launching: list[Launching], servers: int, expected: Shortage | None
) -> None:
    assert shortage(servers, Facts({}, jobs=running, launching=launching)) == expected


def test_what_native_plans_are_about_to_launch_takes_room() -> None:
    waits = PlanExecution("arn", "DRILL", to_launch=(("s-1",), ("s-2", "s-3")))
    assert headroom(waves_of(1), jobs=jobs(18, 1), executions=[waits]) == ROOM
    assert headroom(waves_of(1), jobs=jobs(19, 1), executions=[waits]) == [(Verdict.WARNS, "jobs")]
    told = {"L-05AFA8C6": 4.0}
    assert headroom(waves_of(3), quotas=told, executions=[waits]) == [
        (Verdict.WARNS, "servers in jobs")
    ]
    over = PlanExecution("arn", "DRILL")
    assert headroom(waves_of(1), jobs=jobs(19, 1), executions=[over]) == ROOM
    assert headroom(waves_of(1), executions=DENIED) == [(Verdict.UNKNOWN, "native plans")]


def test_a_launch_leaves_native_plans_the_room_that_they_need_next() -> None:
    waits = PlanExecution("arn", "RECOVERY", to_launch=(("s-1",),))
    held = shortage(1, Facts({}, jobs=jobs(19, 1), executions=[waits]))
    words = "20 of 20 DRS jobs run, 1 of them once DRS's own recovery plans go on"
    assert held == Shortage("jobs", words)


def test_it_says_where_quotas_are_from() -> None:
    [denied] = check_headroom(waves_of(1), Facts({}, quotas=DENIED, executions=()))
    assert DENIED.words in denied.reason
    [told] = check_headroom(
        waves_of(1),
        Facts(
            {},
            quotas=dict.fromkeys(("L-D88FAC3A", "L-B827C881", "L-05AFA8C6"), 100.0),
            executions=(),
        ),
    )
    assert "by Service Quotas" in told.reason


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ({}, {"a", "b", "c", "d"}),
        ({"b": ["a"], "c": ["b"], "d": ["c"]}, {"d"}),
        ({"b": ["a"], "c": ["a"], "d": ["b", "c"]}, {"b", "c"}),
        ({"c": ["a"], "d": ["b"]}, {"c", "d"}),
    ],
)
def test_the_largest_waves_that_can_run_at_once(
    after: dict[str, list[str]], expected: set[str]
) -> None:
    sizes = {"a": 1, "b": 2, "c": 3, "d": 4}
    waves = [
        wave_of(name, *(f"{name}{n}" for n in range(size)), after=tuple(after.get(name, ())))
        for name, size in sizes.items()
    ]
    found = side_by_side(waves, lambda wave: len(wave.servers))
    assert {wave.name for wave in found} == expected


# Addresses --------------------------------------------------------------------------------------


def addresses(free: int | None, count: int, **facts: Any) -> list[Verdict]:
    ids = [f"s-{n}" for n in range(1, count + 1)]
    subnet = Subnet("subnet-drill", "vpc-drill", free_addresses=free)
    template = LaunchTemplate("lt-1", 2, is_default=True, interfaces=(Interface("subnet-drill"),))
    known = facts_of(
        settings={i: replace(PLAIN, server_id=i) for i in ids},
        networks=Networks({"lt-1": template}, {subnet.id: subnet}),
        **facts,
    )
    return [finding.verdict for finding in check_addresses([wave_of("db", *ids)], known)]


def test_a_subnet_without_enough_addresses_blocks() -> None:
    assert addresses(3, 3) == []
    assert addresses(2, 3) == [Verdict.BLOCKS]
    assert addresses(None, 3) == []


def test_what_a_launch_removes_makes_room() -> None:
    earlier = machine(interfaces=(Interface("subnet-drill"),))
    assert addresses(2, 3, machines=[earlier]) == []
    gone = replace(earlier, state="terminated")
    assert addresses(2, 3, machines=[gone]) == [Verdict.BLOCKS]


def test_subnets_that_could_not_be_read_are_unknown() -> None:
    facts = facts_of(networks=Unread("EC2 does not answer.", "ConnectTimeoutError"))
    [finding] = check_addresses([wave_of("db", "s-1")], facts)
    assert finding.verdict is Verdict.UNKNOWN
