from __future__ import annotations

from collections.abc import Callable

import pytest

from drs_tui.simulator.errors import ApiError
from drs_tui.simulator.fleet import FleetServer
from drs_tui.simulator.region import Region
from drs_tui.simulator.scenarios import Scenario

from .caller import (
    APP_1,
    APP_2,
    BILLING_DB,
    DB_1,
    DB_2,
    STALLED,
    START,
    SYNCING,
    WEB_1,
    WINDOWS,
    Caller,
)

Regions = Callable[..., Caller]


def crowd(count: int) -> Caller:
    fleet = tuple(
        FleetServer(f"s-{n:017d}", f"node-{n}", "grid", "node", "10.0.0.1") for n in range(count)
    )
    scenario = Scenario("crowd", "many servers", fleet=fleet)
    return Caller(Region("us-east-1", scenario, created_at=START, seed=0, speed=1.0))


def test_a_drill_launches_every_server_it_names(region_of: Regions) -> None:
    drs = region_of()
    job_id = drs.launch(DB_1, DB_2)

    drs.pass_time(minutes=15)

    job = drs.job(job_id)
    assert (job["status"], job["type"], job["initiatedBy"]) == (
        "COMPLETED",
        "LAUNCH",
        "START_DRILL",
    )
    assert [part["launchStatus"] for part in job["participatingServers"]] == ["LAUNCHED"] * 2
    listed = drs.instances()
    for part in job["participatingServers"]:
        instance = listed[part["sourceServerID"]]
        assert instance["recoveryInstanceID"] == part["recoveryInstanceID"]
        assert (instance["isDrill"], instance["ec2InstanceState"]) == (True, "RUNNING")
        assert instance["jobID"] == job_id
        tagged = instance["tags"]["AWSElasticDisasterRecoverySourceServerID"]
        assert tagged == part["sourceServerID"]


def test_a_launch_status_stays_pending_until_the_launch_itself_begins(region_of: Regions) -> None:
    drs = region_of()
    job_id = drs.launch(DB_1)
    assert drs.job(job_id)["status"] == "PENDING"

    seen = []
    for item in drs.region.jobs[0].timeline.log:
        drs.now = item.at
        job = drs.job(job_id)
        [part] = job["participatingServers"]
        seen.append((drs.events(job_id)[-1], job["status"], part["launchStatus"]))

    assert seen == [
        ("JOB_START", "STARTED", "PENDING"),
        ("SNAPSHOT_START", "STARTED", "PENDING"),
        ("SNAPSHOT_END", "STARTED", "PENDING"),
        ("CONVERSION_START", "STARTED", "PENDING"),
        ("CONVERSION_END", "STARTED", "PENDING"),
        ("LAUNCH_START", "STARTED", "IN_PROGRESS"),
        ("LAUNCH_END", "STARTED", "LAUNCHED"),
        ("JOB_END", "COMPLETED", "LAUNCHED"),
    ]


def test_a_new_job_is_listed_at_once_with_its_tags(region_of: Regions) -> None:
    drs = region_of()
    answer = drs(
        "StartRecovery",
        sourceServers=[{"sourceServerID": DB_1}],
        isDrill=True,
        tags={"drs-tui:run": "01J"},
    )

    [job] = drs("DescribeJobs")["items"]
    assert job == answer["job"]
    assert job["tags"] == {"drs-tui:run": "01J"}
    assert "endDateTime" not in job


def test_without_is_drill_it_is_a_recovery(region_of: Regions) -> None:
    drs = region_of()
    answer = drs("StartRecovery", sourceServers=[{"sourceServerID": DB_1}])

    assert answer["job"]["initiatedBy"] == "START_RECOVERY"
    drs.pass_time(minutes=15)
    assert drs.instances()[DB_1]["isDrill"] is False
    assert drs.server(DB_1)["lifeCycle"]["lastLaunch"]["initiated"]["type"] == "RECOVERY"


