"""The simulator's own drill beside one that was recorded on AWS in December 2022.

What is compared: the order of events, the members of each answer, and the form of each value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from drs_tui.simulator.fleet import FleetServer
from drs_tui.simulator.region import Region
from drs_tui.simulator.scenarios import Scenario

from .caller import START, Caller

DATABASES = ("s-51d6b65c73391918f", "s-5c555d9c008f90131")
APPS = ("s-5817ab4ccdfa96db3", "s-57e730f6102e1f793")

A, B = 0, 1
EVENTS = (
    ("JOB_START", None),
    ("SNAPSHOT_START", A),
    ("SNAPSHOT_START", B),
    ("SNAPSHOT_END", A),
    ("SNAPSHOT_END", B),
    ("CONVERSION_START", A),
    ("CONVERSION_START", B),
    ("CONVERSION_END", A),
    ("CONVERSION_END", B),
    ("LAUNCH_START", A),
    ("LAUNCH_START", B),
    ("LAUNCH_END", A),
    ("LAUNCH_END", B),
    ("JOB_END", None),
)
"""In both waves; but the second database was up before the first."""

SECONDS = (
    (0.36, 0.76, 0.79, 0.95, 0.98, 52.9, 52.9, 250.4, 250.5, 251.0, 251.2, 530.5, 529.1, 533.3),
    (0.30, 0.71, 0.74, 0.89, 0.92, 52.1, 52.1, 226.8, 226.9, 227.3, 227.5, 537.1, 537.2, 539.3),
)
"""Since each job was created, event by event; the jobs ended 26 and 27 ms before their logs."""

TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00"
WHOLE_SECOND = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00"
INSTANCE = r"i-[0-9a-f]{17}"

LOG_ITEM = {
    "JOB_START": {},
    "SNAPSHOT_START": {"sourceServerID": r"s-[0-9a-f]{17}"},
    "SNAPSHOT_END": {"sourceServerID": r"s-[0-9a-f]{17}"},
    "CONVERSION_START": {"sourceServerID": r"s-[0-9a-f]{17}"},
    "CONVERSION_END": {"sourceServerID": r"s-[0-9a-f]{17}", "conversionServerID": INSTANCE},
    "LAUNCH_START": {"sourceServerID": r"s-[0-9a-f]{17}"},
    "LAUNCH_END": {"sourceServerID": r"s-[0-9a-f]{17}", "targetInstanceID": INSTANCE},
    "JOB_END": {},
}
"""The eventData of each recorded event."""

JOB = {
    "arn": r"arn:aws:drs:us-west-2:\d{12}:job/drsjob-[0-9a-f]{17}",
    "creationDateTime": TIME,
    "endDateTime": TIME,
    "initiatedBy": "START_DRILL",
    "jobID": r"drsjob-[0-9a-f]{17}",
    "participatingServers[].launchStatus": "LAUNCHED",
    "participatingServers[].sourceServerID": r"s-[0-9a-f]{17}",
    "status": "COMPLETED",
    "tags": r"\{\}",
    "type": "LAUNCH",
}
"""The ended jobs, leaf by leaf."""

SOURCE_SERVER = {
    "arn": r"arn:aws:drs:us-west-2:\d{12}:source-server/s-[0-9a-f]{17}",
    "dataReplicationInfo.dataReplicationInitiation.nextAttemptDateTime": WHOLE_SECOND,
    "dataReplicationInfo.dataReplicationInitiation.startDateTime": TIME,
    "dataReplicationInfo.dataReplicationInitiation.steps[].name": "[A-Z_]+",
    "dataReplicationInfo.dataReplicationInitiation.steps[].status": "SUCCEEDED|SKIPPED",
    "dataReplicationInfo.dataReplicationState": "CONTINUOUS",
    "dataReplicationInfo.lagDuration": r"P0D|PT\d+S",
    "dataReplicationInfo.replicatedDisks[].backloggedStorageBytes": r"\d+",
    "dataReplicationInfo.replicatedDisks[].deviceName": "/dev/nvme0n1",
    "dataReplicationInfo.replicatedDisks[].replicatedStorageBytes": "8589934592",
    "dataReplicationInfo.replicatedDisks[].rescannedStorageBytes": r"\d+",
    "dataReplicationInfo.replicatedDisks[].totalStorageBytes": "8589934592",
    "lastLaunchResult": "NOT_STARTED",
    "lifeCycle.addedToServiceDateTime": TIME,
    "lifeCycle.elapsedReplicationDuration": r"P\d+DT(\d+H)?(\d+M)?(\d+(\.\d+)?S)?",
    "lifeCycle.firstByteDateTime": TIME,
    "lifeCycle.lastLaunch.initiated": r"\{\}",
    "lifeCycle.lastSeenByServiceDateTime": TIME,
    "sourceProperties.cpus[].cores": "1",
    "sourceProperties.cpus[].modelName": r"Intel\(R\) Xeon\(R\) .*",
    "sourceProperties.disks[].bytes": "8589934592",
    "sourceProperties.disks[].deviceName": "/dev/nvme0n1",
    "sourceProperties.identificationHints.awsInstanceID": INSTANCE,
    "sourceProperties.identificationHints.fqdn": r"[\w.-]+",
    "sourceProperties.identificationHints.hostname": r"[\w.-]+",
    "sourceProperties.lastUpdatedDateTime": TIME,
    "sourceProperties.networkInterfaces[].ips[]": r"(\d+\.){3}\d+",
    "sourceProperties.networkInterfaces[].isPrimary": "True|False",
    "sourceProperties.networkInterfaces[].macAddress": r"\d{13}|(\w\w-){5}\w\w",
    "sourceProperties.os.fullString": "Linux version .*",
    "sourceProperties.ramBytes": r"\d+",
    "sourceProperties.recommendedInstanceType": r"[a-z]\d[a-z]*\.[a-z0-9]+",
    "sourceServerID": r"s-[0-9a-f]{17}",
    "tags.Application": "sample",
    "tags.Name": r"[\w-]+",
    "tags.Role": "DBServer|AppServer",
}
"""The source servers before the drill, leaf by leaf; AWS has added members since."""

STEPS = (
    "WAIT",
    "CREATE_SECURITY_GROUP",
    "LAUNCH_REPLICATION_SERVER",
    "BOOT_REPLICATION_SERVER",
    "AUTHENTICATE_WITH_SERVICE",
    "DOWNLOAD_REPLICATION_SOFTWARE",
    "CREATE_STAGING_DISKS",
    "ATTACH_STAGING_DISKS",
    "PAIR_REPLICATION_SERVER_WITH_AGENT",
    "CONNECT_AGENT_TO_REPLICATION_SERVER",
    "START_DATA_TRANSFER",
)


@pytest.fixture(params=range(5), ids="seed {}".format)
def drs(request: pytest.FixtureRequest) -> Caller:
    """The recorded fleet in its Region."""
    fleet = tuple(
        FleetServer(server, f"{role}-{n}", "sample", role, f"10.0.0.{n}", disks_gib=(8,))
        for role, servers in (("DBServer", DATABASES), ("AppServer", APPS))
        for n, server in enumerate(servers, start=15)
    )
    scenario = Scenario("recorded", "two waves of two servers", fleet=fleet)
    region = Region("us-west-2", scenario, created_at=START, seed=request.param, speed=1.0)
    caller = Caller(region)
    # Odd as any real moment: a whole second would leave out its fraction.
    region.created_at = START.replace(microsecond=846_723)
    caller.pass_time(hours=1, microseconds=512_340)
    return caller


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Each leaf of an answer: its path and its text."""
    if isinstance(value, dict) and value:
        for name, member in value.items():
            yield from leaves(member, f"{path}.{name}" if path else name)
    elif isinstance(value, list) and value:
        for each in value:
            yield from leaves(each, f"{path}[]")
    else:
        yield path, str(value)


