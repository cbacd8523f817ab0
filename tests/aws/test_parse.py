from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drs_tui.aws import parse
from drs_tui.model.events import Json
from drs_tui.model.observed import CallerIdentity, LaunchAction, ParticipatingServer

ANY_TEXT = st.text(st.characters())  # lone surrogates too
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
    max_leaves=20,
)

SERVER = {
    "sourceServerID": "s-1a2b3c4d5e6f70001",
    "tags": {"Name": "orders-db-1", "Role": "db"},
    "recoveryInstanceId": "i-0123456789abcdef0",
    "lastLaunchResult": "SUCCEEDED",
    "replicationDirection": "FAILOVER",
    "dataReplicationInfo": {
        "lagDuration": "PT3M12S",
        "dataReplicationState": "STALLED",
        "dataReplicationError": {"error": "AGENT_NOT_SEEN", "rawError": "no heartbeat"},
    },
    "lifeCycle": {
        "lastLaunch": {
            "initiated": {
                "apiCallDateTime": "2025-11-28T22:34:06.632532+00:00",
                "jobID": "drsjob-1a2b3c4d5e6f70001",
                "type": "RECOVERY",
            }
        }
    },
    "sourceProperties": {
        "identificationHints": {"hostname": "db1"},
        "os": {"fullString": "Microsoft Windows Server 2022"},
        "networkInterfaces": [{"ips": ["10.10.1.11", "fe80::1"]}, {"ips": ["10.10.9.11"]}, {}],
    },
    "stagingArea": {"status": "EXTENSION_ERROR", "errorMessage": "not shared any more"},
}


def test_what_is_endless_is_cut_and_says_so() -> None:
    item = parse.json_object({"eventData": {"rawError": "x" * 400_000}})
    data = item["eventData"]
    assert isinstance(data, Mapping)
    assert data["rawError"] == "x" * parse.LONGEST_TEXT + "… (380,000 letters more)"


def test_a_source_server_is_read_with_everything_that_decides_about_it() -> None:
    server = parse.source_server(SERVER)

    assert server.addresses == ("10.10.1.11", "fe80::1", "10.10.9.11")
    assert (server.id, server.name, server.hostname) == (
        "s-1a2b3c4d5e6f70001",
        "orders-db-1",
        "db1",
    )
    assert server.is_windows
    assert server.tags["Role"] == "db"
    assert (server.replication_state, server.lag_ms) == ("STALLED", 192_000)
    assert server.replication_error == "AGENT_NOT_SEEN: no heartbeat"
    assert server.replication_direction == "FAILOVER"
    assert server.last_launch_result == "SUCCEEDED"
    assert server.last_launch_type == "RECOVERY"
    assert server.last_launch_job == "drsjob-1a2b3c4d5e6f70001"
    assert server.last_launch_at == datetime(2025, 11, 28, 22, 34, 6, 632532, tzinfo=UTC)
    assert server.recovery_instance_id == "i-0123456789abcdef0"
    assert server.extension_error == "not shared any more"
    assert server.raw == SERVER


@pytest.mark.parametrize(
    ("tags", "hostname", "name"),
    [
        ({"Name": "tagged"}, "host", "tagged"),
        ({"Name": "  "}, "host", "host"),
        (None, "host", "host"),
        ({}, None, "s-1a2b3c4d5e6f70001"),
    ],
)
def test_a_server_is_called_by_its_tag_else_its_host_name_else_its_id(
    tags: object, hostname: object, name: str
) -> None:
    item = {
        "sourceServerID": "s-1a2b3c4d5e6f70001",
        "tags": tags,
        "sourceProperties": {"identificationHints": {"hostname": hostname}},
    }
    assert parse.source_server(item).name == name


def test_an_extension_error_without_words_is_still_one() -> None:
    assert parse.source_server({"stagingArea": {"status": "EXTENSION_ERROR"}}).extension_error
    assert not parse.source_server({"stagingArea": {"status": "EXTENDED"}}).extension_error


