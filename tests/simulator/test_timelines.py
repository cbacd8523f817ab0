from __future__ import annotations

from datetime import datetime
from random import Random

import pytest

from drs_tui.simulator.fleet import Platform
from drs_tui.simulator.jobs import Timeline
from drs_tui.simulator.mishaps import Fault
from drs_tui.simulator.timelines import Launch, lay_out_launch, lay_out_termination

from .caller import START

A, B = "s-aaaaaaaaaaaaaaaaa", "s-bbbbbbbbbbbbbbbbb"


def launch(server: str, **options: object) -> Launch:
    settings = {"platform": Platform.LINUX} | options
    return Launch(server, f"i-{server[2:]}", "i-0c0ffee0c0ffee000", **settings)  # type: ignore[arg-type]


def lay_out(*launches: Launch, seed: int = 0, speed: float = 1.0) -> Timeline:
    return lay_out_launch(launches, START, speed, Random(seed))


def events(timeline: Timeline, server: str | None = None) -> list[str]:
    return [
        item.event
        for item in timeline.log
        if server is None or item.data.get("sourceServerID") == server
    ]


def minutes(timeline: Timeline) -> float:
    return (timeline.ended_at - START).total_seconds() / 60


def seconds_between(timeline: Timeline, server: str, first: str, then: str) -> float:
    begin, end = timeline.moment(first, server), timeline.moment(then, server)
    assert isinstance(begin, datetime)
    assert isinstance(end, datetime)
    return (end - begin).total_seconds()


@pytest.mark.parametrize("seed", range(20))
def test_a_linux_drill_takes_about_the_nine_minutes_recorded(seed: int) -> None:
    timeline = lay_out(launch(A), launch(B), seed=seed)

    assert 7 < minutes(timeline) < 12
    assert seconds_between(timeline, A, "SNAPSHOT_START", "SNAPSHOT_END") < 0.5
    assert 40 < seconds_between(timeline, A, "SNAPSHOT_END", "CONVERSION_START") < 65
    assert 140 < seconds_between(timeline, A, "CONVERSION_START", "CONVERSION_END") < 250
    assert 220 < seconds_between(timeline, A, "LAUNCH_START", "LAUNCH_END") < 390


def test_a_windows_drill_takes_more_than_twice_as_long() -> None:
    windows = lay_out(launch(A, platform=Platform.WINDOWS))

    assert 18 < minutes(windows) < 28


@pytest.mark.parametrize("seed", range(20))
def test_a_job_ends_two_to_three_seconds_after_its_last_launch(seed: int) -> None:
    timeline = lay_out(launch(A), launch(B), seed=seed)
    last = max(item.at for item in timeline.log if item.event == "LAUNCH_END")

    assert 2 <= (timeline.ended_at - last).total_seconds() <= 3


def test_speed_divides_every_duration() -> None:
    slow, fast = lay_out(launch(A)), lay_out(launch(A), speed=60)

    assert minutes(fast) == pytest.approx(minutes(slow) / 60, abs=1e-6)
    assert events(fast) == events(slow)


@pytest.mark.parametrize("speed", [0.5, 600, 1_000_000])
def test_a_job_of_any_speed_ends_after_it_began_and_before_its_log_does(speed: float) -> None:
    timeline = lay_out(launch(A), speed=speed)

    assert START <= timeline.started_at < timeline.ended_at <= timeline.log[-1].at
    assert (events(timeline)[0], events(timeline)[-1]) == ("JOB_START", "JOB_END")


def test_the_same_seed_gives_the_same_timeline_and_another_seed_another() -> None:
    assert lay_out(launch(A), seed=7) == lay_out(launch(A), seed=7)
    assert lay_out(launch(A), seed=7) != lay_out(launch(A), seed=8)


