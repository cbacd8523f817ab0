"""Points in time: which one each server is launched from, by the plan's rule."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from drs_tui.model.machines import PointInTime
from drs_tui.model.points import (
    COMMON,
    LATEST,
    NEWEST,
    SAME_MOMENT,
    Chosen,
    choose,
    points_from_data,
    points_to_data,
    span_words,
)

from .story import START


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def points(server: str, *minutes: float | None) -> list[PointInTime]:
    """The points of a server, named by their minute; None is one that is being made."""
    return [
        PointInTime(f"pit-{server}-{minute}", server, None if minute is None else at(minute))
        for minute in minutes
    ]


def chosen(rule: str, **servers: list[PointInTime]) -> dict[str, str]:
    """The ids that are chosen where every server has one."""
    found = choose(rule, servers)
    assert not found.lacking
    return {server: point.id for server, point in found.points.items()}


def test_latest_takes_none_of_the_points_there_are() -> None:
    assert choose(LATEST, {"a": points("a", 0)}) == Chosen()


def test_the_newest_is_the_newest_that_is_finished() -> None:
    assert chosen(NEWEST, a=points("a", 10, 20, 0, None), b=points("b", 5)) == {
        "a": "pit-a-20",
        "b": "pit-b-5",
    }


@pytest.mark.parametrize("rule", [NEWEST, COMMON, "2026-11-23T09:00:00Z"])
def test_a_server_without_a_finished_point_lacks_one_and_the_others_do_not(rule: str) -> None:
    found = choose(rule, {"a": points("a", None), "b": points("b", -1), "c": []})
    assert set(found.lacking) == {"a", "c"}
    assert set(found.points) == {"b"}


@pytest.mark.parametrize(
    ("moment", "point"),
    [
        ("2026-11-23T09:10:00Z", "pit-a-10"),
        ("2026-11-23T10:19:59+01:00", "pit-a-10"),
        ("2026-11-23T09:20:01Z", "pit-a-20"),
    ],
)
def test_a_moment_takes_the_newest_point_at_or_before_it(moment: str, point: str) -> None:
    assert chosen(moment, a=points("a", 0, 10, 20)) == {"a": point}


def test_a_moment_before_every_point_fits_none_and_says_which_is_the_oldest() -> None:
    found = choose("2026-11-23T08:59:59Z", {"a": points("a", 0, 10)})
    assert found.lacking == {"a": "its oldest point in time is of 2026-11-23 09:00:00Z"}


def test_a_common_moment_is_the_newest_of_which_all_have_a_point() -> None:
    assert chosen(COMMON, a=points("a", 0, 10, 20), b=points("b", 0.1, 10.1)) == {
        "a": "pit-a-10",
        "b": "pit-b-10.1",
    }


def test_a_stale_server_takes_the_others_back_to_where_all_have_a_point() -> None:
    hourly = [-180.0, -120.0, -60.0]
    stale, fresh = points("a", *hourly, -50), points("b", *hourly, 0, 10, 20)
    assert chosen(COMMON, a=stale, b=fresh) == {"a": "pit-a--60.0", "b": "pit-b--60.0"}


def test_points_further_apart_than_a_moment_are_none_in_common() -> None:
    apart = SAME_MOMENT.total_seconds() / 60
    assert set(chosen(COMMON, a=points("a", 0), b=points("b", apart))) == {"a", "b"}
    found = choose(COMMON, {"a": points("a", 0), "b": points("b", apart + 0.1)})
    assert found.points == {}
    assert "2026-11-23 09:00:00Z" in found.lacking["a"]


def test_what_is_launched_already_holds_the_rest_to_its_moment() -> None:
    later = points("b", 10.1, 20, 30)
    [held] = points("a", 10)
    found = choose(COMMON, {"b": later}, {"a": held})
    assert {server: point.id for server, point in found.points.items()} == {"b": "pit-b-10.1"}
    gone = choose(COMMON, {"b": points("b", 20, 30)}, {"a": held})
    assert "those that are launched" in gone.lacking["b"]


def test_points_are_read_back_as_they_were_written_and_nonsense_is_left_out() -> None:
    one = choose(NEWEST, {"a": points("a", 10)}).points
    assert points_from_data(points_to_data(one)) == one
    assert points_from_data({"a": 1, "b": {"id": "pit-1"}}) == {}


def test_a_span_names_the_day_once_unless_it_goes_over_midnight() -> None:
    assert span_words([at(0), at(0)]) == "2026-11-23 09:00:00Z"
    assert span_words([at(0), at(1)]) == "2026-11-23 09:00:00Z to 09:01:00Z"
    assert span_words([at(0), at(1440)]) == "2026-11-23 09:00:00Z to 2026-11-24 09:00:00Z"