def test_a_source_server_tells_of_its_last_launch(region_of: Regions) -> None:
    drs = region_of()
    assert drs.server(DB_1)["lastLaunchResult"] == "NOT_STARTED"

    job_id = drs.launch(DB_1)
    assert drs.server(DB_1)["lastLaunchResult"] == "PENDING"

    drs.pass_time(minutes=15)
    server = drs.server(DB_1)
    assert server["lastLaunchResult"] == "SUCCEEDED"
    assert server["lifeCycle"]["lastLaunch"]["initiated"]["jobID"] == job_id
    assert server["recoveryInstanceId"] == drs.instances()[DB_1]["recoveryInstanceID"]


def test_a_new_launch_removes_the_earlier_instance_even_of_a_live_recovery(
    region_of: Regions,
) -> None:
    drs = region_of("live-recovery")
    live = drs.instances()[DB_1]
    assert (live["isDrill"], live["ec2InstanceState"]) == (False, "RUNNING")

    job_id = drs.launch(DB_1)
    drs.pass_time(seconds=70)

    assert drs.events(job_id)[:3] == ["JOB_START", "CLEANUP_START", "CLEANUP_END"]
    assert DB_1 not in drs.instances()
    drs.pass_time(minutes=15)
    assert drs.instances()[DB_1]["recoveryInstanceID"] != live["recoveryInstanceID"]


def test_live_recoveries_come_from_a_real_job_in_the_past(region_of: Regions) -> None:
    drs = region_of("live-recovery")

    assert set(drs.instances()) == {DB_1, BILLING_DB}
    [job] = drs("DescribeJobs")["items"]
    assert (job["initiatedBy"], job["status"]) == ("START_RECOVERY", "COMPLETED")
    launched = drs.server(BILLING_DB)["lifeCycle"]["lastLaunch"]
    assert (launched["initiated"]["type"], launched["status"]) == ("RECOVERY", "LAUNCHED")


def test_terminated_instances_vanish_when_the_job_ends(region_of: Regions) -> None:
    drs = region_of()
    drs.launch(DB_1, DB_2)
    drs.pass_time(minutes=15)
    ids = [item["recoveryInstanceID"] for item in drs.instances().values()]

    job = drs("TerminateRecoveryInstances", recoveryInstanceIDs=ids)["job"]
    assert (job["type"], job["initiatedBy"]) == ("TERMINATE", "TERMINATE_RECOVERY_INSTANCES")
    drs.pass_time(seconds=20)
    states = [item["ec2InstanceState"] for item in drs.instances().values()]
    assert states == ["SHUTTING-DOWN", "SHUTTING-DOWN"]

    drs.pass_time(minutes=4)
    assert drs.instances() == {}
    ended = drs.job(job["jobID"])
    assert (ended["status"], ended["participatingServers"]) == ("COMPLETED", [])
    server = drs.server(DB_1)
    assert "recoveryInstanceId" not in server
    assert server["lifeCycle"]["lastLaunch"]["status"] == "TERMINATED"


def test_a_server_in_a_job_refuses_another_job(region_of: Regions) -> None:
    drs = region_of()
    drs.launch(DB_1)

    with pytest.raises(ApiError) as refused:
        drs.launch(DB_2, DB_1)

    assert refused.value.code == "ConflictException"
    assert refused.value.members == {"resourceId": DB_1, "resourceType": "sourceServer"}
    assert len(drs("DescribeJobs")["items"]) == 1
    drs.launch(DB_2)


def test_a_server_being_terminated_refuses_a_launch_and_a_second_termination(
    region_of: Regions,
) -> None:
    drs = region_of()
    drs.launch(DB_1)
    drs.pass_time(minutes=15)
    ids = [drs.instances()[DB_1]["recoveryInstanceID"]]
    drs("TerminateRecoveryInstances", recoveryInstanceIDs=ids)

    with pytest.raises(ApiError, match="processed by a job"):
        drs.launch(DB_1)
    with pytest.raises(ApiError, match="processed by a job"):
        drs("TerminateRecoveryInstances", recoveryInstanceIDs=ids)


