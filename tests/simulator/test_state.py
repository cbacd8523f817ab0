from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from drs_tui.simulator import state
from drs_tui.simulator.account import Account
from drs_tui.simulator.errors import StateError
from drs_tui.simulator.scenarios import scenario_named

from .caller import DB_1, START, Caller


@pytest.fixture
def account() -> Account:
    return Account(scenario_named("calm"))


def with_a_job(account: Account) -> Caller:
    drs = Caller(account.region("us-east-1", START))
    drs.launch(DB_1)
    return drs


def test_a_running_job_goes_on_where_the_clock_is(account: Account, tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    before = with_a_job(account)
    state.save(account, path)

    again = Account(scenario_named("calm"))
    state.load(again, path, START)
    after = Caller(again.region("us-east-1", START))
    before.pass_time(minutes=15)
    after.pass_time(minutes=15)

    assert after("DescribeJobs") == before("DescribeJobs")
    assert after.instances() == before.instances()
    # The next job is the one that would have been, had nobody restarted.
    assert after.launch(DB_1) == before.launch(DB_1)


def test_a_file_that_is_not_there_is_an_empty_account(account: Account, tmp_path: Path) -> None:
    state.load(account, tmp_path / "none.json", START)

    assert account.regions == {}
    assert state.last_moment(tmp_path / "none.json") is None


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        '{"format": 99}',
        '{"format": 1, "scenario": "calm"}',
        '{"format": 1, "scenario": "calm", "regions": {"us-east-1": {"created_at": "noon"}}}',
        '{"format": 1, "scenario": "calm", "regions": []}',
    ],
)
def test_a_damaged_file_is_named(account: Account, tmp_path: Path, content: str) -> None:
    path = tmp_path / "state.json"
    path.write_text(content)

    with pytest.raises(StateError, match=r"state\.json is not a state file"):
        state.load(account, path, START)


def test_bytes_that_are_no_text_are_a_damaged_file(account: Account, tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_bytes(b"\xff\xfe\x00")

    with pytest.raises(StateError, match=r"state\.json is not a state file"):
        state.load(account, path, START)


def test_another_scenarios_file_is_refused(account: Account, tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    state.save(Account(scenario_named("failures")), path)

    with pytest.raises(StateError, match="'failures', not 'calm'"):
        state.load(account, path, START)


def test_a_file_from_the_future_is_refused_and_says_from_when(
    account: Account, tmp_path: Path
) -> None:
    path = tmp_path / "state.json"
    with_a_job(account)
    state.save(account, path)

    with pytest.raises(StateError, match="2026-03-01 12:00:00 UTC"):
        state.load(Account(scenario_named("calm")), path, START - timedelta(hours=1))
    assert state.last_moment(path) == START


def test_the_file_is_replaced_whole(account: Account, tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    with_a_job(account)
    state.save(account, path)
    state.save(account, path)

    assert [file.name for file in tmp_path.iterdir()] == ["state.json"]
    assert json.loads(path.read_text())["scenario"] == "calm"
