"""What a plan file becomes."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from drs_tui.model.launch_checks import (
    Check,
    CommandCheck,
    Ec2StatusCheck,
    HttpCheck,
    InstanceCheck,
    PostLaunchCheck,
    SsmAgentCheck,
    TcpCheck,
)
from drs_tui.model.plan import (
    CommandStep,
    FailurePolicy,
    Gate,
    Impact,
    Isolation,
    ManualStep,
    Mode,
    ObjectivesPolicy,
    Plan,
    PlanServer,
    Selector,
    SsmStep,
    Target,
    Wave,
)
from drs_tui.plans import PlanError, parse_plan, read_plan
from drs_tui.plans.problems import MAX_BYTES
from tests.thoroughness import examples_of

EVERYTHING = """\
name: three-tier
title: >
  Order
  system
target: {account: 012345678912, region: us-gov-west-1, profile: "on", role_arn: arn:aws-us-gov:iam::012345678912:role/x/drills}
rto: 1h30m
rpo: 90s
objectives: reported
isolation: {vpcs: [vpc-0a1b2c3d4e5f60718], subnets: [subnet-0a1b2c3d], security_groups: [sg-0a1b2c3d]}
defaults: {timeout: 2h, max_lag: 5m, on_failure: stop}
waves:
  - name: database
    servers:
      - s-1a2b3c4d5e6f70001
      - {name: s-db, impact: optional}
    checks:
      - ec2_status: {}
      - tcp: {port: 5432, within: 5m}
  - name: application
    servers: [on, 12:30, 0123]
    select: {tags: {Application: orders, Live: yes, Empty: ""}, impact: optional}
    gate: {prompt: "Go?", approvals: 2, not: starter}
    before:
      - manual: |
          Freeze
          the scheduler
      - {run: [./point-dns, --drill], modes: [drill], timeout: 2m}
      - ssm: {document: CreateOpsItem, parameters: {Title: [Drill]}}
        modes: [drill, recovery]
    timeout: 10m
    max_lag: 1m
    on_failure: continue
    point_in_time: 2026-03-01T04:30:00Z
    target: {region: eu-west-1}
    checks: []
  - {name: web, servers: [web-1], after: []}
  - {name: mail, servers: [mail-1], after: [database, web]}