@pytest.mark.parametrize(
    ("servers", "words"),
    [
        ([DB_1, "s-00000000000000000"], "does not exist"),
        ([DB_1, SYNCING], "INITIAL_SYNC"),
        ([DB_1, DB_2, DB_1], "more than once"),
    ],
)
def test_one_bad_server_refuses_the_whole_call(
    region_of: Regions, servers: list[str], words: str
) -> None:
    drs = region_of()

    with pytest.raises(ApiError, match=words) as refused:
        drs.launch(*servers)

    assert refused.value.code == "ValidationException"
    assert drs("DescribeJobs")["items"] == []


def test_a_point_in_time_that_is_not_there_is_refused(region_of: Regions) -> None:
    asked = {"sourceServerID": DB_1, "recoverySnapshotID": "pit-00000000000000000"}
    with pytest.raises(ApiError, match="pit-00000000000000000"):
        region_of()("StartRecovery", sourceServers=[asked])


def test_a_stalled_server_launches_from_its_last_data(region_of: Regions) -> None:
    drs = region_of()
    drs.launch(STALLED)
    drs.pass_time(minutes=25)

    point = drs.instances()[STALLED]["pointInTimeSnapshotDateTime"]
    assert point == drs.server(STALLED)["lifeCycle"]["lastSeenByServiceDateTime"]


def test_a_job_of_more_than_a_hundred_servers_breaks_a_quota() -> None:
    drs = crowd(101)

    with pytest.raises(ApiError) as refused:
        drs.launch(*drs.region.fleet)

    assert refused.value.code == "ServiceQuotaExceededException"
    assert refused.value.members == {
        "resourceId": "123456789012",
        "resourceType": "account",
        "serviceCode": "drs",
        "quotaCode": "L-B827C881",
    }


def test_a_twenty_first_job_breaks_a_quota_until_another_ends() -> None:
    drs = crowd(21)
    *first, last = drs.region.fleet
    for server in first:
        drs.launch(server)

    with pytest.raises(ApiError, match="Concurrent jobs") as refused:
        drs.launch(last)

    assert refused.value.members["quotaCode"] == "L-D88FAC3A"
    drs.pass_time(minutes=15)
    drs.launch(last)


def test_more_than_five_hundred_servers_in_all_jobs_break_a_quota() -> None:
    drs = crowd(501)
    servers = list(drs.region.fleet)
    for begin in range(0, 500, 100):
        drs.launch(*servers[begin : begin + 100])

    with pytest.raises(ApiError, match="all Jobs") as refused:
        drs.launch(servers[-1])

    assert refused.value.members["quotaCode"] == "L-05AFA8C6"


def test_an_unknown_instance_or_job_is_refused_by_name(region_of: Regions) -> None:
    drs = region_of()

    with pytest.raises(ApiError, match="i-0badc0de") as refused:
        drs("TerminateRecoveryInstances", recoveryInstanceIDs=["i-0badc0de"])
    assert refused.value.code == "ValidationException"
    with pytest.raises(ApiError, match="drsjob-0") as refused:
        drs("DescribeJobLogItems", jobID="drsjob-00000000000000000")
    assert refused.value.code == "ResourceNotFoundException"


def test_jobs_are_listed_newest_first_and_filtered_by_id_and_date(region_of: Regions) -> None:
    drs = region_of()
    ids = []
    for server in (DB_1, DB_2, APP_1):
        ids.append(drs.launch(server))
        drs.pass_time(hours=1)

    def listed(**filters: object) -> list[str]:
        return [job["jobID"] for job in drs("DescribeJobs", filters=filters)["items"]]

    assert listed() == ids[::-1]
    assert listed(jobIDs=ids[:2]) == [ids[1], ids[0]]
    assert listed(fromDate="2026-03-01T12:30:00Z") == [ids[2], ids[1]]
    assert listed(fromDate="2026-03-01T12:30:00Z", toDate="2026-03-01T13:30:00Z") == [ids[1]]
    with pytest.raises(ApiError, match="is not a time"):
        listed(toDate="2026-02-31T00:00:00Z")


