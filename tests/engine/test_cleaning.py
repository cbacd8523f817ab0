"""A clean-up ends what its drill launched, and never anything else."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drs_tui.audit.chain import ZERO_HASH, seal
from drs_tui.aws.errors import AwsRefused, AwsUnclear
from drs_tui.engine.own_jobs import SEARCH_SECONDS
from drs_tui.model.endpoints import Endpoints
from drs_tui.model.events import Draft, EventType
from drs_tui.model.machines import SOURCE_SERVER_TAG
from drs_tui.model.observed import Job
from drs_tui.model.status import CleanupStatus
from drs_tui.model.termination import KEEP_TAG, LAUNCH_TARGET_TAG, RUN_TAG
from tests.model.story import START
from tests.strategies import examples

from .cleanable import DRILL_JOB, Bench, Standing, bench, standing, two_places


def named(made: Bench) -> set[str]:
    """All that was ever to be terminated."""
    return {instance_id for ids in made.account.named for instance_id in ids}


# What may never happen --------------------------------------------------------------------------

FAILBACKS = ("FAILBACK_NOT_STARTED",) * 4 + ("FAILBACK_IN_PROGRESS", "FAILBACK_COMPLETED", "", "X")
REPLICATION = ("NOT_STARTED", "STOPPED", "DISCONNECTED", "", "INITIAL_SYNC", "CONTINUOUS")
TAGS: st.SearchStrategy[dict[str, str]] = st.dictionaries(
    st.sampled_from((KEEP_TAG, LAUNCH_TARGET_TAG, "Name")), st.text(max_size=3), max_size=1
)


@st.composite
def standings(draw: st.DrawFn) -> list[Standing]:
    """Instances of which anything may be true."""
    found = []
    for number in range(1, draw(st.integers(1, 6)) + 1):
        made = standing(
            number,
            is_drill=draw(st.sampled_from((True, True, True, False, None))),
            job_id=draw(st.sampled_from((DRILL_JOB,) * 4 + ("drsjob-9", ""))),
            failback_state=draw(st.sampled_from(FAILBACKS)),
            replication_state=draw(st.sampled_from(REPLICATION)),
            tags=draw(TAGS),
        )
        state = draw(st.sampled_from(("running", "stopped", "shutting-down", "terminated")))
        tags = {**made.machine.tags, **draw(TAGS)}
        made.machine = replace(made.machine, state=state, tags=tags)
        made.is_protected = draw(st.sampled_from((False, False, False, True, None)))
        made.is_listed = draw(st.sampled_from((True, True, True, False)))
        made.is_known = draw(st.sampled_from((True, True, True, False)))
        made.keeps_volumes = draw(st.booleans())
        found.append(made)
    return found


def forbids(each: Standing, into: Sequence[str]) -> bool:
    """Whether this instance must not be named, by all that is true of it at this moment."""
    return not (
        each.instance.is_drill is True
        and each.instance.job_id == DRILL_JOB
        and each.instance.failback_state == "FAILBACK_NOT_STARTED"
        and each.instance.replication_state in ("NOT_STARTED", "STOPPED", "DISCONNECTED", "")
        and each.is_protected is False
        and not {KEEP_TAG, LAUNCH_TARGET_TAG} & each.machine.tags.keys()
        and KEEP_TAG not in each.instance.tags
        and each.id not in into
        and each.is_known
        and each.is_listed
    )


def befall(each: Standing, what: str) -> None:
    """Something that people do to an instance."""
    match what:
        case "kept":
            each.machine = replace(each.machine, tags={**each.machine.tags, KEEP_TAG: "ana"})
        case "reversed":
            each.instance = replace(each.instance, failback_state="FAILBACK_IN_PROGRESS")
        case "promoted":
            each.instance = replace(each.instance, is_drill=False)
        case "disconnected":
            each.is_listed = False


@examples(250)
@given(st.data())
def test_no_call_ever_names_what_must_stay(data: st.DataObject) -> None:
    things = data.draw(standings())
    into = data.draw(st.lists(st.sampled_from([each.id for each in things]), max_size=1))
    made = bench(*things, into=into)
    befalls = st.tuples(
        st.sampled_from(things), st.sampled_from(("kept", "reversed", "promoted", "disconnected"))
    )
    later = data.draw(st.lists(befalls, max_size=3))

    def meanwhile() -> None:
        """While an intent is being stored, somebody may do something."""
        if later:
            befall(*later.pop())

    def judge(called: Sequence[Standing]) -> None:
        assert not [each for each in called if forbids(each, into)]

    made.on_settle = meanwhile
    made.account.on_call = judge
    run = asyncio.run(made.clean_up())
    assert run.cleanup.status in (CleanupStatus.DONE, CleanupStatus.FAILED)
    ours = [each for each in things if each.instance.job_id == DRILL_JOB]
    left = [each for each in ours if each.is_known and not each.machine.is_gone and each.is_listed]
    if run.cleanup.status is CleanupStatus.DONE:
        assert not left
    else:
        assert {each.id for each in left} <= set(run.cleanup.remaining)
        assert run.cleanup.words


# One guard at a time ----------------------------------------------------------------------------


def _kept_in_ec2(each: Standing) -> None:
    each.machine = replace(each.machine, tags={**each.machine.tags, KEEP_TAG: ""})


def _protected(each: Standing) -> None:
    each.is_protected = True


def _target(each: Standing) -> None:
    each.machine = replace(each.machine, tags={**each.machine.tags, LAUNCH_TARGET_TAG: "x"})


@pytest.mark.parametrize(
    ("spoil", "changes", "words"),
    [
        (_kept_in_ec2, {}, "tagged drs-tui:keep"),
        (None, {"tags": {KEEP_TAG: ""}}, "tagged drs-tui:keep"),
        (_protected, {}, "termination protection is on"),
        (_target, {}, "launched into"),
        (None, {"failback_state": "FAILBACK_IN_PROGRESS"}, "FAILBACK_IN_PROGRESS"),
        (None, {"replication_state": "INITIAL_SYNC"}, "INITIAL_SYNC"),
        (None, {"is_drill": False}, "DRS does not call it a drill's"),
        (None, {"is_drill": None}, "DRS does not call it a drill's"),
    ],
)
async def test_one_that_must_stay_is_named_with_its_reason_and_the_others_go(
    spoil: Any, changes: dict[str, Any], words: str
) -> None:
    stays, goes = standing(1, **changes), standing(2)
    if spoil is not None:
        spoil(stays)
    made = bench(stays, goes)
    run = await made.clean_up()
    assert named(made) == {"i-2"}
    assert run.cleanup.status is CleanupStatus.FAILED
    assert run.cleanup.remaining == ("i-1",)
    assert [refusal.instance_id for refusal in run.cleanup.refused] == ["i-1"]
    assert words in run.cleanup.words


async def test_a_machine_that_was_launched_into_stays() -> None:
    made = bench(standing(1), standing(2), into=["i-1"])
    run = await made.clean_up()
    assert (named(made), run.cleanup.remaining) == ({"i-2"}, ("i-1",))


async def test_no_call_names_more_than_a_hundred() -> None:
    made = bench(*(standing(number) for number in range(1, 251)))
    run = await made.clean_up()
    assert run.cleanup.status is CleanupStatus.DONE
    assert [len(ids) for ids in made.account.named] == [100, 100, 50]


async def test_what_comes_up_while_the_intent_is_stored_is_seen() -> None:
    stays, goes = standing(1), standing(2)
    made = bench(stays, goes)
    made.on_settle = lambda: befall(stays, "kept")
    run = await made.clean_up()
    assert (named(made), run.cleanup.remaining) == ({"i-2"}, ("i-1",))


# When it is done --------------------------------------------------------------------------------


async def test_it_is_done_when_ec2_has_neither_instances_nor_volumes() -> None:
    made = bench(standing(1))
    run = await made.clean_up()
    assert (run.cleanup.status, run.cleanup.remaining) == (CleanupStatus.DONE, ())


@pytest.mark.parametrize("shows_after_seconds", [0, 5, 120])
async def test_it_is_not_done_while_a_launch_that_nobody_heard_of_may_show(
    shows_after_seconds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = bench(standing(1))
    intent = seal("01RUN", 9, ZERO_HASH, Draft("wave.launch_intended", START, "b", {"wave": "db"}))
    made.story.tell("run.late_events", texts=[intent.text], after=1)
    due = made.story.now + timedelta(seconds=shows_after_seconds)
    lost = Job("drsjob-lost", "LAUNCH", "COMPLETED", "START_DRILL", tags={RUN_TAG: "01RUN"})
    thing = standing(9, server_id="s-1", job_id=lost.id)
    thing.machine = replace(thing.machine, tags={SOURCE_SERVER_TAG: "s-1"})
    listed = made.account.jobs_since

    async def jobs_since(since: datetime) -> list[Job]:
        if made.story.now >= due and lost.id not in made.account.jobs_known:
            made.account.jobs_known[lost.id] = lost
            made.account.things.append(thing)
        return await listed(since)

    monkeypatch.setattr(made.account, "jobs_since", jobs_since)
    run = await made.clean_up()
    assert run.cleanup.status is CleanupStatus.DONE
    assert named(made) == {"i-1", "i-9"}
    assert made.story.now - due >= timedelta(seconds=SEARCH_SECONDS - shows_after_seconds)


async def test_a_volume_that_stays_makes_it_a_failure() -> None:
    thing = standing(1)
    thing.keeps_volumes = True
    run = await bench(thing).clean_up()
    assert run.cleanup.status is CleanupStatus.FAILED
    assert run.cleanup.volumes == ("vol-1",)
    assert "vol-1" in run.cleanup.words


async def test_what_drs_has_forgotten_and_ec2_runs_makes_it_a_failure() -> None:
    thing = standing(1)
    thing.machine = replace(
        thing.machine,
        tags={SOURCE_SERVER_TAG: "s-1", "drs.amazonaws.com-job": DRILL_JOB},
    )
    thing.is_listed = False
    made = bench(thing)
    run = await made.clean_up()
    assert (run.cleanup.status, named(made)) == (CleanupStatus.FAILED, set())
    assert run.cleanup.remaining == ("i-1",)
    assert "DRS lists it no more" in run.cleanup.words


@pytest.mark.parametrize("read", ["instances_of_servers", "instances", "is_protected"])
async def test_without_ec2_nothing_is_terminated_and_nothing_is_called_done(read: str) -> None:
    made = bench(standing(1))
    denied = AwsRefused("not allowed", operation=read, code="UnauthorizedOperation")
    made.account.failures.append((read, denied))
    run = await made.clean_up()
    assert (run.cleanup.status, named(made)) == (CleanupStatus.FAILED, set())
    assert "not allowed" in run.cleanup.words


async def test_a_read_that_fails_once_is_tried_again() -> None:
    made = bench(standing(1))
    made.account.failures.append(("instances", AwsUnclear("cut", operation="DescribeInstances")))
    assert (await made.clean_up()).cleanup.status is CleanupStatus.DONE


async def test_an_instance_without_its_servers_tag_is_found_by_its_id() -> None:
    thing = standing(1)
    thing.machine = replace(thing.machine, tags={})
    made = bench(thing)
    assert (await made.clean_up()).cleanup.status is CleanupStatus.DONE
    assert named(made) == {"i-1"}


async def test_in_another_account_nothing_is_found_and_nothing_is_called_done() -> None:
    made = bench(standing(1))
    made.account.account = "999999999999"
    run = await made.clean_up()
    assert (run.cleanup.status, named(made)) == (CleanupStatus.FAILED, set())
    assert "999999999999" in run.cleanup.words


@pytest.mark.parametrize(
    "elsewhere", [Endpoints(simulated=True), Endpoints({"ec2": "https://ec2.test"}, ("ec2",))]
)
async def test_where_something_else_answers_than_launched_nothing_is_called_gone(
    elsewhere: Endpoints,
) -> None:
    made = bench(standing(1))
    made.account.answers_at = elsewhere
    made.account.things = []
    run = await made.clean_up()
    assert (run.cleanup.status, named(made)) == (CleanupStatus.FAILED, set())
    assert "Nothing was terminated" in run.cleanup.words
    assert not any(instance.gone for instance in run.instances.values())


async def test_a_job_that_is_not_what_was_asked_for_ends_the_clean_up() -> None:
    made = bench(standing(1))
    made.account.initiated_by = "START_RECOVERY"
    run = await made.clean_up()
    assert run.cleanup.status is CleanupStatus.FAILED
    assert "drsjob-t1 says START_RECOVERY" in run.cleanup.words


async def test_of_some_that_were_asked_for_the_others_stay_as_they_are() -> None:
    made = bench(standing(1), standing(2), only=["i-2"])
    # The run has seen both: only what it knows can be asked for.
    run = await made.clean_up()
    assert (named(made), run.cleanup.remaining) == ({"i-2"}, ("i-1",))


async def test_what_has_to_stay_is_told_while_the_rest_goes() -> None:
    stays, goes = standing(1), standing(2)
    stays.is_protected = True
    made = bench(stays, goes)
    await made.clean_up()
    (told,) = [e for e in made.story.events if e.type == EventType.CLEANUP_OBSERVED]
    assert "termination protection" in str(told.data["words"])


# Several targets --------------------------------------------------------------------------------


async def test_what_is_in_two_accounts_is_terminated_in_each() -> None:
    made = two_places(standing(1), standing(2, job_id="drsjob-2"))
    run = await made.clean_up()
    [there] = made.elsewhere
    assert (made.account.named, there.named) == ([("i-1",)], [("i-2",)])
    assert run.cleanup.status is CleanupStatus.DONE
    assert [event.type for event in made.story.events].count(EventType.CLEANUP_FINISHED) == 1


async def test_what_is_in_the_way_in_one_account_keeps_nothing_from_going_in_another() -> None:
    made = two_places(standing(1), standing(2, job_id="drsjob-2"))
    made.elsewhere[0].account = "999999999999"
    run = await made.clean_up()
    assert made.account.named == [("i-1",)]
    assert made.elsewhere[0].named == []
    assert run.cleanup.status is CleanupStatus.FAILED
    assert "of account 999999999999, and the run launched in 210987654321" in run.cleanup.words
    assert run.cleanup.remaining == ("i-2",)


async def test_a_clean_up_of_one_instance_asks_nothing_of_another_account() -> None:
    made = two_places(standing(1), standing(2, job_id="drsjob-2"), only=["i-1"])
    made.elsewhere[0].failures = [
        ("recovery_instances", AwsUnclear("out of reach", operation="Describe"))
    ]
    run = await made.clean_up()
    assert made.account.named == [("i-1",)]
    assert made.elsewhere[0].failures, "nobody asked"
    assert run.cleanup.status is CleanupStatus.DUE
    assert run.cleanup.remaining == ("i-2",)
