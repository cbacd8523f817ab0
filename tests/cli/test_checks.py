"""Checks of launched servers, told without the app."""

from __future__ import annotations

import json
from pathlib import Path

from .conftest import Drs, Recorded

QUICK = ("--simulate", "--speed", "1500", "--yes")

PLAN = """\
name: two-waves
waves:
  - name: database
    servers: [orders-db-1]
    checks:
      - tcp: {port: 5432, within: 5m}
      - http: {port: 80, per: wave, within: 5m}
  - name: web
    servers: [orders-web-2]
    checks: []
"""


def plan_in(folder: Path) -> Path:
    path = folder / "two-waves.yaml"
    path.write_text(PLAN)
    return path


def silent(folder: Path) -> Path:
    path = folder / "silent.yaml"
    path.write_text("summary: nobody answers\nfaults: [{kind: no-service}]\n")
    return path


def test_checks_are_told_as_they_go_and_on_the_page(drs: Drs, tmp_path: Path) -> None:
    store = f"sqlite:{tmp_path / 'runs.db'}"
    ended = drs("run", plan_in(tmp_path), *QUICK, "--cleanup", "always", "--store", store)

    assert ended.code == 0, ended.err
    assert "orders-db-1: checking EC2 status, TCP port 5432" in ended.err
    assert "orders-db-1: EC2 status passed: both status checks are passed" in ended.err
    said = "orders-db-1 answers for port 80 /"
    assert f"wave database: HTTP port 80 / passed: orders-db-1: SIMULATED: {said}" in ended.err
    results = {line.split()[1]: line for line in ended.out.splitlines() if "  s-1a2b" in line}
    assert " verified " in results["orders-db-1"]
    assert " not verified " in results["orders-web-2"]


def test_a_failed_check_stops_a_run_that_nobody_watches_and_says_why(
    drs: Drs, tmp_path: Path
) -> None:
    store = f"sqlite:{tmp_path / 'runs.db'}"
    arguments = ("--scenario", silent(tmp_path), "--store", store)
    ended = drs("run", plan_in(tmp_path), *QUICK, *arguments)

    assert ended.code == 1, ended.err
    nothing = "SIMULATED: orders-db-1 has booted, and nothing answers for TCP port 5432"
    assert f"orders-db-1: TCP port 5432 FAILED: {nothing}" in ended.err
    assert "wave database: failed" in ended.err
    assert "wave web: cancelled" in ended.err
    assert f"orders-db-1, TCP port 5432 failed: {nothing}" in ended.out
    assert "wave database, HTTP port 80 / failed: orders-db-1: SIMULATED" in ended.out
    shown = json.loads(drs("runs", "show", "last", "--json", "--store", store).out)
    by_name = {server["name"]: server for server in shown["servers"]}
    assert by_name["orders-db-1"]["verification"] == "not verified"
    assert [check["outcome"] for check in by_name["orders-db-1"]["checks"]] == ["passed", "failed"]
    assert by_name["orders-web-2"]["verification"] == ""
    events = drs("runs", "events", "last", "--json", "--store", store).out.splitlines()
    decided = [e for e in map(json.loads, events) if e["type"] == "wave.decided"]
    assert [(e["data"]["choice"], "unattended" in e["data"]["text"]) for e in decided] == [
        ("stop", True)
    ]


def test_what_no_check_is_asked_of_is_launched_and_not_verified(
    drs: Drs, recorded: Recorded
) -> None:
    verified = json.loads(drs("runs", "show", "last", "--json", "--store", recorded.store).out)
    assert [server["verification"] for server in verified["servers"]] == ["verified"]
    assert drs("plan", "show", recorded.plan).out.count("EC2 status of every critical server") == 1