def test_every_server_waits_until_the_last_earlier_instance_is_cleaned_up() -> None:
    timeline = lay_out(launch(A, replaces_instance=True), launch(B))

    assert events(timeline)[:3] == ["JOB_START", "CLEANUP_START", "CLEANUP_END"]
    cleaned = timeline.moment("CLEANUP_END", A)
    snapshot = timeline.moment("SNAPSHOT_START", B)
    assert cleaned is not None
    assert snapshot is not None
    assert cleaned < snapshot


def test_a_failing_launch_says_why_and_leaves_no_instance() -> None:
    timeline = lay_out(launch(A, fault=Fault("LAUNCH_FAILED", "no capacity")), launch(B))

    assert events(timeline, A)[-2:] == ["LAUNCH_START", "LAUNCH_FAILED"]
    [failure] = [item for item in timeline.log if item.event == "LAUNCH_FAILED"]
    assert failure.data == {"sourceServerID": A, "rawError": "no capacity"}
    part = timeline.participants[0]
    assert (part.final_status, part.recovery_instance_id) == ("FAILED", None)


def test_a_protected_instance_outlives_a_launch_that_goes_on_without_its_clean_up() -> None:
    timeline = lay_out(launch(A, keeps_instance=True))

    assert events(timeline, A)[:3] == ["CLEANUP_START", "CLEANUP_FAIL", "SNAPSHOT_START"]
    [failure] = [item for item in timeline.log if item.event == "CLEANUP_FAIL"]
    assert "disableApiTermination" in failure.data["rawError"]
    assert timeline.participants[0].final_status == "LAUNCHED"


def test_the_fast_recovery_mode_skips_the_conversion() -> None:
    timeline = lay_out(launch(A, converts=False), launch(B))

    assert events(timeline, A) == ["SNAPSHOT_START", "SNAPSHOT_END", "LAUNCH_START", "LAUNCH_END"]
    assert "CONVERSION_END" in events(timeline, B)


def test_servers_of_a_job_are_converted_in_step() -> None:
    timeline = lay_out(launch(A), launch(B))
    ends = [timeline.moment("CONVERSION_END", server) for server in (A, B)]

    assert ends[0] is not None
    assert ends[1] is not None
    assert abs((ends[1] - ends[0]).total_seconds()) < 0.1


def test_a_skipped_server_stays_pending_and_keeps_its_earlier_instance() -> None:
    skipped = launch(A, fault=Fault("SERVER_SKIPPED"), replaces_instance=True)
    timeline = lay_out(skipped, launch(B))

    assert events(timeline, A) == ["SERVER_SKIPPED"]
    assert timeline.participants[0].launch_status(timeline.ended_at) == "PENDING"


def test_an_unreachable_source_is_launched_from_an_older_snapshot_after_ten_minutes() -> None:
    timeline = lay_out(launch(A, reachable=False))

    assert events(timeline, A)[:3] == ["SNAPSHOT_START", "SNAPSHOT_FAIL", "USING_PREVIOUS_SNAPSHOT"]
    assert seconds_between(timeline, A, "SNAPSHOT_START", "SNAPSHOT_FAIL") == 600
    assert timeline.participants[0].final_status == "LAUNCHED"


def test_a_termination_leaves_what_is_protected() -> None:
    timeline = lay_out_termination({A: "i-a", B: "i-b"}, START, 1.0, Random(0), protected={A})

    assert events(timeline, A) == ["CLEANUP_START", "CLEANUP_FAIL"]
    assert events(timeline, B) == ["CLEANUP_START", "CLEANUP_END"]
    statuses = [part.final_status for part in timeline.participants]
    assert statuses == ["FAILED", "TERMINATED"]


def test_a_termination_cleans_up_and_ends_after_about_two_minutes() -> None:
    timeline = lay_out_termination({A: "i-a", B: "i-b"}, START, 1.0, Random(0))

    assert events(timeline) == [
        "JOB_START",
        "CLEANUP_START",
        "CLEANUP_START",
        "CLEANUP_END",
        "CLEANUP_END",
        "JOB_END",
    ]
    assert 1.3 < minutes(timeline) < 2.6
