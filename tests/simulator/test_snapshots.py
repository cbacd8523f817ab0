"""Points in time: the schedule they come and go by, and launching from one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from drs_tui.simulator.errors import ApiError

from .caller import DB_1, DB_2, STALLED, SYNCING, Caller

Regions = Callable[..., Caller]


def points(drs: Caller, server: str = DB_1, **asked: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]]
    items = drs("DescribeRecoverySnapshots", sourceServerID=server, **asked)["items"]
    return items


def ages(drs: Caller, found: list[dict[str, Any]]) -> list[timedelta]:
    return [drs.now - datetime.fromisoformat(point["expectedTimestamp"]) for point in found]


def test_they_are_kept_for_an_hour_by_ten_minutes_a_day_by_hours_and_a_week_by_days(
    region_of: Regions,
) -> None:
    drs = region_of()
    drs.pass_time(minutes=7)
    found = ages(drs, points(drs))

    ten, hour, day = timedelta(minutes=10), timedelta(hours=1), timedelta(days=1)
    assert [age for age in found if age < hour] == [
        timedelta(minutes=7) + n * ten for n in reversed(range(6))
    ]
    assert [age for age in found if hour <= age < day] == [
        timedelta(minutes=7) + n * hour for n in reversed(range(1, 24))
    ]
    # Days begin at midnight, and it is noon.
    assert [age for age in found if age >= day] == [
        timedelta(minutes=7, hours=12) + n * day for n in reversed(range(1, 7))
    ]


def test_a_point_keeps_its_id_as_long_as_it_is_kept(region_of: Regions) -> None:
    drs = region_of()
    before = {point["expectedTimestamp"]: point["snapshotID"] for point in points(drs)}
    drs.pass_time(minutes=30)
    after = {point["expectedTimestamp"]: point["snapshotID"] for point in points(drs)}

    kept = before.keys() & after.keys()
    assert len(kept) == len(before) - 3
    assert all(before[moment] == after[moment] for moment in kept)
    assert len({*before.values(), *after.values()}) == len(before) + 3


def test_servers_seeds_and_regions_have_points_of_their_own(region_of: Regions) -> None:
    drs, other = region_of(seed=1), region_of(seed=2)
    ids = [
        {point["snapshotID"] for point in points(*asked)}
        for asked in ((drs, DB_1), (drs, DB_2), (other, DB_1))
    ]

    assert len(set.union(*ids)) == sum(map(len, ids))


def test_an_unfinished_point_lacks_its_timestamp_and_cannot_be_launched_from(
    region_of: Regions,
) -> None:
    drs = region_of()
    newest = points(drs)[-1]
    assert newest.keys() == {"snapshotID", "sourceServerID", "expectedTimestamp"}
    asked = {"sourceServerID": DB_1, "recoverySnapshotID": newest["snapshotID"]}
    with pytest.raises(ApiError, match=newest["snapshotID"]):
        drs("StartRecovery", sourceServers=[asked])

    drs.pass_time(minutes=5)
    finished = points(drs)[-1]
    assert finished["snapshotID"] == newest["snapshotID"]
    assert finished["timestamp"] >= finished["expectedTimestamp"]
    assert len(finished["ebsSnapshots"]) == 2
    drs("StartRecovery", sourceServers=[asked])


def test_they_are_listed_either_way_and_between_two_times(region_of: Regions) -> None:
    drs = region_of()
    drs.pass_time(minutes=5)
    ascending = points(drs)

    assert points(drs, order="ASC") == ascending
    assert points(drs, order="DESC") == ascending[::-1]
    between = {"fromDateTime": "2026-03-01T11:00:00Z", "toDateTime": "2026-03-01T11:30:00Z"}
    found = [point["expectedTimestamp"] for point in points(drs, filters=between)]
    assert found == [f"2026-03-01T11:{minute}:00+00:00" for minute in ("00", "10", "20", "30")]
    with pytest.raises(ApiError, match="is not a time"):
        points(drs, filters={"toDateTime": "2026-02-31T00:00:00Z"})


@pytest.mark.parametrize("order", ["ASC", "DESC"])
def test_pages_follow_the_order(region_of: Regions, order: str) -> None:
    drs = region_of()
    seen: list[dict[str, Any]] = []
    more: dict[str, Any] = {}
    while True:
        asked = {"sourceServerID": DB_1, "order": order, "maxResults": 4, **more}
        answer = drs("DescribeRecoverySnapshots", **asked)
        seen += answer["items"]
        if "nextToken" not in answer:
            break
        more = {"nextToken": answer["nextToken"]}

    assert seen == points(drs, order=order)


def test_a_launch_takes_the_data_of_the_point_it_names(region_of: Regions) -> None:
    drs = region_of()
    chosen = points(drs)[-3]
    asked = {"sourceServerID": DB_1, "recoverySnapshotID": chosen["snapshotID"]}
    drs("StartRecovery", sourceServers=[asked, {"sourceServerID": DB_2}], isDrill=True)
    drs.pass_time(minutes=15)

    taken = {key: each["pointInTimeSnapshotDateTime"] for key, each in drs.instances().items()}
    assert taken[DB_1] == chosen["timestamp"]
    assert taken[DB_2] > "2026-03-01T12:00:00"


def test_a_point_of_another_server_is_not_there(region_of: Regions) -> None:
    drs = region_of()
    asked = {"sourceServerID": DB_1, "recoverySnapshotID": points(drs, DB_2)[0]["snapshotID"]}

    with pytest.raises(ApiError) as refused:
        drs("StartRecovery", sourceServers=[{"sourceServerID": DB_2}, asked])

    [field] = refused.value.members["fieldList"]
    assert field["name"] == "sourceServers.2.member.recoverySnapshotID"


def test_a_stalled_server_has_old_points_and_is_launched_from_one_without_waiting(
    region_of: Regions,
) -> None:
    drs = region_of()
    newest = points(drs, STALLED)[-1]
    assert newest["expectedTimestamp"] == "2026-03-01T08:00:00+00:00"

    asked = {"sourceServerID": STALLED, "recoverySnapshotID": newest["snapshotID"]}
    job_id = drs("StartRecovery", sourceServers=[asked])["job"]["jobID"]
    drs.pass_time(minutes=15)
    assert drs.job(job_id)["status"] == "COMPLETED"
    assert "SNAPSHOT_FAIL" not in drs.events(job_id)


def test_a_server_that_never_finished_its_first_sync_has_none(region_of: Regions) -> None:
    assert points(region_of(), SYNCING) == []


def test_a_server_that_is_not_there_is_refused(region_of: Regions) -> None:
    with pytest.raises(ApiError, match="s-00000000000000000 does not exist"):
        points(region_of(), "s-00000000000000000")


def test_a_faster_region_takes_points_more_often(region_of: Regions) -> None:
    drs = region_of(speed=60)
    found = ages(drs, points(drs))

    assert found[-1] - found[-2] == timedelta(seconds=-10)
    assert found[0] <= timedelta(days=7) / 60
