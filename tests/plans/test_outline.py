"""A plan in plain lines."""

from __future__ import annotations

import pytest

from drs_tui.model.plan import Plan, PlanServer, Wave
from drs_tui.plans import describe_plan, parse_plan
from drs_tui.plans.outline import duration

PLAN = """\
name: three-tier
title: Order system
target: {account: 012345678912, region: us-east-1, profile: dr, role_arn: arn:aws:iam::012345678912:role/drills}
rto: 1h30m
rpo: 90s
isolation: {vpcs: [vpc-0a1b2c3d], security_groups: [sg-0a1b2c3d]}
defaults: {timeout: 2h, max_lag: 5m, on_failure: stop}
waves:
  - name: database
    servers: [s-1a2b3c4d5e6f70001, {name: orders-db-2, impact: optional}]
    checks: [ec2_status: {}, tcp: {port: 5432, within: 5m}]
  - name: application
    target: {region: eu-west-1}
    select: {tags: {Application: orders, Role: app}, impact: optional}
    gate: {prompt: Go on, approvals: 2, not: starter, within: 30m, then: stop}
    before:
      - {manual: Freeze the scheduler, assignee: Ana}
      - {run: [./point-dns, --drill], modes: [drill], timeout: 2m}
      - {ssm: {document: CreateOpsItem}, modes: [drill, recovery]}
    afterwards:
      - {run: [./open-shop, a b], modes: [recovery], on_failure: continue, aws: true}
    checks: []
    point_in_time: 2026-03-01T04:30:00Z
    timeout: 10m
    max_lag: 1m
    on_failure: continue
  - {name: web, servers: [web-1], gate: {prompt: Go on}, after: []}
  - {name: mail, servers: [mail-1], after: [database, web]}
"""  # noqa: E501


OUTLINE = """\
three-tier: Order system
  target: account 012345678912, Region us-east-1, profile dr, role arn:aws:iam::012345678912:role/drills
  objectives: RTO 1h30m, RPO 1m30s
  drill instances only in: vpc-0a1b2c3d, sg-0a1b2c3d
  wave 1: database, at once
    server s-1a2b3c4d5e6f70001
    server orders-db-2, optional
    point in time: latest: an on-demand snapshot, taken when its job begins
    checks: EC2 status, TCP port 5432 within 5m
    time-out 2h, lag up to 5m, on failure stop
  wave 2: application, after database
    target: Region eu-west-1
    gate: Go on (2 approvals, not by who started the run, within 30m, then the run stops)
    before: by hand: Ana: Freeze the scheduler
    before: run ./point-dns --drill (drill; up to 2m; on failure pause)
    before: SSM document CreateOpsItem (drill, recovery; up to 5m; on failure pause)
    afterwards: run ./open-shop 'a b' (recovery; up to 5m; on failure continue, with AWS_*)
    servers with the tags Application=orders, Role=app, optional
    point in time: 2026-03-01T04:30:00Z: the newest point of each server at or before it
    checks: none, launched is not verified
    time-out 10m, lag up to 1m, on failure continue
  wave 3: web, at once
    gate: Go on
    server web-1
    point in time: latest: an on-demand snapshot, taken when its job begins
    checks: EC2 status of every critical server
    time-out 2h, lag up to 5m, on failure stop
  wave 4: mail, after database, web
    server mail-1
    point in time: latest: an on-demand snapshot, taken when its job begins
    checks: EC2 status of every critical server
    time-out 2h, lag up to 5m, on failure stop
"""  # noqa: E501


def test_an_outline_tells_all_that_a_plan_says() -> None:
    assert describe_plan(parse_plan(PLAN, "three-tier.yaml")) == OUTLINE.splitlines()


def test_a_resolved_server_is_shown_by_name_and_id() -> None:
    plan = Plan("demo", (Wave("a", (PlanServer(id="s-1a2b3c4d5e6f70001", name="web-1"),)),))
    assert describe_plan(plan)[:3] == [
        "demo",
        "  wave 1: a, at once",
        "    server web-1 (s-1a2b3c4d5e6f70001)",
    ]


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(0, "0s"), (90, "1m30s"), (3600, "1h"), (5400, "1h30m"), (3661, "1h1m1s")],
)
def test_durations_are_written_as_in_plan_files(seconds: int, written: str) -> None:
    assert duration(seconds) == written
