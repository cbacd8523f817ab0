"""What a look at DRS tells that the run does not know yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drs_tui.engine.news import DRIVER, Look, jobs_to_watch, news, servers_to_look_up
from drs_tui.model.events import Draft, EventType
from drs_tui.model.folding.observed_events import log_key
from drs_tui.model.machines import SOURCE_SERVER_TAG, Ec2Instance
from drs_tui.model.observed import Job, ParticipatingServer, RecoveryInstance
from drs_tui.model.status import ServerResult
from tests.model.story import Story, wave_of
from tests.strategies import examples, json_objects

JOB = Job("drsjob-1", "LAUNCH", "STARTED", "START_DRILL")
INSTANCE = RecoveryInstance("i-1", "s-1", "i-1", "RUNNING", is_drill=True, job_id="drsjob-1")
MACHINE = Ec2Instance("i-1", "running", tags={SOURCE_SERVER_TAG: "s-1"})


def launched() -> Story:
    story = Story(wave_of("db", "s-1", "s-2"), wave_of("web", "s-3"))
    story.launch("db", "drsjob-1")
    return story


def told(story: Story, look: Look) -> list[Draft]:
    """Record the news of a look."""
    drafts = news(story.run, look, story.now)
    for draft in drafts:
        story.record(draft)
    return drafts


def job(*servers: ParticipatingServer, status: str = "STARTED") -> Look:
    return Look(jobs=[replace(JOB, status=status, servers=servers)])


def log(*items: Any) -> Look:
    return Look(jobs=[JOB], logs={"drsjob-1": items})


def of_type(kind: EventType, drafts: Sequence[Draft]) -> list[Draft]:
    return [draft for draft in drafts if draft.type == kind]


# Whatever DRS says ------------------------------------------------------------------------------

server_ids = st.sampled_from(("s-1", "s-2", "s-3", "s-9"))
words = st.sampled_from(("", "PENDING", "LAUNCHED", "FAILED", "COMPLETED", "RUNNING", "TERMINATED"))
open_words = words | st.text(max_size=4)


@st.composite
def machines(draw: st.DrawFn, listed: Sequence[RecoveryInstance]) -> dict[str, Ec2Instance]:
    """Some of what DRS lists, and one that it does not, as EC2 has them."""
    states = st.sampled_from(("pending", "running", "shutting-down", "terminated"))
    volumes = st.lists(st.sampled_from(("vol-1", "vol-2")), unique=True).map(tuple)
    ids = draw(st.sets(st.sampled_from((*(each.id for each in listed), "i-s-1"))))
    return {i: Ec2Instance(i, draw(states), volume_ids=draw(volumes)) for i in ids}


@st.composite
def looks(draw: st.DrawFn) -> Look:
    """An answer to anything that could be asked; one instance of a server at a time."""
    held = draw(st.lists(server_ids, unique=True))
    instances = {server_id: draw(st.sampled_from(("", f"i-{server_id}"))) for server_id in held}
    servers = tuple(ParticipatingServer(i, draw(open_words), instances[i]) for i in held)
    jobs = [
        Job(job_id, "LAUNCH", draw(open_words), draw(open_words), servers)
        for job_id in draw(st.lists(st.sampled_from(("drsjob-1", "drsjob-9")), unique=True))
    ]
    listed = [
        RecoveryInstance(
            f"i-{server_id}",
            server_id,
            ec2_state=draw(open_words),
            is_drill=draw(st.none() | st.booleans()),
            job_id=draw(st.sampled_from(("drsjob-1", "drsjob-9", ""))),
        )
        for server_id in draw(st.lists(server_ids, unique=True))
    ]
    items: st.SearchStrategy[Any] = json_objects | st.fixed_dictionaries(
        {"event": words, "eventData": st.fixed_dictionaries({"sourceServerID": server_ids})}
    )
    return Look(
        jobs=jobs,
        logs={each.id: draw(st.lists(items, max_size=4)) for each in jobs},
        instances=listed,
        machines=draw(st.none() | machines(listed)),
    )


@examples(100)
@given(st.lists(looks(), min_size=1, max_size=3))
def test_what_was_told_is_no_news_any_more(seen: list[Look]) -> None:
    story = launched()
    for look in seen:
        for draft in told(story, look):
            assert (draft.actor, draft.at) == (DRIVER, story.now)
        assert news(story.run, look, story.now) == []
    assert story.run.unreadable == ()


def test_an_empty_look_is_no_news() -> None:
    assert news(launched().run, Look(), launched().now) == []


# Jobs and servers -------------------------------------------------------------------------------


def test_servers_are_told_before_the_jobs_end() -> None:
    story = launched()
    drafts = told(story, job(ParticipatingServer("s-1", "LAUNCHED", "i-1"), status="COMPLETED"))
    assert [draft.type for draft in drafts] == [EventType.SERVER_OBSERVED, EventType.JOB_OBSERVED]
    one, two = story.run.of_wave("db")
    assert (one.result, one.instance_id) == (ServerResult.LAUNCHED, "i-1")
    assert two.result is ServerResult.NOT_LAUNCHED


def test_an_absent_launch_status_is_no_failure() -> None:
    story = launched()
    told(story, job(ParticipatingServer("s-1"), ParticipatingServer("s-2")))
    assert {server.result for server in story.run.of_wave("db")} == {ServerResult.OPEN}


def test_a_launch_status_that_goes_missing_takes_nothing_back() -> None:
    story = launched()
    told(story, job(ParticipatingServer("s-1", "LAUNCHED")))
    assert told(story, job(ParticipatingServer("s-1"))) == []
    assert told(story, job()) == []
    assert story.run.servers["s-1"].result is ServerResult.LAUNCHED


@pytest.mark.parametrize("status", ["MADE_UP", "launched"])
def test_unknown_words_pass_through_as_they_are(status: str) -> None:
    story = launched()
    told(story, job(ParticipatingServer("s-1", status), status=status))
    assert story.run.servers["s-1"].launch_status == status
    assert story.run.jobs["drsjob-1"].status == status


def test_other_peoples_jobs_and_servers_are_no_news() -> None:
    story = launched()
    foreign = Look(jobs=[replace(JOB, id="drsjob-9", servers=(ParticipatingServer("s-1", "X"),))])
    assert told(story, foreign) == []
    drafts = told(story, job(ParticipatingServer("s-3", "LAUNCHED"), ParticipatingServer("s-9")))
    assert of_type(EventType.SERVER_OBSERVED, drafts) == []


# The job log ------------------------------------------------------------------------------------

STARTED = {"event": "JOB_START"}
SKIPPED = {"event": "SERVER_SKIPPED", "eventData": {"sourceServerID": "s-1"}}


def items(drafts: Sequence[Draft]) -> list[Any]:
    return [draft.data["item"] for draft in of_type(EventType.JOB_LOGGED, drafts)]


def test_log_items_are_told_once_and_in_order() -> None:
    story = launched()
    assert items(told(story, log(STARTED, SKIPPED))) == [STARTED, SKIPPED]
    assert items(told(story, log(STARTED, SKIPPED))) == []


def test_the_same_item_twice_in_the_log_is_told_twice() -> None:
    story = launched()
    assert items(told(story, log(STARTED))) == [STARTED]
    assert items(told(story, log(STARTED, STARTED, SKIPPED, STARTED))) == [
        STARTED,
        SKIPPED,
        STARTED,
    ]


@given(*[st.lists(st.sampled_from((STARTED, SKIPPED, {**STARTED, "event": "JOB_END"})))] * 2)
def test_of_a_log_is_told_how_much_more_it_has_of_each_item(before: Any, after: Any) -> None:
    story = launched()
    told(story, log(*before))
    found = items(told(story, log(*after)))
    more = Counter(map(log_key, after)) - Counter(map(log_key, before))
    assert Counter(map(log_key, found)) == more


def test_a_log_that_got_shorter_takes_nothing_back() -> None:
    story = launched()
    told(story, log(STARTED, STARTED, SKIPPED))
    assert told(story, log(STARTED)) == []
    assert told(story, Look(jobs=[JOB])) == []


def test_the_order_of_members_makes_no_new_item() -> None:
    story = launched()
    codes = {"volumeToProductCodes": {"vol-1": [{"productCodeId": "a", "productCodeMode": "b"}]}}
    turned = {"volumeToProductCodes": {"vol-1": [{"productCodeMode": "b", "productCodeId": "a"}]}}
    told(story, log({"event": "CONVERSION_START", "eventData": {"conversionProperties": codes}}))
    again = log({"eventData": {"conversionProperties": turned}, "event": "CONVERSION_START"})
    assert items(told(story, again)) == []


# Instances --------------------------------------------------------------------------------------


def states(drafts: Sequence[Draft]) -> list[tuple[Any, Any]]:
    return [(d.data["state"], d.data["gone"]) for d in of_type(EventType.INSTANCE_OBSERVED, drafts)]


def instances(*listed: RecoveryInstance) -> Look:
    """What DRS lists, when EC2 is not asked."""
    return Look(instances=listed)


def in_ec2(*machines: Ec2Instance, listed: Sequence[RecoveryInstance] = ()) -> Look:
    return Look(instances=listed, machines={machine.id: machine for machine in machines})


def test_an_instance_appears_changes_and_goes() -> None:
    story = launched()
    assert states(told(story, instances(INSTANCE))) == [("RUNNING", False)]
    assert states(told(story, instances(replace(INSTANCE, ec2_state="STOPPING")))) == [
        ("STOPPING", False)
    ]
    assert states(told(story, instances(replace(INSTANCE, ec2_state="TERMINATED")))) == [
        ("TERMINATED", True)
    ]
    assert states(told(story, instances())) == []
    assert story.run.servers["s-1"].instance_state == "gone"


def test_that_drs_lists_an_instance_no_more_does_not_make_it_gone() -> None:
    story = launched()
    told(story, instances(INSTANCE))
    assert told(story, instances()) == []
    assert told(story, in_ec2(MACHINE)) == []
    assert states(told(story, in_ec2(replace(MACHINE, state="terminated")))) == [
        ("TERMINATED", True)
    ]
    assert told(story, in_ec2()) == []


def test_an_instance_that_neither_drs_nor_ec2_has_is_gone() -> None:
    story = launched()
    told(story, instances(INSTANCE))
    assert states(told(story, in_ec2())) == [("in EC2 no more", True)]
    assert told(story, in_ec2()) == []
    assert states(told(story, instances(INSTANCE))) == [("RUNNING", False)]


def test_ec2_is_believed_rather_than_drs() -> None:
    story = launched()
    terminated = replace(INSTANCE, ec2_state="TERMINATED")
    assert states(told(story, in_ec2(MACHINE, listed=[terminated]))) == [("RUNNING", False)]
    ended = replace(MACHINE, state="terminated")
    assert states(told(story, in_ec2(ended, listed=[INSTANCE]))) == [("TERMINATED", True)]


def test_the_volumes_of_an_instance_are_remembered_when_ec2_names_them_no_more() -> None:
    story = launched()
    told(story, instances(replace(INSTANCE, volume_ids=("vol-1",))))
    told(story, in_ec2(replace(MACHINE, volume_ids=("vol-1", "vol-2")), listed=[INSTANCE]))
    told(story, in_ec2(replace(MACHINE, state="terminated")))
    assert story.run.instances["i-1"].volume_ids == ("vol-1", "vol-2")


def test_since_when_an_instance_bills_is_ec2s_word_once_it_was_asked() -> None:
    story = launched()
    told(story, instances(INSTANCE))
    assert story.run.instances["i-1"].since == story.now
    began = story.now - timedelta(minutes=3)
    told(story, in_ec2(replace(MACHINE, launched_at=began), listed=[INSTANCE]))
    assert story.run.instances["i-1"].since == began
    story.wait(3600)
    told(story, in_ec2())
    assert story.run.instances["i-1"].gone_at == story.now


def test_what_the_run_launched_and_drs_does_not_list_is_told_with_its_job() -> None:
    story = launched()
    stray = replace(MACHINE, id="i-7")
    look = Look(machines={"i-7": stray}, launched_by={"i-7": "drsjob-1"})
    (draft,) = told(story, look)
    assert (draft.data["instance"], draft.data["job_id"]) == ("i-7", "drsjob-1")
    assert draft.data["is_drill"] is None
    assert told(story, look) == []


def test_an_instance_of_another_job_is_no_news() -> None:
    assert told(launched(), instances(replace(INSTANCE, job_id="drsjob-9"))) == []


# Where to look ----------------------------------------------------------------------------------


def test_a_job_is_watched_until_its_wave_has_ended() -> None:
    story = Story(wave_of("db", "s-1"))
    assert jobs_to_watch(story.run) == ()
    story.launch("db", "drsjob-1")
    assert jobs_to_watch(story.run) == ("drsjob-1",)
    story.see("s-1", "LAUNCHED")
    # The last log items may come after the job's end.
    assert jobs_to_watch(story.end_job("drsjob-1")) == ("drsjob-1",)
    assert jobs_to_watch(story.finish("db", "succeeded")) == ()


def test_a_clean_ups_job_is_watched_until_it_has_ended() -> None:
    story = Story(wave_of("db", "s-1"))
    story.tell("cleanup.started", job_id="drsjob-2", instances=["i-1"])
    assert jobs_to_watch(story.run) == ("drsjob-2",)
    assert jobs_to_watch(story.end_job("drsjob-2")) == ()


def test_instances_are_looked_up_once_the_launch_ended_whatever_its_status() -> None:
    story = launched()
    story.see("s-1", "LAUNCHED")
    story.see("s-2", "FAILED")
    assert servers_to_look_up(story.run) == ()
    story.end_job("drsjob-1")
    assert servers_to_look_up(story.run) == ("s-1", "s-2")
    told(story, instances(INSTANCE))
    assert servers_to_look_up(story.run) == ("s-2",)


def test_what_drs_calls_a_launched_server_of_a_final_wave_later_is_no_news() -> None:
    story = Story(wave_of("db", "s-1"))
    story.complete("db", "drsjob-1")
    story.finish("db", "succeeded")
    ended = job(ParticipatingServer("s-1", "TERMINATED", ""), status="COMPLETED")
    assert not of_type(EventType.SERVER_OBSERVED, told(story, ended))
    assert story.run.servers["s-1"].result is ServerResult.LAUNCHED
