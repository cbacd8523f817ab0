"""The last look before a launch: what it records, and what it lets through."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from drs_tui.aws.errors import AwsRefused
from drs_tui.engine.guarding import TRIES, TRY_AGAIN_SECONDS
from drs_tui.engine.own_jobs import launch_tags
from drs_tui.model.machines import PointInTime
from drs_tui.model.observed import Job
from drs_tui.model.state.launches import LaunchIntent
from tests.model.story import START, wave_of

from .launchable import TAKEN_OVER, Bench, job_of, unread


def paused(bench: Bench) -> None:
    bench.drs.servers["s-1"] = replace(bench.drs.servers["s-1"], replication_state="PAUSED")


async def test_what_is_ready_passes_with_its_lags_on_record() -> None:
    bench = Bench()
    bench.drs.servers["s-2"] = replace(bench.drs.servers["s-2"], lag_ms=0)
    [guarded, *_] = await bench.launch()
    assert dict(guarded.data) == {
        "wave": "db",
        "attempt": 1,
        "verdict": "passes",
        "words": "",
        "findings": [],
        "left_out": [],
        "lag_ms": {"s-1": 1000, "s-2": 0},
    }


async def test_what_blocks_is_recorded_with_its_reasons_and_nothing_is_sent() -> None:
    bench = Bench(wave_of("db", "s-1", "s-2", "s-3"))
    del bench.drs.servers["s-2"], bench.drs.servers["s-3"]
    paused(bench)
    events = await bench.launch()
    [guarded] = events
    assert guarded.data["verdict"] == "blocks"
    unknown = "DRS does not know this source server in this account and Region"
    assert guarded.data["words"] == f"host-s-2: {unknown}; host-s-3: {unknown}"
    findings = guarded.data["findings"]
    assert isinstance(findings, list)
    assert len(findings) == 3, "what else was found is on record beside what blocks"
    assert bench.drs.sent == []


async def test_a_warning_waits_until_somebody_has_acknowledged_it() -> None:
    bench = Bench()
    paused(bench)
    [guarded] = await bench.launch()
    assert guarded.data["verdict"] == "warns"
    assert guarded.data["words"] == "host-s-1: replication is PAUSED: what launches is older data"
    assert bench.drs.sent == []
    key = "replication:host-s-1"
    bench.story.tell("wave.decided", "ana", wave="db", choice="acknowledge", findings=[key])
    events = await bench.launch()
    assert events[0].data["verdict"] == "passes"
    assert events[0].data["findings"] == guarded.data["findings"]
    assert events[-1].type == "wave.launched"


async def test_what_is_optional_and_red_is_left_out_once_that_is_acknowledged() -> None:
    bench = Bench(wave_of("db", "s-1", optional=["s-2", "s-3"]))
    bench.story.tell(
        "wave.decided", "ana", wave="db", choice="acknowledge", findings=["left out:host-s-2"]
    )
    del bench.drs.servers["s-2"]
    events = await bench.launch()
    assert events[0].data["left_out"] == ["s-2"]
    assert bench.drs.sent[0]["servers"] == [("s-1", None), ("s-3", None)]


async def test_in_another_account_nothing_is_asked_of_the_servers() -> None:
    bench = Bench()
    bench.drs.account = "210987654321"
    [guarded] = await bench.launch()
    assert guarded.data["verdict"] == "blocks"
    assert "210987654321" in str(guarded.data["words"])
    assert (bench.drs.reads, bench.slept) == (0, [])


async def test_a_look_that_fails_is_tried_again() -> None:
    bench = Bench()
    bench.drs.unreadable = [unread()] * (TRIES - 1)
    events = await bench.launch()
    assert bench.slept == [TRY_AGAIN_SECONDS] * (TRIES - 1)
    assert events[-1].type == "wave.launched"


async def test_guards_that_never_could_look_let_nothing_through() -> None:
    bench = Bench()
    bench.drs.unreadable = [unread()] * TRIES
    [guarded] = await bench.launch()
    assert guarded.data["verdict"] == "blocks"
    assert guarded.data["words"] == "the guards could not look: no answer"
    assert (guarded.data["findings"], guarded.data["lag_ms"]) == ([], {})
    assert bench.slept == [TRY_AGAIN_SECONDS] * (TRIES - 1)
    assert bench.drs.reads == TRIES


async def test_what_could_not_be_read_for_once_is_looked_at_again() -> None:
    bench = Bench(wave_of("db", "s-1"))
    bench.drs.settings_unreadable = [unread()]
    events = await bench.launch()
    assert bench.slept == [TRY_AGAIN_SECONDS]
    assert events[0].data["findings"] == []
    assert events[-1].type == "wave.launched"


async def test_what_may_not_be_read_is_not_asked_again() -> None:
    bench = Bench(wave_of("db", "s-1"))
    denied = AwsRefused("you may not", operation="Get", code="AccessDeniedException")
    bench.drs.settings_unreadable = [denied]
    [guarded] = await bench.launch()
    assert guarded.data["verdict"] != "passes"
    assert bench.slept == []


async def test_an_earlier_look_is_no_look_directly_before_the_launch() -> None:
    bench = Bench(wave_of("db", "s-1"))
    bench.drs.settings_unreadable = [unread()]
    bench.drs.unreadable = [None, unread(), unread()]
    [guarded] = await bench.launch()
    assert guarded.data["words"] == "the guards could not look: no answer"


async def test_a_shortage_is_not_what_a_launch_that_is_blocked_waits_for() -> None:
    bench = Bench()
    bench.drs.allowed = {"L-D88FAC3A": 1}
    bench.drs.known = [job_of("drsjob-a", "s-9", created_at=START)]
    del bench.drs.servers["s-2"]
    [guarded] = await bench.launch()
    assert guarded.data["verdict"] == "blocks"


async def test_a_warning_that_nobody_has_acknowledged_does_not_ask_while_room_is_lacking() -> None:
    bench = Bench()
    bench.drs.allowed = {"L-D88FAC3A": 1}
    bench.drs.known = [job_of("drsjob-a", "s-9", created_at=START)]
    paused(bench)
    bench.on_sleep = bench.drs.known.clear
    events = await bench.launch()
    assert [event.type for event in events] == ["wave.held", "wave.guarded"]


async def test_a_server_without_a_point_of_its_own_takes_a_snapshot() -> None:
    bench = Bench(wave_of("db", "s-1", point_in_time="newest-existing"))
    bench.drs.points = {"s-1": [PointInTime("pit-1", "s-1", START)]}
    await bench.launch()
    assert bench.drs.sent[0]["servers"] == [("s-1", "pit-1")]


# After a take-over ------------------------------------------------------------------------------


def overtaken(bench: Bench, **members: object) -> Job:
    """Have another driver take over from one that had launched the first wave, unseen."""
    run = bench.run
    intent = LaunchIntent(3, "token-theirs", ("s-2",), 1, START)
    tags = launch_tags(run, run.waves["db"], intent)
    job = replace(job_of("drsjob-1", "s-2", created_at=START), **{"tags": tags, **members})  # type: ignore[arg-type]
    bench.drs.known = [job]
    bench.story.tell("run.taken_over", **TAKEN_OVER)
    return job


async def test_what_an_overtaken_driver_launched_is_adopted_instead_of_launched_again() -> None:
    bench = Bench()
    overtaken(bench)
    events = await bench.launch()
    assert [event.type for event in events] == ["wave.launch_intended", "wave.launched"]
    about = {"wave": "db", "attempt": 3}
    assert dict(events[0].data) == {
        **about,
        "servers": ["s-2"],
        "token": "token-theirs",
        "is_drill": True,
    }
    assert dict(events[1].data) == {**about, "job_id": "drsjob-1", "adopted": True}
    assert bench.drs.sent == []


async def test_whoever_was_not_overtaken_does_not_look_for_such() -> None:
    bench = Bench()
    overtaken(bench)
    other = Bench()
    other.drs.known = [replace(each, status="COMPLETED") for each in bench.drs.known]
    events = await other.launch()
    assert events[-1].data["adopted"] is False


@pytest.mark.parametrize(
    ("tags", "attempt", "token"),
    [
        ({"drs-tui:attempt": "0"}, 1, "token-theirs"),
        ({"drs-tui:attempt": "two"}, 1, "token-theirs"),
        ({"drs-tui:attempt": "7", "drs-tui:token": ""}, 7, ""),
    ],
)
async def test_an_adopted_job_is_a_new_attempt_whatever_its_tag_says(
    tags: dict[str, str], attempt: int, token: str
) -> None:
    bench = Bench()
    job = overtaken(bench)
    bench.drs.known = [replace(job, tags={**job.tags, **tags})]
    [intended, _] = await bench.launch()
    assert (intended.data["attempt"], intended.data["token"]) == (attempt, token)


async def test_a_job_that_names_no_server_yet_is_taken_to_have_them_all() -> None:
    bench = Bench()
    overtaken(bench, servers=())
    [intended, _] = await bench.launch()
    assert intended.data["servers"] == ["s-1", "s-2"]


async def test_of_several_the_last_is_adopted() -> None:
    bench = Bench()
    job = overtaken(bench)
    bench.drs.known = [replace(job, id="drsjob-0"), job]
    [_, launched] = await bench.launch()
    assert launched.data["job_id"] == "drsjob-1"


@pytest.mark.parametrize(
    "members",
    [
        {"type": "TERMINATE"},
        {"tags": {}},
        {"tags": {"drs-tui:run": "01RUN", "drs-tui:wave": "web"}},
        {"tags": {"drs-tui:run": "02RUN", "drs-tui:wave": "db"}},
    ],
)
async def test_nothing_else_is_adopted(members: dict[str, object]) -> None:
    bench = Bench()
    overtaken(bench, status="COMPLETED", **members)
    events = await bench.launch()
    assert events[0].type == "wave.guarded"
    assert events[-1].data["adopted"] is False


async def test_a_job_that_the_run_knows_is_not_adopted_again() -> None:
    bench = Bench()
    bench.story.complete("db", "drsjob-1", **{"s-1": "FAILED", "s-2": "FAILED"})
    overtaken(bench, status="COMPLETED", ended_at=START - timedelta(hours=1))
    events = await bench.launch()
    assert events[0].type == "wave.guarded"
