"""Recovery instances: how they are listed, let go, kept and led back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from drs_tui.simulator.errors import ApiError
from drs_tui.simulator.fleet import FLEET, LaunchSettings, PastInstance
from drs_tui.simulator.region import Region
from drs_tui.simulator.scenarios import Scenario
from drs_tui.simulator.scenarios.rules import FaultRule, LaunchFault

from .caller import DB_1, DB_2, STALLED, START, Caller, one_server

Regions = Callable[..., Caller]


def launched(drs: Caller, server: str = DB_1) -> str:
    drs.launch(server)
    drs.pass_time(minutes=40)
    identity: str = drs.instances()[server]["recoveryInstanceID"]
    return identity


def test_recovery_instances_are_filtered_by_id_and_source_server(region_of: Regions) -> None:
    drs = region_of()
    drs.launch(DB_1, DB_2)
    drs.pass_time(minutes=15)
    second = drs.instances()[DB_2]["recoveryInstanceID"]

    def listed(**filters: object) -> list[str]:
        items = drs("DescribeRecoveryInstances", filters=filters)["items"]
        return [item["sourceServerID"] for item in items]

    assert listed(sourceServerIDs=[DB_1]) == [DB_1]
    assert listed(recoveryInstanceIDs=[second]) == [DB_2]
    assert listed(recoveryInstanceIDs=[second], sourceServerIDs=[DB_1]) == []


def test_disconnecting_and_deleting_leaves_the_instance_in_ec2(region_of: Regions) -> None:
    drs = region_of()
    identity = launched(drs)

    with pytest.raises(ApiError, match="must be disconnected first"):
        drs("DeleteRecoveryInstance", recoveryInstanceID=identity)
    drs("DisconnectRecoveryInstance", recoveryInstanceID=identity)
    info = drs.instances()[DB_1]["dataReplicationInfo"]
    assert info["dataReplicationState"] == "DISCONNECTED"
    drs("DeleteRecoveryInstance", recoveryInstanceID=identity)

    assert drs.instances() == {}
    assert "recoveryInstanceId" not in drs.server(DB_1)
    assert drs.region.instances[identity].exists(drs.now)


def test_a_new_launch_ends_even_what_drs_has_forgotten(region_of: Regions) -> None:
    drs = region_of()
    forgotten = launched(drs)
    drs("DisconnectRecoveryInstance", recoveryInstanceID=forgotten)
    drs("DeleteRecoveryInstance", recoveryInstanceID=forgotten)

    job_id = drs.launch(DB_1)
    drs.pass_time(minutes=15)

    assert drs.events(job_id)[1:3] == ["CLEANUP_START", "CLEANUP_END"]
    assert not drs.region.instances[forgotten].exists(drs.now)


def test_the_past_may_hold_an_instance_that_drs_has_forgotten() -> None:
    drs = one_server(past=PastInstance(is_disconnected=True))
    [forgotten] = drs.region.instances.values()
    assert drs.instances() == {}
    assert forgotten.exists(START)

    drs.launch(DB_1)
    drs.pass_time(minutes=15)
    assert not drs.region.instances[forgotten.recovery_instance_id].exists(drs.now)


def test_termination_protection_keeps_an_instance_through_a_launch_and_a_termination() -> None:
    drs = one_server(past=PastInstance(is_protected=True))
    kept = drs.instances()[DB_1]["recoveryInstanceID"]
    job_id = drs.launch(DB_1)
    drs.pass_time(minutes=15)

    assert "CLEANUP_FAIL" in drs.events(job_id)
    items = drs("DescribeRecoveryInstances")["items"]
    assert len(items) == 2
    new = drs.server(DB_1)["recoveryInstanceId"]
    assert new != kept

    both = [item["recoveryInstanceID"] for item in items]
    drs("TerminateRecoveryInstances", recoveryInstanceIDs=both)
    drs.pass_time(minutes=15)
    [left] = drs("DescribeRecoveryInstances")["items"]
    assert (left["recoveryInstanceID"], left["ec2InstanceState"]) == (kept, "RUNNING")


def test_the_past_is_as_old_as_the_scenario_says() -> None:
    drs = one_server(past=PastInstance(age=timedelta(days=3), is_drill=True))

    [job] = drs("DescribeJobs")["items"]
    assert (job["initiatedBy"], job["creationDateTime"]) == (
        "START_DRILL",
        "2026-02-26T12:00:00+00:00",
    )
    assert drs.instances()[DB_1]["isDrill"] is True


def test_a_launch_into_an_instance_keeps_that_instance() -> None:
    machine = "i-0123456789abcdef0"
    drs = one_server(launch=LaunchSettings(into_instance_id=machine))
    first = drs.launch(DB_1)
    drs.pass_time(minutes=15)
    assert launched(drs) == machine

    [end] = [item for item in drs.log(first) if item["event"] == "LAUNCH_END"]
    assert end["eventData"]["targetInstanceID"] == machine
    for job in drs("DescribeJobs")["items"]:
        assert "CLEANUP_START" not in drs.events(job["jobID"])


def test_two_servers_cannot_be_launched_into_the_same_instance() -> None:
    into = LaunchSettings(into_instance_id="i-0123456789abcdef0")
    fleet = tuple(replace(server, launch=into) for server in FLEET[:2])
    scenario = Scenario("two", "two servers", fleet=fleet)
    drs = Caller(Region("us-east-1", scenario, created_at=START, seed=0, speed=1.0))

    with pytest.raises(ApiError, match="both configured to launch into"):
        drs.launch(DB_1, DB_2)


def test_a_launch_leaves_an_instance_stopped_if_it_is_configured_to(region_of: Regions) -> None:
    drs = region_of()
    drs("UpdateLaunchConfiguration", sourceServerID=DB_1, launchDisposition="STOPPED")
    launched(drs)

    assert drs.instances()[DB_1]["ec2InstanceState"] == "STOPPED"


def test_an_instance_may_vanish_without_a_job() -> None:
    drs = one_server(rules=(FaultRule(LaunchFault.VANISHING_INSTANCE, seconds=120),))
    drs.region.faults.begin(START)
    job_id = drs.launch(DB_1)
    drs.now = drs.region.jobs[0].timeline.ended_at
    [part] = drs.job(job_id)["participatingServers"]
    assert part["recoveryInstanceID"] == drs.instances()[DB_1]["recoveryInstanceID"]

    drs.pass_time(minutes=3)
    assert drs.instances() == {}
    assert not drs.region.instances[part["recoveryInstanceID"]].exists(drs.now)


def test_a_reversed_instance_says_so_and_cannot_be_terminated_until_that_is_stopped(
    region_of: Regions,
) -> None:
    drs = region_of()
    identity = launched(drs)
    arn = drs("ReverseReplication", recoveryInstanceID=identity)["reversedDirectionSourceServerArn"]
    assert drs.instances()[DB_1]["failback"]["state"] == "FAILBACK_IN_PROGRESS"
    assert drs.server(DB_1)["reversedDirectionSourceServerArn"] == arn
    assert arn.startswith("arn:aws:drs:eu-west-1:")

    with pytest.raises(ApiError, match="stop its reversed replication first"):
        drs("TerminateRecoveryInstances", recoveryInstanceIDs=[identity])
    drs("StopFailback", recoveryInstanceID=identity)
    assert drs.instances()[DB_1]["failback"]["state"] == "FAILBACK_NOT_STARTED"
    drs("TerminateRecoveryInstances", recoveryInstanceIDs=[identity])


def test_what_did_not_come_from_ec2_cannot_be_reversed(region_of: Regions) -> None:
    drs = region_of()
    identity = launched(drs, STALLED)

    with pytest.raises(ApiError, match="did not originate in EC2"):
        drs("ReverseReplication", recoveryInstanceID=identity)
