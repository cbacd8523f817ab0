from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from drs_tui.simulator.account import Account
from drs_tui.simulator.errors import StateError
from drs_tui.simulator.scenarios import scenario_named
from drs_tui.simulator.scenarios.rules import FaultRule, LaunchFault, RequestFault
from drs_tui.simulator.state import Journal, last_moment

from .caller import APP_1, DB_1, START, Caller


@pytest.fixture
def account() -> Account:
    return Account(scenario_named("calm"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.jsonl"


def with_a_job(account: Account) -> Caller:
    drs = Caller(account.region("us-east-1", START))
    drs.launch(DB_1)
    return drs


def reopened(path: Path, now: datetime = START, scenario: str = "calm") -> Account:
    account = Account(scenario_named(scenario))
    Journal(account, path, now).close()
    return account


def test_a_running_job_goes_on_where_the_clock_is(account: Account, path: Path) -> None:
    with closing(Journal(account, path, START)):
        before = with_a_job(account)

    after = Caller(reopened(path).region("us-east-1", START))
    before.pass_time(minutes=15)
    after.pass_time(minutes=15)

    assert after("DescribeJobs") == before("DescribeJobs")
    assert after.instances() == before.instances()
    # The next job is the one that would have been, had nobody restarted.
    assert after.launch(DB_1) == before.launch(DB_1)


def test_what_was_kept_is_on_disk_though_nobody_closed_the_file(
    account: Account, path: Path
) -> None:
    with closing(Journal(account, path, START)) as journal:
        job_id = Caller(account.region("us-east-1", START)).launch(DB_1)
        journal.keep()

        assert job_id in path.read_text()


def test_each_thing_is_written_once_and_again_only_when_it_changes(
    account: Account, path: Path
) -> None:
    with closing(Journal(account, path, START)) as journal:
        drs = with_a_job(account)
        journal.keep()
        before = path.read_text().splitlines()
        drs("DescribeJobs")
        journal.keep()
        assert path.read_text().splitlines() == before

        drs.launch(APP_1)
        journal.keep()
        added = path.read_text().splitlines()[len(before) :]

    assert [sorted(json.loads(line)) for line in added] == [
        ["job", "region"],
        ["instance", "region"],
    ]


def test_opening_the_file_writes_it_anew_without_what_is_past(account: Account, path: Path) -> None:
    with closing(Journal(account, path, START)) as journal:
        drs = with_a_job(account)
        journal.keep()
        drs.pass_time(minutes=15)
        drs.launch(DB_1)
    lines = len(path.read_text().splitlines())

    again = Account(scenario_named("calm"))
    with closing(Journal(again, path, drs.now)):
        # The first instance was written when it came and when it went.
        assert len(path.read_text().splitlines()) == lines - 1
        assert len(again.regions["us-east-1"].instances) == 2
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_last_line_that_a_crash_tore_counts_for_nothing(account: Account, path: Path) -> None:
    with closing(Journal(account, path, START)):
        with_a_job(account)
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"region": "us-east-1", "job": {"num')

    assert len(reopened(path).regions["us-east-1"].jobs) == 1
    assert path.read_bytes() == whole


def test_a_file_that_is_not_there_is_an_empty_account(path: Path) -> None:
    assert last_moment(path) is None
    assert reopened(path).regions == {}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{\n",
        b"[]\n",
        b"\xff\xfe\x00\n",
        b'{"format": 1, "scenario": "calm", "regions": {}}\n',
        b'{"format": 2, "scenario": "calm"',
    ],
)
def test_a_file_without_our_head_is_named(path: Path, content: bytes) -> None:
    path.write_bytes(content)

    with pytest.raises(StateError, match=r"state\.jsonl is not a state file"):
        reopened(path)
    with pytest.raises(StateError, match=r"state\.jsonl is not a state file"):
        last_moment(path)
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    "line",
    [
        '{"region": "us-east-1"}',
        '{"region": "us-east-1", "created_at": "noon"}',
        '{"region": "us-east-1", "job": {}}',
        '{"region": "us-east-1", "instance": {"recovery_instance_id": 7}}',
        '{"began_at": "2026-03-01T12:00:00+00:00", "tallies": [[1, 1]]}',
        "[]",
        "7",
    ],
)
def test_a_line_that_makes_no_sense_is_an_error(path: Path, line: str) -> None:
    path.write_text('{"format": 2, "scenario": "calm", "digest": ""}\n' + line + "\n")

    with pytest.raises(StateError, match=r"state\.jsonl is not a state file"):
        reopened(path)


def test_another_scenarios_file_is_refused(path: Path) -> None:
    reopened(path, scenario="failures")

    with pytest.raises(StateError, match="'failures', not 'calm'"):
        reopened(path)


def test_a_file_of_a_scenario_that_was_edited_since_is_refused(path: Path) -> None:
    mine = replace(scenario_named("calm"), name="mine", digest="0" * 64)
    Journal(Account(mine), path, START).close()

    with pytest.raises(StateError, match="as it was before its file was changed"):
        Journal(Account(replace(mine, digest="1" * 64)), path, START)


def test_a_file_in_use_is_refused(account: Account, path: Path) -> None:
    reopened(path)
    with (
        closing(Journal(account, path, START)),
        pytest.raises(StateError, match="in use by another simulator"),
    ):
        reopened(path)
    assert reopened(path).regions == {}


def test_a_file_from_the_future_is_refused_and_says_from_when(account: Account, path: Path) -> None:
    with closing(Journal(account, path, START)):
        with_a_job(account)

    with pytest.raises(StateError, match="2026-03-01 12:00:00 UTC"):
        reopened(path, START - timedelta(hours=1))
    assert last_moment(path) == START


def test_faults_that_have_struck_stay_struck(path: Path) -> None:
    rules = (
        FaultRule(RequestFault.THROTTLE, count=2),
        FaultRule(LaunchFault.LAUNCH_FAILURE, from_seconds=600),
    )
    scenario = replace(scenario_named("calm"), rules=rules)
    first = Account(scenario)
    with closing(Journal(first, path, START)) as journal:
        first.faults.begin(START)
        first.region("us-east-1", START)
        assert first.faults.strike("drs", "DescribeJobs", "us-east-1", list, START) is rules[0]
        journal.keep()
        assert '"tallies": [[1, 1], [0, 0]]' in path.read_text()

    again = Account(scenario)
    with closing(Journal(again, path, START)):
        assert again.faults.tallies == first.faults.tallies
        assert again.faults.elapsed_seconds(START + timedelta(minutes=10)) == 600


def test_another_account_is_kept_apart_from_the_scenarios_own(path: Path) -> None:
    account = Account(scenario_named("two-regions"))
    other = account.others["210987654321"]
    with closing(Journal(account, path, START)):
        with_a_job(account)
        ledger = Caller(other.region("eu-west-1", START))
        ledger.launch("s-1a2b3c4d5e6f72001")

    again = reopened(path, scenario="two-regions")
    assert set(again.regions) == {"us-east-1"}
    kept = Caller(again.others["210987654321"].region("eu-west-1", START))
    assert kept("DescribeJobs") == ledger("DescribeJobs")
