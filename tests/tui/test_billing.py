"""What bills, joined from what DRS lists and what the store recorded."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from drs_tui.model.machines import Ec2Instance
from drs_tui.model.observed import Job, RecoveryInstance
from drs_tui.model.run import fold
from drs_tui.model.termination import RUN_TAG
from drs_tui.tui.billing import Bill, Landscape, bills, hours_of
from drs_tui.tui.rows.instances import (
    INSTANCE_COLUMNS,
    instance_lines,
    instance_row,
    why_not_alone,
    why_not_terminated,
)
from tests.tui.sample import START, Story, past, seal_all, succeeding, under_way

SEEN = START + timedelta(hours=3)


def landscape(*instances: RecoveryInstance, jobs: tuple[Job, ...] = ()) -> Landscape:
    return Landscape(instances, jobs, {"s-1": "orders-db-1"}, SEEN, "123456789012", "us-east-1")


def instance_of(story: Story, *, state: str = "RUNNING") -> RecoveryInstance:
    """The first instance a story launched, as DRS lists it."""
    run = fold(seal_all(story.drafts))
    assert run is not None
    first = next(iter(run.instances.values()))
    return RecoveryInstance(
        first.id, first.server_id, ec2_state=state, is_drill=True, job_id=first.job_id
    )


def cells(bill: Bill) -> dict[str, str]:
    row = instance_row(bill, SEEN)
    texts = ["".join(span.text for span in cell) for cell in row.cells]
    return dict(zip([column.title for column in INSTANCE_COLUMNS], texts, strict=True))


def test_an_instance_of_a_stored_run_says_which_since_when_and_that_its_clean_up_is_due() -> None:
    story = succeeding()
    (first, *_) = bills(landscape(instance_of(story)), [past(story)])
    said = cells(first)
    assert said["Launched by"] == "▲ clean-up due  three-tier"
    assert said["Kind"] == "drill"
    assert said["Bills for"].startswith("2h 5")
    assert why_not_terminated(first) == ""


def test_the_run_of_an_old_instance_is_found_by_its_job_s_tag_and_its_age_by_the_job() -> None:
    made = datetime.fromisoformat("2026-11-20T02:14:07+00:00")
    job = Job("drsjob-1", "LAUNCH", "COMPLETED", created_at=made, tags={RUN_TAG: "run-7"})
    instance = RecoveryInstance("i-1", "s-1", ec2_state="RUNNING", is_drill=True, job_id="drsjob-1")
    (bill,) = bills(landscape(instance, jobs=(job,)), [])
    assert (bill.run_id, bill.run) == ("run-7", None)
    assert cells(bill)["Bills for"] == "3d 03h"
    assert cells(bill)["Launched by"] == "a run of another store"
    assert "not in this store" in why_not_terminated(bill)


def test_what_nobody_knows_is_said_in_words() -> None:
    (bill,) = bills(landscape(RecoveryInstance("i-1", "s-9", job_id="drsjob-9")), [])
    said = cells(bill)
    assert said["Server"] == "s-9"
    assert said["Kind"] == "not said"
    assert said["State"] == "? not said"
    assert said["Bills for"] == "not known"
    assert said["Since"] == "not known"
    assert said["Launched by"] == "not by drs-tui"
    assert "DRS console" in why_not_terminated(bill)


def test_what_is_there_longest_stands_first_and_what_is_gone_not_at_all() -> None:
    story = succeeding()
    gone = instance_of(story, state="TERMINATED")
    other = RecoveryInstance("i-9", "s-1", ec2_state="STOPPED", is_drill=False)
    found = bills(landscape(gone, other), [past(story)])
    assert found[0].id == "i-9"
    assert gone.id not in [bill.id for bill in found]


def test_an_instance_that_drs_lists_no_more_is_not_taken_for_gone() -> None:
    story = succeeding()
    found = bills(landscape(), [past(story)])
    assert len(found) == 6
    assert {cells(bill)["State"] for bill in found} == {"? not listed"}
    said = "\n".join("".join(s.text for s in line) for line in instance_lines(found[0], SEEN))
    assert "EC2 can tell" in said


def in_ec2(*machines: Ec2Instance, seen: Landscape | None = None) -> Landscape:
    return replace(seen or landscape(), machines={machine.id: machine for machine in machines})


def test_ec2_says_what_runs_since_when_and_of_which_type() -> None:
    story = succeeding()
    instance = instance_of(story)
    machine = Ec2Instance(instance.id, "stopped", "m5.large", START)
    (first, *_) = bills(in_ec2(machine, seen=landscape(instance)), [past(story)])
    assert (first.type, first.since) == ("m5.large", START)
    assert cells(first)["State"] == "‖ stopped"
    assert hours_of([first], SEEN) == [("m5.large", 3.0)]


def test_what_ec2_calls_terminated_does_not_bill_whatever_drs_lists() -> None:
    instance = RecoveryInstance("i-1", "s-1", ec2_state="RUNNING", is_drill=True)
    gone = Ec2Instance("i-1", "terminated")
    assert bills(in_ec2(gone, seen=landscape(instance)), []) == []


def test_of_what_drs_lists_no_more_only_that_bills_which_ec2_has() -> None:
    story = succeeding()
    runs = instance_of(story)
    (bill,) = bills(in_ec2(Ec2Instance(runs.id, "running", "m5.large")), [past(story)])
    assert (bill.id, cells(bill)["State"]) == (runs.id, "▶ running")
    said = "\n".join("".join(s.text for s in line) for line in instance_lines(bill, SEEN))
    assert "EC2 runs it" in said
    assert "the clean-up of its run (t)" in why_not_alone(bill)


def test_the_record_of_another_region_says_nothing_about_this_one() -> None:
    elsewhere = replace(landscape(), region="eu-central-1")
    assert bills(elsewhere, [past(succeeding())]) == []


@pytest.mark.parametrize("is_drill", [False, True])
def test_a_real_recovery_is_never_terminated_from_here(is_drill: bool) -> None:
    story = succeeding()
    known = past(story)
    if is_drill:
        known = replace(known, header=replace(known.header, mode="recovery"))
    instance = replace(instance_of(story), is_drill=is_drill)
    bill = next(b for b in bills(landscape(instance), [known]) if b.id == instance.id)
    assert "it is production and stays" in why_not_terminated(bill)
    assert cells(bill)["Kind"] == ("drill" if is_drill else "RECOVERY")


def test_a_run_under_way_is_to_be_ended_first() -> None:
    story = under_way()
    (first, *_) = bills(landscape(instance_of(story)), [past(story)])
    assert "let it end, or open it (enter) and cancel it" in why_not_terminated(first)
    assert cells(first)["Launched by"].startswith("▶ running")
