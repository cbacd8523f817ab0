"""What a scenario does to launches and to replication."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, timedelta

from .caller import APP_1, APP_2, DB_1, DB_2, START, WEB_1
from .faulty import Client

# Launches ---------------------------------------------------------------------------------------


def test_a_failed_launch_quotes_ec2_and_leaves_the_others_alone() -> None:
    client = Client("kind: launch-failure, servers: [orders-db-2], raw_error: No capacity")

    assert client.launched(DB_1, DB_2) == {DB_1: "LAUNCHED", DB_2: "FAILED"}
    job_id = client.jobs()[0]["jobID"]
    [failure] = [each for each in client.drs.log(job_id) if each["event"] == "LAUNCH_FAILED"]
    assert failure["eventData"] == {"sourceServerID": DB_2, "rawError": "No capacity"}


def test_a_failed_conversion_never_gets_to_its_launch() -> None:
    client = Client("kind: conversion-failure, count: 1")

    assert client.launched(DB_1, DB_2) == {DB_1: "FAILED", DB_2: "LAUNCHED"}
    events = client.drs.events(client.jobs()[0]["jobID"], DB_1)
    assert events[-2:] == ["CONVERSION_START", "CONVERSION_FAIL"]
    assert client.launched(DB_1) == {DB_1: "LAUNCHED"}


def test_a_skipped_server_stays_pending() -> None:
    client = Client("kind: skipped, servers: [orders-db-1]")

    assert client.launched(DB_1, DB_2) == {DB_1: "PENDING", DB_2: "LAUNCHED"}
    assert client.drs.events(client.jobs()[0]["jobID"], DB_1) == ["SERVER_SKIPPED"]


def test_without_ec2_rights_the_log_ends_after_the_snapshots_as_it_was_recorded() -> None:
    client = Client("kind: no-ec2-rights")

    assert client.launched(DB_1, DB_2) == {DB_1: "FAILED", DB_2: "FAILED"}
    [job] = client.jobs()
    events = client.drs.events(job["jobID"])
    assert Counter(events) == {
        "JOB_START": 1,
        "SNAPSHOT_START": 2,
        "SNAPSHOT_END": 2,
        "JOB_END": 1,
    }
    began, ended = (
        datetime.fromisoformat(job[member]) for member in ("creationDateTime", "endDateTime")
    )
    # 3 m 24 s were recorded.
    assert timedelta(minutes=3) < ended - began < timedelta(minutes=4)
    assert client.drs.instances() == {}


def test_a_stuck_server_holds_its_job_until_it_goes_on() -> None:
    client = Client("kind: stuck, in: launch, lasts: 2h, servers: [orders-db-1]")

    assert client.launched(DB_1, DB_2) == {DB_1: "IN_PROGRESS", DB_2: "LAUNCHED"}
    assert client.jobs()[0]["status"] == "STARTED"
    assert client.launch(DB_2).error == "ConflictException"
    client.pass_time(hours=2)
    assert client.jobs()[0]["status"] == "COMPLETED"


def test_a_server_that_nobody_frees_is_stuck_for_good() -> None:
    client = Client("kind: stuck, in: conversion")
    client.launch(DB_1)
    client.pass_time(days=30)

    assert client.jobs()[0]["status"] == "STARTED"
    assert client.drs.events(client.jobs()[0]["jobID"], DB_1)[-1] == "CONVERSION_START"


def test_an_instance_that_vanishes_was_launched_all_the_same() -> None:
    client = Client("kind: vanishing-instance, after: 2h, servers: [orders-db-1]")

    assert client.launched(DB_1, DB_2) == {DB_1: "LAUNCHED", DB_2: "LAUNCHED"}
    assert set(client.drs.instances()) == {DB_1, DB_2}
    client.pass_time(hours=2)
    assert set(client.drs.instances()) == {DB_2}
    assert len(client.jobs()) == 1


def test_a_snapshot_that_fails_makes_an_older_one_do() -> None:
    client = Client("kind: snapshot-failure")

    assert client.launched(DB_1) == {DB_1: "LAUNCHED"}
    events = client.drs.events(client.jobs()[0]["jobID"], DB_1)
    assert events[:3] == ["SNAPSHOT_START", "SNAPSHOT_FAIL", "USING_PREVIOUS_SNAPSHOT"]


def test_of_two_ends_a_server_meets_the_first_and_is_stuck_before_it() -> None:
    client = Client(
        "kind: stuck, in: launch, lasts: 30m",
        "kind: launch-failure, raw_error: first",
        "kind: launch-failure, raw_error: second",
    )

    assert client.launched(DB_1) == {DB_1: "FAILED"}
    assert '"first"' in json.dumps(client.drs.log(client.jobs()[0]["jobID"]))
    ended = datetime.fromisoformat(client.jobs()[0]["endDateTime"])
    assert ended - START > timedelta(minutes=30)


def test_a_rule_does_not_wear_out_on_servers_that_another_has_struck() -> None:
    client = Client(
        "kind: launch-failure, count: 1",
        "kind: skipped, count: 1",
        "kind: stuck, in: launch, count: 1",
        "kind: stuck, in: conversion, lasts: 30m, count: 1",
    )

    assert client.launched(DB_1, DB_2, APP_1) == {
        DB_1: "IN_PROGRESS",
        DB_2: "PENDING",
        APP_1: "LAUNCHED",
    }
    client.pass_time(days=1)
    assert client.jobs()[0]["status"] == "STARTED"


def test_chance_strikes_servers_one_by_one() -> None:
    client = Client("kind: launch-failure, probability: 0.5", seed=3)
    found = client.launched(DB_1, DB_2, APP_1, APP_2, WEB_1)

    assert set(found.values()) == {"LAUNCHED", "FAILED"}


# Replication ------------------------------------------------------------------------------------


def test_replication_stalls_while_the_window_is_open_and_its_lag_grows() -> None:
    client = Client("kind: stalled-replication, servers: [orders-db-1], from: 10m, until: 30m")

    def replication() -> tuple[str, str]:
        info = client.drs.server(DB_1)["dataReplicationInfo"]
        return info["dataReplicationState"], info["lagDuration"]

    client("DescribeJobs")
    assert replication()[0] == "CONTINUOUS"
    client.pass_time(minutes=15)
    assert replication() == ("STALLED", "PT5M")
    client.pass_time(minutes=5)
    assert replication() == ("STALLED", "PT10M")
    assert client.drs.server(DB_2)["dataReplicationInfo"]["dataReplicationState"] == "CONTINUOUS"
    client.pass_time(minutes=15)
    assert replication()[0] == "CONTINUOUS"
