"""By which tags a run knows its own jobs."""

from __future__ import annotations

from dataclasses import replace

from drs_tui.engine.own_jobs import has_any, launch_tags, own_job, similar_jobs, unknown_launches
from drs_tui.model.observed import Job
from drs_tui.model.state.launches import LaunchIntent
from drs_tui.model.state.run import Run
from tests.model.story import Story, wave_of

from .launchable import job_of

LONG = "w" * 300


def begun(wave: str = "db", **created: object) -> tuple[Run, LaunchIntent]:
    story = Story(wave_of(wave, "s-1", "s-2"), created=created)
    intent = story.intend(wave).waves[wave].intent
    assert intent is not None
    return story.run, intent


def test_a_job_is_tagged_with_run_plan_wave_attempt_and_token() -> None:
    run, intent = begun()
    assert launch_tags(run, run.waves["db"], intent) == {
        "drs-tui:run": "01RUN",
        "drs-tui:plan": "three-tier",
        "drs-tui:wave": "db",
        "drs-tui:attempt": "1",
        "drs-tui:token": "token-db-1",
    }


def test_a_change_ticket_stands_with_them_cut_to_what_a_tag_holds() -> None:
    run, intent = begun(LONG, change=LONG)
    tags = launch_tags(run, run.waves[LONG], intent)
    assert tags["drs-tui:change"] == tags["drs-tui:wave"] == LONG[:256]


def tagged(job_id: str, run: Run, intent: LaunchIntent, *servers: str, wave: str = "db") -> Job:
    tags = launch_tags(run, run.waves[wave], intent)
    return job_of(job_id, *(servers or intent.server_ids), tags=tags)


def test_its_own_job_is_the_one_with_its_token() -> None:
    run, intent = begun()
    other = tagged("drsjob-0", run, replace(intent, token="another"))
    own = tagged("drsjob-1", run, intent)
    assert own_job([other, own], run, "db", intent) is own


def test_else_it_is_one_of_an_earlier_attempt_that_has_all_its_servers() -> None:
    run, intent = begun()
    earlier = replace(intent, token="earlier")
    some = tagged("drsjob-0", run, earlier, "s-1")
    all_of_them = tagged("drsjob-1", run, earlier, "s-1", "s-2", "s-3")
    assert own_job([some], run, "db", intent) is None
    no_more = tagged("drsjob-2", run, earlier)
    assert own_job([some, all_of_them], run, "db", intent) is all_of_them
    assert own_job([some, no_more], run, "db", intent) is no_more


def test_a_job_without_tags_is_nobodys() -> None:
    run, intent = begun()
    assert own_job([job_of("drsjob-1", "s-1", "s-2")], run, "db", intent) is None


def test_a_wave_of_a_long_name_is_known_by_what_its_tag_holds() -> None:
    run, intent = begun(LONG)
    job = tagged("drsjob-1", run, intent, wave=LONG)
    assert unknown_launches([job], run, run.waves[LONG]) == [job]


def test_only_launches_that_the_run_does_not_know_are_similar() -> None:
    story = Story(wave_of("db", "s-1", "s-2"))
    story.complete("db", "drsjob-1", **{"s-1": "FAILED"})
    intent = story.intend("db", "s-1").waves["db"].intent
    assert intent is not None
    jobs = [
        job_of("drsjob-1", "s-1"),
        job_of("drsjob-2", "s-2"),
        replace(job_of("drsjob-3", "s-1"), type="TERMINATE"),
        job_of("drsjob-4", "s-2", "s-1"),
    ]
    assert similar_jobs(jobs, intent, story.run) == ["drsjob-4"]


def test_a_job_without_servers_has_none_of_them() -> None:
    assert not has_any(job_of("drsjob-1"), ["s-1"])
    assert not has_any(job_of("drsjob-1", "s-1"), [])
    assert has_any(job_of("drsjob-1", "s-1", "s-2"), ["s-3", "s-2"])