def test_failures_show_one_failed_and_one_skipped_server_and_a_relaunch_succeeds(
    region_of: Regions,
) -> None:
    drs = region_of("failures")
    first = drs.launch(DB_1, DB_2)
    drs.pass_time(minutes=15)
    second = drs.launch(APP_1, APP_2)
    drs.pass_time(minutes=15)
    third = drs.launch(WEB_1)
    drs.pass_time(minutes=15)

    def statuses(job_id: str) -> list[str]:
        return [part["launchStatus"] for part in drs.job(job_id)["participatingServers"]]

    assert statuses(first) == ["FAILED", "LAUNCHED"]
    [failure] = [item for item in drs.log(first) if item["event"] == "LAUNCH_FAILED"]
    assert "An error occurred" in failure["eventData"]["rawError"]
    assert statuses(second) == ["PENDING", "LAUNCHED"]
    assert drs.events(second, APP_1) == ["SERVER_SKIPPED"]
    assert statuses(third) == ["LAUNCHED"]
    assert drs.server(DB_1)["lastLaunchResult"] == "FAILED"

    again = drs.launch(DB_1, APP_1)
    drs.pass_time(minutes=15)
    assert statuses(again) == ["LAUNCHED", "LAUNCHED"]


def test_failures_are_both_in_one_job_when_it_has_room(region_of: Regions) -> None:
    drs = region_of("failures")
    job_id = drs.launch(DB_1, DB_2, APP_1)
    drs.pass_time(minutes=15)

    parts = drs.job(job_id)["participatingServers"]
    assert {part["sourceServerID"]: part["launchStatus"] for part in parts} == {
        DB_1: "FAILED",
        DB_2: "PENDING",
        APP_1: "LAUNCHED",
    }


def test_relaunching_the_failed_server_alone_succeeds_before_any_was_skipped(
    region_of: Regions,
) -> None:
    drs = region_of("failures")
    drs.launch(DB_1, DB_2)
    drs.pass_time(minutes=15)
    job_id = drs.launch(DB_1)
    drs.pass_time(minutes=15)

    [part] = drs.job(job_id)["participatingServers"]
    assert part["launchStatus"] == "LAUNCHED"


def test_a_windows_server_takes_longer(region_of: Regions) -> None:
    drs = region_of()
    job_id = drs.launch(WINDOWS)
    drs.pass_time(minutes=15)
    assert drs.job(job_id)["status"] == "STARTED"


def test_the_same_seed_gives_the_same_region(region_of: Regions) -> None:
    def tale(seed: int) -> list[object]:
        drs = region_of("failures", seed=seed)
        job_id = drs.launch(DB_1, DB_2, APP_1)
        drs.pass_time(minutes=15)
        return [drs.job(job_id), drs.log(job_id), drs.instances()]

    assert tale(3) == tale(3)
    assert tale(3) != tale(4)


def test_a_job_may_be_late_to_show_and_to_name_its_instances() -> None:
    scenario = Scenario("late", "all shows late", shows_late_seconds=60)
    drs = Caller(Region("us-east-1", scenario, created_at=START, seed=0, speed=1.0))
    job_id = drs.launch(DB_1)
    assert drs("DescribeJobs")["items"] == []

    drs.pass_time(seconds=60)
    [listed] = drs("DescribeJobs")["items"]
    assert listed["jobID"] == job_id
    drs.now = drs.region.jobs[0].timeline.ended_at
    [part] = drs.job(job_id)["participatingServers"]
    assert (part["launchStatus"], "recoveryInstanceID" in part) == ("LAUNCHED", False)

    drs.pass_time(seconds=60)
    [part] = drs.job(job_id)["participatingServers"]
    assert part["recoveryInstanceID"] == drs.instances()[DB_1]["recoveryInstanceID"]