"""  # noqa: E501


def test_every_member_of_the_format_is_read() -> None:
    assert parse_plan(EVERYTHING, "three-tier.yaml") == Plan(
        name="three-tier",
        title="Order system",
        target=Target(
            account="012345678912",
            region="us-gov-west-1",
            profile="on",
            role_arn="arn:aws-us-gov:iam::012345678912:role/x/drills",
        ),
        rto_seconds=5400,
        rpo_seconds=90,
        objectives=ObjectivesPolicy.REPORTED,
        isolation=Isolation(
            vpcs=("vpc-0a1b2c3d4e5f60718",),
            subnets=("subnet-0a1b2c3d",),
            security_groups=("sg-0a1b2c3d",),
        ),
        waves=(
            Wave(
                name="database",
                servers=(
                    PlanServer(id="s-1a2b3c4d5e6f70001"),
                    PlanServer(name="s-db", impact=Impact.OPTIONAL),
                ),
                checks=(Ec2StatusCheck(), TcpCheck(5432, within_seconds=300)),
                timeout_seconds=7200,
                max_lag_seconds=300,
                on_failure=FailurePolicy.STOP,
            ),
            Wave(
                name="application",
                servers=(PlanServer(name="on"), PlanServer(name="12:30"), PlanServer(name="0123")),
                select=Selector(
                    {"Application": "orders", "Live": "yes", "Empty": ""}, Impact.OPTIONAL
                ),
                after=("database",),
                gate=Gate("Go?", approvals=2, excludes_starter=True),
                before=(
                    ManualStep("Freeze the scheduler"),
                    CommandStep(("./point-dns", "--drill"), (Mode.DRILL,), timeout_seconds=120),
                    SsmStep("CreateOpsItem", (Mode.DRILL, Mode.RECOVERY), {"Title": ("Drill",)}),
                ),
                checks=(),
                timeout_seconds=600,
                max_lag_seconds=60,
                on_failure=FailurePolicy.CONTINUE,
                point_in_time="2026-03-01T04:30:00Z",
                target=Target(region="eu-west-1"),
            ),
            Wave(
                name="web",
                servers=(PlanServer(name="web-1"),),
                timeout_seconds=7200,
                max_lag_seconds=300,
                on_failure=FailurePolicy.STOP,
            ),
            Wave(
                name="mail",
                servers=(PlanServer(name="mail-1"),),
                after=("database", "web"),
                timeout_seconds=7200,
                max_lag_seconds=300,
                on_failure=FailurePolicy.STOP,
            ),
        ),
    )


def test_a_plan_that_says_little_has_the_usual_rest() -> None:
    text = "name: demo\nwaves: [{name: a, servers: [x]}, {name: b, servers: [y]}]\n"
    assert parse_plan(text, "demo.yaml") == Plan(
        name="demo",
        title="demo",
        waves=(
            Wave("a", servers=(PlanServer(name="x"),)),
            Wave("b", servers=(PlanServer(name="y"),), after=("a",)),
        ),
    )


def test_a_hundred_servers_are_a_wave() -> None:
    servers = ", ".join(f"web-{number}" for number in range(100))
    plan = parse_plan(f"name: demo\nwaves: [{{name: a, servers: [{servers}]}}]", "demo.yaml")
    assert len(plan.waves[0].servers) == 100


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("90s", 90), ("15m", 900), ("1h30m", 5400), ("1h", 3600), ("2h0m1s", 7201), ("90m", 5400)],
)
def test_durations(written: str, seconds: int) -> None:
    plan = parse_plan(f"name: a\nrto: {written}\nwaves: [{{name: b, servers: [c]}}]", "a.yaml")
    assert plan.rto_seconds == seconds


MINIMAL = b"name: demo\nwaves: [{name: a, servers: [x]}]\n"


def test_a_file_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "demo.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + MINIMAL)
    assert read_plan(path).name == "demo"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (MINIMAL + b"title: \xe4\n", ":3:8: the byte 0xE4 is not UTF-8"),
        (MINIMAL.decode().encode("utf-16"), ":1:1: the byte 0xFF is not UTF-8"),
        (b"#" * (MAX_BYTES + 1), ": is larger than 256 KiB"),
        (MINIMAL + b"rto: 0\n", ":3:6: 'rto' is '0'"),
    ],
    ids=["latin-1", "utf-16", "huge", "mistake"],
)
def test_errors_of_a_file_begin_with_its_path(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "demo.yaml"
    path.write_bytes(data)
    with pytest.raises(PlanError) as raised:
        read_plan(path)
    assert str(raised.value).startswith(f"{path}{words}")


def test_a_file_that_is_not_there_is_a_plan_error(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="can't be read: No such file or directory"):
        read_plan(tmp_path / "demo.yaml")
    with pytest.raises(PlanError, match="can't be read: Is a directory"):
        read_plan(tmp_path)


KEYS = (
    *("account", "after", "approvals", "before", "checks", "defaults", "document", "ec2_status"),
    *("gate", "id", "impact", "manual", "modes", "name", "parameters", "point_in_time", "port"),
    *(
        "prompt",
        "http",
        "https",
        "command",
        "per",
        "verify",
        "run",
        "select",
        "servers",
        "ssm",
        "tags",
        "target",
        "tcp",
        "timeout",
        "waves",
    ),
    *("within", "<run>", "[key]"),
)
MARKS = (
    *("{", "}", "[", "]", ", ", "- ", ": ", "? ", "#", '"', "'", "> ", "|", "\\", "\\U", "\\x1"),
    *(
        "&a ",
        "*a ",
        "!!int ",
        "%YAML 1.",
        "---",
        "\n",
        "\n  ",
        "\n    ",
        "\n  - ",
        "\r",
        "\t",
        "\x1b",
    ),
)
WORDS = ("", "''", "a", "web", "s-1a2b3c4d5e6f70001", "s-1", "1h", "0", "drill", "pause")

YAML_PIECES = st.lists(
    st.sampled_from((*(f"{key}: " for key in KEYS), *MARKS, *WORDS)), max_size=30
).map("".join)


@settings(max_examples=examples_of(300), deadline=None)
@given(st.one_of(st.text(), YAML_PIECES))
@example('a: "\\UFFFFFFFF"')
@example("%YAML 1." + "9" * 5000)
@example("[" * 5000)
def test_any_text_is_a_plan_or_a_plan_error(text: str) -> None:
    try:
        assert isinstance(parse_plan(text, "any.yaml"), Plan)
    except PlanError as error:
        assert error.problems  # noqa: PT017


VALUES = st.recursive(
    st.sampled_from(WORDS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.dictionaries(st.sampled_from(KEYS), inner, max_size=4).map(
            lambda items: "{" + ", ".join(f"'{key}': {v}" for key, v in items.items()) + "}"
        ),
    ),
    max_leaves=12,
)


@settings(max_examples=examples_of(300), deadline=None)
@given(VALUES, VALUES, VALUES)
def test_any_value_in_any_place_is_a_plan_or_a_plan_error(a: str, b: str, c: str) -> None:
    text = f"name: demo\ndefaults: {a}\nwaves:\n  - {b}\n  - name: web\n    servers: {c}\n"
    try:
        assert isinstance(parse_plan(text, "any.yaml"), Plan)
    except PlanError as error:
        assert all(p.line >= 1 and p.column >= 1 for p in error.problems)  # noqa: PT017


def test_a_check_says_what_where_and_how_often() -> None:
    plan = parse_plan(
        """\
name: checked
waves:
  - name: web
    servers: [web-1]
    checks:
      - instance: {}
      - ec2_status: {}
      - ssm_agent: {within: 10m}
      - post_launch: {}
      - tcp: {port: 22, from: ssm, per: wave}
      - http: {path: /health, status: 204, body: "^ok$", host: orders.example.com}
      - https: {verify: false, from: "ssm:probe 1"}
      - command: {run: [systemctl, is-active, orders], within: 3m}
""",
        "checked.yaml",
    )
    checks = plan.waves[0].checks
    assert checks == (
        InstanceCheck(),
        Ec2StatusCheck(),
        SsmAgentCheck(600),
        PostLaunchCheck(),
        TcpCheck(22, vantage="ssm", per_wave=True),
        HttpCheck(path="/health", status=204, body="^ok$", host="orders.example.com"),
        HttpCheck(443, tls=True, verify=False, vantage="ssm:probe 1"),
        CommandCheck(("systemctl", "is-active", "orders"), 180),
    )
    assert {type(check) for check in checks} == set(get_args(Check)), "a plan can ask for each"
