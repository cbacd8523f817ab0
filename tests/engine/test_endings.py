"""What a wave's end says of servers that did not launch or were not verified."""

from __future__ import annotations

from drs_tui.engine.endings import run_finished, wave_finished
from drs_tui.model.expectation.usual import NO_HISTORY
from drs_tui.model.launch_checks import Ec2StatusCheck
from drs_tui.model.plan import PlanServer, Wave
from drs_tui.model.status import WaveStatus
from tests.model.story import Story, wave_of


def test_a_wave_that_all_launched_has_nothing_to_say() -> None:
    story = Story(wave_of("db", "s-1", "s-2"))
    story.complete("db", "drsjob-1")
    draft = wave_finished(story.run, "db", WaveStatus.SUCCEEDED, story.now)
    assert draft.data["launched"] == ["s-1", "s-2"]
    assert draft.data["failed"] == draft.data["unverified"] == []
    assert draft.data["words"] == ""


def test_it_names_what_failed_and_what_was_not_verified() -> None:
    servers = tuple(PlanServer(f"s-{n}", f"host-{n}") for n in (1, 2))
    story = Story(Wave("db", servers, checks=(Ec2StatusCheck(),)))
    story.complete("db", "drsjob-1", **{"s-1": "FAILED"})
    story.check("db", "s-2", "failed")
    draft = wave_finished(story.run, "db", WaveStatus.PARTIAL, story.now)
    assert (draft.data["launched"], draft.data["failed"]) == (["s-2"], ["s-1"])
    assert draft.data["unverified"] == ["s-2"]
    assert draft.data["words"] == (
        "host-1 failed; host-2 not verified, EC2 status: as it was found"
    )


def test_a_wave_that_was_cancelled_says_nothing_of_its_servers() -> None:
    story = Story(wave_of("db", "s-1"))
    draft = wave_finished(story.run, "db", WaveStatus.CANCELLED, story.now)
    assert dict(draft.data) == {"wave": "db", "outcome": "cancelled"}


def test_a_run_says_what_it_reached_of_its_objectives() -> None:
    story = Story(wave_of("db", "s-1"), rto_seconds=60)
    story.launch("db", "drsjob-1")
    story.wait(61)
    story.see("s-1", "LAUNCHED")
    story.end_job("drsjob-1")
    story.finish("db", "succeeded")
    draft = run_finished(story.run, NO_HISTORY, story.now)
    assert draft.data["outcome"] == "succeeded"
    assert (draft.data["objectives"], draft.data["rto_ms"]) == ("missed", 61_000)