def test_a_job_keeps_unknown_statuses_and_servers_without_one() -> None:
    job = parse.job(
        {
            "jobID": "drsjob-1a2b3c4d5e6f70001",
            "type": "LAUNCH",
            "status": "SLEEPING",
            "initiatedBy": "START_DRILL",
            "creationDateTime": "2022-12-07T19:15:06Z",
            "endDateTime": None,
            "tags": {"drs-tui:run": "r1"},
            "participatingServers": [
                {"sourceServerID": "s-1a2b3c4d5e6f70001"},
                {
                    "sourceServerID": "s-1a2b3c4d5e6f70002",
                    "launchStatus": "LAUNCHED",
                    "recoveryInstanceID": "i-0123456789abcdef0",
                },
            ],
        }
    )
    assert (job.id, job.type, job.status) == ("drsjob-1a2b3c4d5e6f70001", "LAUNCH", "SLEEPING")
    assert job.initiated_by == "START_DRILL"
    assert not job.is_ended
    assert job.created_at == datetime(2022, 12, 7, 19, 15, 6, tzinfo=UTC)
    assert job.ended_at is None
    assert job.tags == {"drs-tui:run": "r1"}
    assert job.servers == (
        ParticipatingServer("s-1a2b3c4d5e6f70001"),
        ParticipatingServer("s-1a2b3c4d5e6f70002", "LAUNCHED", "i-0123456789abcdef0"),
    )


def test_a_recovery_instance_is_a_drill_only_if_aws_says_so_literally() -> None:
    assert parse.recovery_instance({"isDrill": True}).is_drill is True
    assert parse.recovery_instance({"isDrill": False}).is_drill is False
    for unsaid in ({}, {"isDrill": None}, {"isDrill": "true"}, {"isDrill": 1}):
        assert parse.recovery_instance(unsaid).is_drill is None


def test_a_recovery_instance_is_read_with_its_ids_and_the_age_of_its_data() -> None:
    instance = parse.recovery_instance(
        {
            "recoveryInstanceID": "i-0123456789abcdef0",
            "sourceServerID": "s-1a2b3c4d5e6f70001",
            "ec2InstanceID": "i-0123456789abcdef0",
            "ec2InstanceState": "SHUTTING-DOWN",
            "jobID": "drsjob-1a2b3c4d5e6f70001",
            "pointInTimeSnapshotDateTime": "2025-11-28T22:34:06Z",
            "failback": {"state": "FAILBACK_NOT_STARTED"},
        }
    )
    assert instance.id == instance.ec2_instance_id == "i-0123456789abcdef0"
    assert instance.server_id == "s-1a2b3c4d5e6f70001"
    assert instance.ec2_state == "SHUTTING-DOWN"
    assert instance.job_id == "drsjob-1a2b3c4d5e6f70001"
    assert instance.point_in_time == datetime(2025, 11, 28, 22, 34, 6, tzinfo=UTC)
    assert instance.failback_state == "FAILBACK_NOT_STARTED"


def test_a_caller_is_read() -> None:
    answer = {"Account": "123456789012", "Arn": "arn:aws:iam::123456789012:user/a", "UserId": "U"}
    assert parse.caller_identity(answer) == CallerIdentity(
        "123456789012", "arn:aws:iam::123456789012:user/a", "U"
    )


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2025-11-28T22:34:06Z", datetime(2025, 11, 28, 22, 34, 6, tzinfo=UTC)),
        ("2025-11-28T22:34:06.6Z", datetime(2025, 11, 28, 22, 34, 6, 600000, tzinfo=UTC)),
        (
            "2025-11-28T22:34:06.632532+00:00",
            datetime(2025, 11, 28, 22, 34, 6, 632532, tzinfo=UTC),
        ),
        (
            "2025-11-28T22:34:06.632532999Z",
            datetime(2025, 11, 28, 22, 34, 6, 632532, tzinfo=UTC),
        ),
        ("2025-11-28T22:34:06+0000", datetime(2025, 11, 28, 22, 34, 6, tzinfo=UTC)),
        ("2025-11-28T23:34:06+01:00", datetime(2025, 11, 28, 22, 34, 6, tzinfo=UTC)),
        ("2025-11-28T22:34:06", datetime(2025, 11, 28, 22, 34, 6, tzinfo=UTC)),
        ("0001-01-01T00:00:00+10:00", None),
        ("yesterday", None),
        ("", None),
        (None, None),
        ([], None),
    ],
)
def test_times_are_read_in_all_forms(written: object, read: datetime | None) -> None:
    assert parse.moment(written) == read


