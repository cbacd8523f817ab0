"""Points in time before a launch: one that fits, one that is old, none."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from drs_tui.model.checks.launch import check_launch
from drs_tui.model.checks.points import choose_points, say_points
from drs_tui.model.machines import PointInTime
from drs_tui.model.plan import Mode, Wave
from drs_tui.model.readiness import Facts, Unread, Verdict
from tests.model.story import START, wave_of

from .facts import ANYWHERE, IS_READY, READY, checked, facts_of

POINT = PointInTime("pit-1", "s-1", START)
LOST = Unread("DRS does not answer.", "ReadTimeoutError")


def asking(rule: str, **members: Any) -> Wave:
    return wave_of("db", "s-1", point_in_time=rule, **members)


def facts(*points: PointInTime, minutes: float = 1) -> Facts:
    """What is known so long after the start."""
    return facts_of(points={"s-1": points}, as_of=START + timedelta(minutes=minutes))


def test_a_server_whose_point_fits_is_ready_and_says_from_when_it_is() -> None:
    [finding] = check_launch([asking("common")], facts(POINT), Mode.DRILL, ANYWHERE)
    assert (finding.verdict, finding.check) == IS_READY[0]
    assert finding.reason.endswith("; point in time 2026-11-23 09:00:00Z")


@pytest.mark.parametrize("rule", ["newest-existing", "common", "2026-11-23T08:00:00Z"])
def test_a_server_without_a_point_that_fits_blocks(rule: str) -> None:
    none = facts() if rule != "2026-11-23T08:00:00Z" else facts(POINT)
    assert checked(none, wave=asking(rule)) == [(Verdict.BLOCKS, "point in time")]


def test_points_that_could_not_be_read_are_not_taken_for_a_snapshot_on_demand() -> None:
    for unread in (facts_of(points={"s-1": LOST}), facts_of()):
        assert checked(unread, wave=asking("common")) == [(Verdict.BLOCKS, "point in time")]
        assert choose_points(asking("common"), unread).points == {}
    assert facts_of(points={"s-1": LOST}).unread == (LOST,)


def test_an_optional_server_without_a_point_is_left_out_and_the_others_go() -> None:
    both = facts(POINT)
    both = replace(
        both,
        servers={**both.servers, "s-2": replace(READY, id="s-2", name="b")},
        settings={**both.settings, "s-2": both.settings["s-1"]},
        points={**both.points, "s-2": []},
    )
    wave = wave_of("db", "s-1", optional=["s-2"], point_in_time="common")
    assert checked(both, wave=wave) == [*IS_READY, (Verdict.WARNS, "left out")]
    assert set(choose_points(wave, both).points) == {"s-1"}


@pytest.mark.parametrize(
    ("rule", "minutes", "verdict"),
    [
        ("newest-existing", 15, Verdict.PASSES),
        ("newest-existing", 16, Verdict.WARNS),
        ("common", 16, Verdict.WARNS),
        ("2026-11-23T09:15:00Z", 600, Verdict.PASSES),
        ("2026-11-23T09:16:00Z", 600, Verdict.WARNS),
    ],
)
def test_a_point_much_older_than_what_is_asked_for_has_to_be_acknowledged(
    rule: str, minutes: float, verdict: Verdict
) -> None:
    [(found, _)] = checked(facts(POINT, minutes=minutes), wave=asking(rule))
    assert found is verdict


def test_the_age_of_what_the_rest_of_its_wave_was_launched_from_is_accepted() -> None:
    held = replace(facts(POINT, minutes=600), held_points={"s-2": replace(POINT, id="pit-2")})
    assert checked(held, wave=asking("common")) == IS_READY


def test_each_wave_says_what_it_is_launched_from() -> None:
    known = facts(POINT, minutes=7)
    [latest, newest] = say_points([asking("latest"), asking("newest-existing")], known)
    assert "on-demand snapshot" in latest.reason
    assert newest.reason.startswith("2026-11-23 09:00:00Z, 7m 00s old; newest-existing: ")