def unlike(recorded: dict[str, str], answer: dict[str, Any]) -> list[str]:
    """What an answer lacks of the recorded members, and its values of another form."""
    found = list(leaves(answer))
    missing = recorded.keys() - {path for path, _ in found}
    return [f"{path} is missing" for path in sorted(missing)] + [
        f"{path} is {text}"
        for path, text in found
        if path in recorded and not re.fullmatch(recorded[path], text)
    ]


def drill(drs: Caller, servers: tuple[str, str]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Launch a wave to its end; the job and its log."""
    job_id = drs.launch(*servers)
    drs.pass_time(minutes=20)
    return drs.job(job_id), drs.log(job_id)


@pytest.mark.parametrize("servers", [DATABASES, APPS])
def test_events_come_in_the_recorded_order(drs: Caller, servers: tuple[str, str]) -> None:
    _, log = drill(drs, servers)
    events = [item["event"] for item in log]

    assert events == [event for event, _ in EVENTS]
    for number, server in enumerate(servers):
        own = [each["event"] for each in log if each["eventData"].get("sourceServerID") == server]
        assert own == [event for event, of in EVENTS if of == number]


@pytest.mark.parametrize("servers", [DATABASES, APPS])
def test_log_items_have_the_recorded_members_in_the_recorded_form(
    drs: Caller, servers: tuple[str, str]
) -> None:
    _, log = drill(drs, servers)

    for item in log:
        assert item.keys() == {"event", "eventData", "logDateTime"}
        assert re.fullmatch(TIME, item["logDateTime"])
        assert item["eventData"].keys() == LOG_ITEM[item["event"]].keys()
        assert unlike(LOG_ITEM[item["event"]], item["eventData"]) == []


@pytest.mark.parametrize("servers", [DATABASES, APPS])
def test_an_ended_job_has_the_recorded_members_in_the_recorded_form(
    drs: Caller, servers: tuple[str, str]
) -> None:
    job, log = drill(drs, servers)

    assert unlike(JOB, job) == []
    assert job.keys() == {path.split("[")[0] for path in JOB}
    assert [part["sourceServerID"] for part in job["participatingServers"]] == list(servers)
    assert log[0]["logDateTime"] > job["creationDateTime"]
    ended, logged = (
        datetime.fromisoformat(text) for text in (job["endDateTime"], log[-1]["logDateTime"])
    )
    assert 0.026 <= (logged - ended).total_seconds() <= 0.028


@pytest.mark.parametrize("server", DATABASES + APPS)
def test_a_source_server_has_the_recorded_members_in_the_recorded_form(
    drs: Caller, server: str
) -> None:
    answer = drs.server(server)
    initiation = answer["dataReplicationInfo"]["dataReplicationInitiation"]

    assert unlike(SOURCE_SERVER, answer) == []
    assert tuple(step["name"] for step in initiation["steps"]) == STEPS


@pytest.mark.parametrize(("servers", "seconds"), [(DATABASES, SECONDS[0]), (APPS, SECONDS[1])])
def test_each_event_comes_about_when_it_was_recorded(
    drs: Caller, servers: tuple[str, str], seconds: tuple[float, ...]
) -> None:
    job, log = drill(drs, servers)
    created_at = datetime.fromisoformat(job["creationDateTime"])

    for item, recorded in zip(log, sorted(seconds), strict=True):
        after = (datetime.fromisoformat(item["logDateTime"]) - created_at).total_seconds()
        assert 0.75 * recorded - 0.1 < after < 1.3 * recorded + 0.1, item["event"]