@pytest.mark.parametrize(
    ("written", "milliseconds"),
    [
        ("P0D", 0),
        ("PT0S", 0),
        ("PT3M12S", 192_000),
        ("P1DT2H", 93_600_000),
        ("P2W", 1_209_600_000),
        ("PT26H3M", 93_780_000),
        ("PT1.2345S", 1_234),
        ("PT0,5S", 500),
        ("P", None),
        ("PT", None),
        ("P1DT", None),
        ("P1M", None),
        ("P1Y", None),
        ("PT-5S", None),
        ("-PT5S", None),
        ("3 minutes", None),
        ("P" + "1" * 70 + "D", None),
        ("", None),
        (None, None),
        (12, None),
    ],
)
def test_durations_are_read_in_milliseconds(written: object, milliseconds: int | None) -> None:
    assert parse.duration_ms(written) == milliseconds


@given(st.integers(0, 10**12))
def test_any_number_of_milliseconds_survives_being_written_as_a_duration(total: int) -> None:
    seconds, milliseconds = divmod(total, 1000)
    days, seconds = divmod(seconds, 86_400)
    hours, seconds = divmod(seconds, 3_600)
    minutes, seconds = divmod(seconds, 60)
    written = f"P{days}DT{hours}H{minutes}M{seconds}.{milliseconds:03}S"
    assert parse.duration_ms(written) == total


def test_raw_answers_lose_their_floats_and_lone_surrogates() -> None:
    item = {"whole": 2.0, "half": 0.5, "odd": float("nan"), "name\ud800": "a\udfffb", "on": True}
    assert parse.json_object(item) == {
        "whole": 2,
        "half": "0.5",
        "odd": "nan",
        "name\N{REPLACEMENT CHARACTER}": "a\N{REPLACEMENT CHARACTER}b",
        "on": True,
    }


@given(ANY_JSON)
def test_any_json_becomes_canonical(value: object) -> None:
    written = parse.to_json(value)
    assert not list(_floats(written))
    text = json.dumps(written, ensure_ascii=False, sort_keys=True, allow_nan=False)
    assert json.loads(text.encode()) == written


@given(ANY_JSON)
def test_no_answer_is_too_strange_to_be_read(value: object) -> None:
    for read in (parse.source_server, parse.job, parse.recovery_instance, parse.caller_identity):
        assert read(value) is not None


@given(st.sampled_from(sorted(SERVER)), ANY_JSON)
def test_one_strange_member_spoils_nothing_else(name: str, value: object) -> None:
    server = parse.source_server(SERVER | {name: value})
    if name != "sourceServerID":
        assert server.id == "s-1a2b3c4d5e6f70001"
    if name != "dataReplicationInfo":
        assert server.lag_ms == 192_000


def _floats(value: Json) -> list[float]:
    if isinstance(value, float):
        return [value]
    if isinstance(value, Mapping):
        return [found for inner in value.values() for found in _floats(inner)]
    if isinstance(value, list):
        return [found for inner in value for found in _floats(inner)]
    return []


def test_post_launch_actions_are_read_with_why_they_failed() -> None:
    run = {"action": {"name": "Join domain"}, "status": "FAILED", "failureReason": "no rights"}
    optional = {"action": {"actionCode": "AWS-X", "optional": True}, "status": "SUCCEEDED"}
    part = {"sourceServerID": "s-1", "launchActionsStatus": {"runs": [run, optional, {}]}}
    [server] = parse.job({"participatingServers": [part]}).servers
    assert server.launch_actions == (
        LaunchAction("Join domain", "FAILED", "no rights"),
        LaunchAction("AWS-X", "SUCCEEDED", is_optional=True),
        LaunchAction("", ""),
    )
