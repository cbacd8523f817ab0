"""Readiness: what lets a server be launched, what has to be acknowledged, what forbids it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from drs_tui.model.checks.account import check_account
from drs_tui.model.checks.plan import check_approvals
from drs_tui.model.checks.servers import check_servers
from drs_tui.model.observed import Job, ParticipatingServer, SourceServer
from drs_tui.model.plan import (
    Gate,
    Plan,
    Target,
    Wave,
)
from drs_tui.model.readiness import Facts, Finding, Report, Verdict

from .story import wave_of

READY = SourceServer("s-1", "orders-db", replication_state="CONTINUOUS", lag_ms=3000)


def checked(
    server: SourceServer | None,
    *,
    wave: Wave | None = None,
    **facts: Any,
) -> list[tuple[Verdict, str]]:
    """Verdict and check of all that is found about one server."""
    known = Facts({server.id: server} if server else {}, **facts)
    found = check_servers([wave or wave_of("db", "s-1")], known)
    return [(finding.verdict, finding.check) for finding in found]


def test_a_continuous_server_with_little_lag_is_ready() -> None:
    assert checked(READY) == [(Verdict.PASSES, "server")]


@pytest.mark.parametrize(
    ("state", "verdict"),
    [
        *((s, Verdict.WARNS) for s in ("BACKLOG", "CREATING_SNAPSHOT", "RESCAN", "PAUSED")),
        ("STALLED", Verdict.WARNS),
        *((s, Verdict.BLOCKS) for s in ("INITIATING", "INITIAL_SYNC", "STOPPED", "DISCONNECTED")),
        ("MADE_UP", Verdict.BLOCKS),
        ("", Verdict.UNKNOWN),
    ],
)
def test_each_replication_state_has_its_verdict(state: str, verdict: Verdict) -> None:
    assert checked(replace(READY, replication_state=state)) == [(verdict, "replication")]


@pytest.mark.parametrize(
    ("lag_ms", "expected"),
    [
        (900_000, (Verdict.PASSES, "server")),
        (900_001, (Verdict.WARNS, "lag")),
        (None, (Verdict.UNKNOWN, "lag")),
    ],
)
def test_lag_is_held_against_the_plans_limit(
    lag_ms: int | None, expected: tuple[Verdict, str]
) -> None:
    assert checked(replace(READY, lag_ms=lag_ms)) == [expected]


def test_an_unknown_lag_adds_nothing_to_a_stalled_server() -> None:
    stalled = replace(READY, replication_state="STALLED", lag_ms=None)
    assert checked(stalled) == [(Verdict.WARNS, "replication")]


def test_a_server_that_drs_does_not_know_blocks() -> None:
    assert checked(None) == [(Verdict.BLOCKS, "server")]


def test_an_optional_server_that_is_red_is_left_out() -> None:
    # DRS refuses the whole call for one bad server.
    bad = replace(READY, replication_state="STOPPED", extension_error="gone")
    wave = wave_of("db", optional=["s-1"])
    [finding] = check_servers([wave], Facts({"s-1": bad}))
    assert (finding.verdict, finding.check) == (Verdict.WARNS, "left out")
    assert finding.leaves_out == "s-1"
    assert "nothing consistent to launch from" in finding.reason
    assert "gone" in finding.reason


def test_an_optional_server_that_only_warns_is_launched_with_the_rest() -> None:
    lagging = replace(READY, lag_ms=10**7)
    [finding] = check_servers([wave_of("db", optional=["s-1"])], Facts({"s-1": lagging}))
    assert (finding.check, finding.leaves_out) == ("lag", "")


@pytest.mark.parametrize(
    ("direction", "expected"),
    [("FAILBACK", [(Verdict.BLOCKS, "direction")]), ("FAILOVER", [(Verdict.PASSES, "server")])],
)
def test_a_server_that_replicates_back_blocks(
    direction: str, expected: list[tuple[Verdict, str]]
) -> None:
    assert checked(replace(READY, replication_direction=direction)) == expected


def test_an_extension_error_blocks() -> None:
    assert checked(replace(READY, extension_error="gone")) == [(Verdict.BLOCKS, "extension")]


@pytest.mark.parametrize("status", ["PENDING", "STARTED", "MADE_UP"])
def test_a_server_in_a_job_blocks_whatever_its_type(status: str) -> None:
    job = Job("drsjob-1", "TERMINATE", status, servers=(ParticipatingServer("s-1"),))
    assert checked(READY, jobs=[job]) == [(Verdict.BLOCKS, "busy")]


@pytest.mark.parametrize(("server_id", "status"), [("s-1", "COMPLETED"), ("s-2", "STARTED")])
def test_a_job_that_ended_or_holds_others_does_not_block(server_id: str, status: str) -> None:
    job = Job("drsjob-1", "LAUNCH", status, servers=(ParticipatingServer(server_id),))
    assert checked(READY, jobs=[job]) == [(Verdict.PASSES, "server")]


def test_all_that_is_wrong_is_found() -> None:
    bad = replace(READY, replication_state="STALLED", lag_ms=10**7, extension_error="gone")
    assert checked(bad) == [
        (Verdict.WARNS, "replication"),
        (Verdict.WARNS, "lag"),
        (Verdict.BLOCKS, "extension"),
    ]


# What a plan asks for ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (Target(), [Verdict.PASSES]),
        (Target("1", "r"), [Verdict.PASSES]),
        (Target("2", "r"), [Verdict.BLOCKS]),
        (Target("1", "s"), [Verdict.BLOCKS]),
        (Target("2", "s"), [Verdict.BLOCKS, Verdict.BLOCKS]),
    ],
)
def test_a_plan_runs_in_its_own_account_and_region(target: Target, expected: list[Verdict]) -> None:
    found = check_account(Plan("p", (), target=target), "1", "r")
    assert [finding.verdict for finding in found] == expected


# The report -------------------------------------------------------------------------------------


def finding(verdict: Verdict, thing: str = "db") -> Finding:
    return Finding(verdict, "lag", thing, "because")


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        ([], Verdict.PASSES),
        ([Verdict.PASSES], Verdict.PASSES),
        ([Verdict.PASSES, Verdict.UNKNOWN], Verdict.WARNS),
        ([Verdict.WARNS, Verdict.PASSES], Verdict.WARNS),
        ([Verdict.WARNS, Verdict.BLOCKS, Verdict.UNKNOWN], Verdict.BLOCKS),
    ],
)
def test_a_report_is_as_bad_as_its_worst_finding(found: list[Verdict], verdict: Verdict) -> None:
    assert Report(tuple(map(finding, found))).verdict is verdict


def test_only_warnings_can_be_acknowledged_and_only_one_by_one() -> None:
    one, two = finding(Verdict.WARNS, "one"), finding(Verdict.UNKNOWN, "two")
    report = Report((one, two, finding(Verdict.BLOCKS, "three"), finding(Verdict.PASSES)))
    assert report.unacknowledged([]) == (one, two)
    assert report.unacknowledged([one.key, "lag:three"]) == (two,)
    assert report.blocks == (finding(Verdict.BLOCKS, "three"),)


@pytest.mark.parametrize("gate", [Gate("Go?", 2), Gate("Go?", excludes_starter=True)])
def test_a_gate_that_takes_others_needs_a_store_that_they_can_reach(gate: Gate) -> None:
    plan = Plan("three-tier", (wave_of("db", "s-1"), wave_of("web", "s-2", gate=gate)))

    [finding] = check_approvals(plan, store_is_shared=False)

    assert (finding.verdict, finding.check, finding.thing) == (Verdict.BLOCKS, "approvals", "web")
    assert check_approvals(plan, store_is_shared=True) == []


def test_a_gate_for_one_person_can_be_passed_on_any_store() -> None:
    plan = Plan("three-tier", (wave_of("db", "s-1", gate=Gate("Go?")),))

    assert check_approvals(plan, store_is_shared=False) == []
