"""Source servers: how they are listed, and what steers their data replication."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from drs_tui.simulator.errors import ApiError
from drs_tui.simulator.fleet import FLEET, Direction
from drs_tui.simulator.scenarios.rules import FaultRule, StateFault

from .caller import APP_1, DB_1, DB_2, STALLED, START, Caller, one_server

Regions = Callable[..., Caller]


def replication(drs: Caller, server: str = DB_1) -> dict[str, Any]:
    found: dict[str, Any] = drs.server(server)["dataReplicationInfo"]
    return found


def test_source_servers_are_filtered_by_id_hardware_and_staging_account(
    region_of: Regions,
) -> None:
    drs = region_of()

    def listed(**filters: object) -> list[str]:
        items = drs("DescribeSourceServers", filters=filters)["items"]
        return [item["sourceServerID"] for item in items]

    assert listed() == sorted(server.source_server_id for server in FLEET)
    assert listed(sourceServerIDs=[DB_2, "s-00000000000000000"]) == [DB_2]
    assert listed(hardwareId="i-1a2b3c4d5e6f70001") == [DB_1]
    assert listed(stagingAccountIDs=["210987654321"]) == []
    assert len(listed(stagingAccountIDs=["123456789012"])) == len(FLEET)


def test_the_lag_of_a_healthy_server_moves_and_that_of_a_stalled_one_grows(
    region_of: Regions,
) -> None:
    drs = region_of()
    healthy, stalled = set(), []
    for _ in range(30):
        healthy.add(drs.server(DB_1)["dataReplicationInfo"]["lagDuration"])
        stalled.append(drs.server(STALLED)["dataReplicationInfo"]["lagDuration"])
        drs.pass_time(minutes=1)

    assert "P0D" in healthy
    assert len(healthy) > 2
    assert (stalled[0], stalled[-1]) == ("PT3H12M", "PT3H41M")


def test_the_lag_moves_the_same_way_for_the_same_seed(region_of: Regions) -> None:
    def lags(seed: int) -> list[str]:
        drs = region_of(seed=seed)
        seen = []
        for _ in range(20):
            seen.append(replication(drs)["lagDuration"])
            drs.pass_time(minutes=1)
        return seen

    assert lags(3) == lags(3)
    assert lags(3) != lags(4)


def test_a_scenario_says_about_how_far_a_server_lags() -> None:
    drs = one_server(lag=timedelta(minutes=20))
    seen = set()
    for _ in range(30):
        seen.add(replication(drs)["lagDuration"])
        drs.pass_time(minutes=1)

    assert len(seen) > 10
    assert all(16 <= int(lag.removeprefix("PT").split("M")[0]) <= 24 for lag in seen)


def test_a_scenario_says_which_way_a_server_replicates() -> None:
    drs = one_server(direction=Direction.FAILBACK)

    assert drs.server(DB_1)["replicationDirection"] == "FAILBACK"


@pytest.mark.parametrize(
    ("state", "has_lag", "is_launchable"),
    [
        ("STOPPED", False, False),
        ("INITIATING", False, False),
        ("INITIAL_SYNC", True, False),
        ("BACKLOG", True, True),
        ("CREATING_SNAPSHOT", True, True),
        ("CONTINUOUS", True, True),
        ("PAUSED", True, True),
        ("RESCAN", True, True),
        ("STALLED", True, True),
        ("DISCONNECTED", False, False),
    ],
)
def test_what_can_be_launched_is_what_has_points_in_time(
    state: str, has_lag: bool, is_launchable: bool
) -> None:
    drs = one_server(replication_state=state)

    assert ("lagDuration" in replication(drs)) is has_lag
    assert bool(drs("DescribeRecoverySnapshots", sourceServerID=DB_1)["items"]) is is_launchable
    if is_launchable:
        drs.launch(DB_1)
    else:
        with pytest.raises(ApiError, match=state):
            drs.launch(DB_1)


def test_a_server_that_stalls_for_a_while_is_launched_from_an_older_snapshot_meanwhile() -> None:
    rule = FaultRule(StateFault.STALLED_REPLICATION, from_seconds=600, until_seconds=7200)
    drs = one_server(rules=(rule,))
    drs.region.faults.begin(START)
    assert replication(drs)["dataReplicationState"] == "CONTINUOUS"

    drs.pass_time(minutes=40)
    stalled = replication(drs)
    assert (stalled["dataReplicationState"], stalled["lagDuration"]) == ("STALLED", "PT30M")
    assert stalled["dataReplicationError"]["error"] == "AGENT_NOT_SEEN"
    job_id = drs.launch(DB_1)
    drs.pass_time(minutes=40)
    assert "USING_PREVIOUS_SNAPSHOT" in drs.events(job_id)
    point = drs.instances()[DB_1]["pointInTimeSnapshotDateTime"]
    assert point == "2026-03-01T12:10:00+00:00"

    drs.pass_time(hours=1)
    assert replication(drs)["dataReplicationState"] == "CONTINUOUS"


def test_stopping_deletes_all_points_in_time_and_starting_begins_anew(region_of: Regions) -> None:
    drs = region_of()
    stopped = drs("StopReplication", sourceServerID=DB_1)["sourceServer"]
    assert stopped["dataReplicationInfo"]["dataReplicationState"] == "STOPPED"
    assert drs("DescribeRecoverySnapshots", sourceServerID=DB_1)["items"] == []
    with pytest.raises(ApiError, match="STOPPED"):
        drs.launch(DB_1)

    drs("StartReplication", sourceServerID=DB_1)
    assert replication(drs)["dataReplicationState"] == "INITIATING"
    statuses = [step["status"] for step in replication(drs)["dataReplicationInitiation"]["steps"]]
    assert statuses[:2] == ["IN_PROGRESS", "NOT_STARTED"]
    drs.pass_time(minutes=10)
    syncing = replication(drs)
    assert syncing["dataReplicationState"] == "INITIAL_SYNC"
    [first, *_] = syncing["replicatedDisks"]
    assert 0 < first["replicatedStorageBytes"] < first["totalStorageBytes"]

    drs.now = drs.now.fromisoformat(syncing["etaDateTime"]) + timedelta(minutes=11)
    assert replication(drs)["dataReplicationState"] == "CONTINUOUS"
    points = drs("DescribeRecoverySnapshots", sourceServerID=DB_1)["items"]
    assert all(point["expectedTimestamp"] > syncing["etaDateTime"] for point in points)
    drs.launch(DB_1)


def test_a_server_with_a_recovery_instance_stays_connected(region_of: Regions) -> None:
    drs = region_of()
    drs.launch(DB_1)
    drs.pass_time(minutes=15)

    with pytest.raises(ApiError, match="has the recovery instance"):
        drs("DisconnectSourceServer", sourceServerID=DB_1)


def test_a_disconnected_server_shows_no_lag_and_can_be_deleted(region_of: Regions) -> None:
    drs = region_of()
    answer = drs("DisconnectSourceServer", sourceServerID=DB_1)
    info = answer["dataReplicationInfo"]
    assert info["dataReplicationState"] == "DISCONNECTED"
    assert "lagDuration" not in info
    assert {disk["totalStorageBytes"] for disk in info["replicatedDisks"]} == {0}

    drs("DeleteSourceServer", sourceServerID=DB_1)
    listed = [item["sourceServerID"] for item in drs("DescribeSourceServers")["items"]]
    assert DB_1 not in listed
    with pytest.raises(ApiError, match="does not exist"):
        drs.launch(DB_1)


def test_a_deleted_server_leaves_the_instances_of_its_other_life_alone(region_of: Regions) -> None:
    drs = region_of()
    drs.launch(DB_1)
    drs.pass_time(minutes=15)
    instance = drs.instances()[DB_1]["recoveryInstanceID"]
    drs("DisconnectRecoveryInstance", recoveryInstanceID=instance)
    drs("DeleteRecoveryInstance", recoveryInstanceID=instance)
    drs("DisconnectSourceServer", sourceServerID=DB_1)
    drs("DeleteSourceServer", sourceServerID=DB_1)

    assert drs.region.instances[instance].exists(drs.now)
    assert drs.instances() == {}


def test_a_replication_is_retried_from_its_beginning(region_of: Regions) -> None:
    drs = region_of()
    drs("RetryDataReplication", sourceServerID=STALLED)
    assert replication(drs, STALLED)["dataReplicationState"] == "INITIATING"
    with pytest.raises(ApiError, match="CONTINUOUS"):
        drs("RetryDataReplication", sourceServerID=APP_1)
