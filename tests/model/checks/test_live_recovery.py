"""No drill ends an instance that may be a live recovery, and no recovery one that nobody named."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from drs_tui.model.plan import Mode
from drs_tui.model.readiness import NOT_ASKED, Facts, Unread, Verdict

from .facts import BLOCKED_BY_LIVE, IS_READY, READY, checked, facts_of, found, listed, machine

RECOVERED = replace(READY, last_launch_type="RECOVERY", last_launch_job="drsjob-7")
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DENIED = Unread("ec2:DescribeInstances is refused.", "UnauthorizedOperation")
AWAY = Unread("EC2 does not answer.", "ConnectTimeoutError")


def test_a_server_without_any_instance_is_ready() -> None:
    assert checked(facts_of()) == IS_READY


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("is_drill", [None, False])
@pytest.mark.parametrize("job_id", ["drsjob-1", "drsjob-own"])
def test_an_instance_that_is_not_literally_a_drills_blocks(
    mode: Mode, is_drill: bool | None, job_id: str
) -> None:
    instances = [listed(is_drill=is_drill, job_id=job_id)]
    facts = facts_of(instances=instances, own_jobs=frozenset({"drsjob-own"}))
    assert checked(facts, mode) == BLOCKED_BY_LIVE


def test_somebody_elses_drill_instance_warns() -> None:
    facts = facts_of(instances=[listed(is_drill=True, job_id="drsjob-1")], machines=[machine()])
    assert checked(facts) == [(Verdict.WARNS, "earlier drill")]


def test_who_takes_on_the_end_of_one_drill_instance_does_not_take_on_that_of_the_next() -> None:
    keys = [
        found(facts_of(instances=[listed(each, is_drill=True, job_id="drsjob-1")]))[0].key
        for each in ("i-1", "i-2")
    ]
    assert keys == ["earlier drill:i-1", "earlier drill:i-2"]


KEPT = {"tags": {"drs-tui:keep": "until Friday"}}


@pytest.mark.parametrize("job_id", ["drsjob-1", "drsjob-own"])
@pytest.mark.parametrize(
    ("of_drs", "of_ec2"),
    [
        (KEPT, {}),
        ({}, KEPT),
        ({"failback_state": "FAILBACK_IN_PROGRESS"}, {}),
        ({"replication_state": "CONTINUOUS"}, {}),
    ],
)
def test_a_drill_instance_that_somebody_depends_on_blocks(
    of_drs: dict[str, Any], of_ec2: dict[str, Any], job_id: str
) -> None:
    told: dict[str, Any] = {
        "instances": [listed(is_drill=True, job_id=job_id, **of_drs)],
        "machines": [machine(**of_ec2)],
        "own_jobs": frozenset({"drsjob-own"}),
    }
    assert checked(facts_of(**told)) == BLOCKED_BY_LIVE
    assert checked(facts_of(**told), Mode.RECOVERY) == BLOCKED_BY_LIVE
    typed = facts_of(**told, ends=frozenset({"i-1"}))
    assert checked(typed) == BLOCKED_BY_LIVE
    assert checked(typed, Mode.RECOVERY) == [(Verdict.WARNS, "ends an instance")]


def test_the_runs_own_drill_instance_is_expected() -> None:
    own = frozenset({"drsjob-1"})
    instances = [listed(is_drill=True, job_id="drsjob-1")]
    assert checked(facts_of(instances=instances, machines=[machine()], own_jobs=own)) == IS_READY


def test_another_servers_instance_is_no_concern() -> None:
    instances = [listed(server_id="s-2", is_drill=False)]
    facts = facts_of(instances=instances, machines=[machine(server_id="s-2")])
    assert checked(facts) == IS_READY


# What only EC2 knows ----------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["pending", "running", "stopping", "stopped", "MADE_UP"])
def test_an_instance_that_drs_has_forgotten_blocks(state: str) -> None:
    [finding] = found(facts_of(machines=[machine("i-forgotten", state=state)]))
    assert (finding.verdict, finding.check) == BLOCKED_BY_LIVE[0]
    assert "i-forgotten" in finding.reason


@pytest.mark.parametrize("state", ["shutting-down", "terminated"])
def test_an_instance_that_is_past_saving_does_not(state: str) -> None:
    assert checked(facts_of(machines=[machine(state=state)])) == IS_READY


@pytest.mark.parametrize("kind", ["Replication", "Conversion"])
def test_the_machines_that_drs_works_with_do_not(kind: str) -> None:
    tags = {"Name": f"AWS Elastic Disaster Recovery {kind} Server"}
    assert checked(facts_of(machines=[machine(tags=tags)])) == IS_READY


def test_a_server_that_is_named_like_one_of_them_is_none() -> None:
    name = "AWS Elastic Disaster Recovery Conversion Server"
    of_template = {"Name": name, "aws:ec2launchtemplate:id": "lt-1"}
    assert checked(facts_of(machines=[machine(tags=of_template)])) == BLOCKED_BY_LIVE
    alike = facts_of(replace(READY, name=name), machines=[machine(tags={"Name": name})])
    assert checked(alike) == BLOCKED_BY_LIVE


def test_a_drill_beside_a_forgotten_recovery_does_not_hide_it() -> None:
    drill = listed("i-drill", is_drill=True, job_id="drsjob-1")
    machines = [machine("i-drill"), machine("i-forgotten")]
    assert checked(facts_of(instances=[drill], machines=machines)) == BLOCKED_BY_LIVE


# What could not be read -------------------------------------------------------------------------


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("unread", [NOT_ASKED, DENIED, AWAY])
@pytest.mark.parametrize("part", ["instances", "machines"])
def test_what_could_not_be_read_counts_as_a_live_recovery(
    part: str, unread: Unread, mode: Mode
) -> None:
    told: dict[str, Any] = {part: unread, "ends": frozenset({"i-1"})}
    [finding] = found(facts_of(**told), mode)
    assert (finding.verdict, finding.check) == BLOCKED_BY_LIVE[0]
    assert unread.words in finding.reason


def test_what_could_not_be_read_is_told_apart_by_whether_another_look_may_help() -> None:
    assert facts_of(machines=DENIED).unread == (DENIED,)
    assert (DENIED.is_denied, AWAY.is_denied) == (True, False)
    assert Facts({}).unread == ()


# The trace of a recovery ------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["RECOVERY", "MADE_UP"])
def test_a_recovery_whose_instance_nobody_has_any_more_has_to_be_acknowledged(kind: str) -> None:
    facts = facts_of(replace(RECOVERED, last_launch_type=kind))
    assert checked(facts) == [(Verdict.WARNS, "last launch")]
    gone = facts_of(RECOVERED, machines=[machine(state="terminated")])
    assert checked(gone) == [(Verdict.WARNS, "last launch")]


def test_a_young_recovery_whose_instance_does_not_show_yet_blocks_a_drill() -> None:
    young = replace(RECOVERED, last_launch_at=NOW - timedelta(minutes=20))
    assert checked(facts_of(young, as_of=NOW)) == BLOCKED_BY_LIVE
    warns = [(Verdict.WARNS, "last launch")]
    assert checked(facts_of(young, as_of=NOW), Mode.RECOVERY) == warns
    assert checked(facts_of(young, as_of=NOW + timedelta(hours=1))) == warns
    gone = machine(state="terminated", launched_at=NOW - timedelta(minutes=15))
    assert checked(facts_of(young, as_of=NOW, machines=[gone])) == warns
    earlier = replace(gone, launched_at=NOW - timedelta(days=2))
    assert checked(facts_of(young, as_of=NOW, machines=[earlier])) == BLOCKED_BY_LIVE


def test_a_recovery_whose_instance_runs_blocks() -> None:
    assert checked(facts_of(RECOVERED, machines=[machine()])) == BLOCKED_BY_LIVE


def test_a_recovery_may_launch_again_what_its_own_launch_left_without_an_instance() -> None:
    own = frozenset({"drsjob-7"})
    assert checked(facts_of(RECOVERED, own_jobs=own), Mode.RECOVERY) == IS_READY


# Ids that somebody typed ------------------------------------------------------------------------


def test_a_recovery_ends_only_the_instances_whose_ids_were_typed() -> None:
    machines = [machine("i-1"), machine("i-2")]
    one = facts_of(machines=machines, ends=frozenset({"i-1"}))
    ends = (Verdict.WARNS, "ends an instance")
    assert checked(one, Mode.RECOVERY) == [ends, *BLOCKED_BY_LIVE]
    both = facts_of(machines=machines, ends=frozenset({"i-1", "i-2"}))
    assert checked(both, Mode.RECOVERY) == [ends, ends]


def test_no_drill_ends_an_instance_whose_id_was_typed() -> None:
    facts = facts_of(instances=[listed(is_drill=False)], ends=frozenset({"i-1"}))
    assert checked(facts) == BLOCKED_BY_LIVE
