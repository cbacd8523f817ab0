"""Every kind of mistake in a plan file, with the line and column that its error names."""

from __future__ import annotations

import pytest

from drs_tui.documents.problems import MAX_PROBLEMS
from drs_tui.plans import PlanError, parse_plan

HEAD = "name: demo\nwaves:\n"
ONE_WAVE = HEAD + "  - name: web\n    servers: [web-1]\n"
ID = "s-1a2b3c4d5e6f70001"
ROLE = "arn:aws:iam::222222222222:role/drills"


def problems(text: str) -> list[tuple[int, int, str]]:
    with pytest.raises(PlanError) as raised:
        parse_plan(text, "demo.yaml")
    return [(problem.line, problem.column, problem.message) for problem in raised.value.problems]


def wave(*lines: str) -> str:
    """A plan whose only wave has these lines after its name, the first of them line 4."""
    return "\n".join((HEAD + "  - name: web", *(f"    {line}" for line in lines)))


SYNTAX = {
    "empty": ("", 1, 1, "is empty"),
    "comment": ("# nothing\n", 1, 1, "is empty"),
    "blank document": ("---\n", 1, 1, "is empty"),
    "list": ("- name: demo\n", 1, 1, "a list at the top"),
    "text": ("demo\n", 1, 1, "a text at the top"),
    "tab": ("name: demo\nwaves:\n\t- name: web\n", 3, 1, "a tab; YAML is indented"),
    "tab after value": ("name: demo\t\nwaves: []\n", 1, 11, "a tab; YAML is indented"),
    "indentation": ("name: demo\n title: x\n", 2, 7, "not YAML: mapping values are not allowed"),
    "question mark": ("gate: {prompt: Go?}\n", 1, 18, "? # , or brackets in it is quoted"),
    "open quote": ("name: 'demo\n", 2, 1, "scalar that began on line 1"),
    "anchor": ("name: &n demo\n", 1, 7, "the anchor &n"),
    "alias": ("name: demo\ntitle: *n\n", 2, 8, "the alias *n"),
    "alias as key": ("name: demo\n*n : x\n", 2, 1, "the alias *n"),
    "tag": ("name: !!str demo\n", 1, 7, "the tag 'tag:yaml.org,2002:str'"),
    "second document": ("name: demo\n---\nname: more\n", 2, 1, "a second document"),
    "list as key": ("name: demo\n? [a]\n: b\n", 2, 3, "a value without a key"),
    "no key": ("name: demo\n?\n: b\n", 2, 2, "a value without a key"),
    "depth": ("name: " + "[" * 100, 1, 25, "20 deep"),
    "escape": ('name: demo\ntitle: "\\x1b[2J"\n', 2, 8, "the unprintable character U+001B"),
    "escape as key": ('name: demo\n"\\x07": x\n', 2, 1, "the unprintable character U+0007"),
    "raw escape": ("name: demo\r\ntitle: a\x1b", 2, 9, "the unprintable character U+001B"),
    "reversed": ("name: demo\ntitle: a\u202eb\n", 2, 9, "the unprintable character U+202E"),
    "surrogate": ('title: "\\ud800"\n', 1, 8, "the unprintable character U+D800"),
    "no character": ('name: "\\UFFFFFFFF"\n', 1, 10, "a number out of range"),
}


@pytest.mark.parametrize(("text", "line", "column", "words"), SYNTAX.values(), ids=SYNTAX)
def test_text_that_is_no_plan_is_one_problem(text: str, line: int, column: int, words: str) -> None:
    [problem] = problems(text)
    assert problem[:2] == (line, column)
    assert words in problem[2]


TOP = {
    "no name": ("waves:\n  - {name: a, servers: [b]}\n", 1, 1, "'name' is missing; it is the plan"),
    "no waves": ("name: demo\n", 1, 1, "'waves' is missing; it is the waves"),
    "empty waves": ("name: demo\nwaves: []\n", 2, 1, "'waves' is empty"),
    "name": (ONE_WAVE.replace("demo", "My Plan"), 1, 7, "'name' is 'My Plan'; allowed: up to 64"),
    "option as name": (ONE_WAVE.replace("demo", "--yes"), 1, 7, "not beginning or ending with"),
    "role of another account": (
        ONE_WAVE + f'target: {{account: "111111111111", role_arn: {ROLE}}}\n',
        5,
        45,
        f"the role '{ROLE}' is not of account '111111111111'",
    ),
    "misspelt key": (
        ONE_WAVE + "titel: x\n",
        5,
        1,
        "'titel' is not a key here (did you mean 'title'?); allowed: name, title, target, rto",
    ),
    "strange key": (ONE_WAVE + "zzz: x\n", 5, 1, "'zzz' is not a key here; allowed: name"),
    "duplicate key": (ONE_WAVE + "name: x\n", 5, 1, "'name' stands twice, first on line 1"),
    "no value": (ONE_WAVE + "title:\n", 5, 1, "'title' has no value; it is the name for people"),
    "empty title": (ONE_WAVE + "title: ''\n", 5, 8, "'title' is ''; allowed: a text"),
    "list as text": (ONE_WAVE + "title: [a]\n", 5, 1, "'title' is a list; allowed: a text"),
    "account": (
        ONE_WAVE + "target: {account: 12345678901}\n",
        5,
        19,
        "'account' is '12345678901'; allowed: 12 digits",
    ),
    "region": (ONE_WAVE + "target: {region: virginia}\n", 5, 18, "a Region such as us-east-1"),
    "role": (ONE_WAVE + "target: {role_arn: drills}\n", 5, 20, "a role's ARN such as"),
    "target": (ONE_WAVE + "target: us-east-1\n", 5, 9, "a mapping with keys of account, region"),
    "duration": (ONE_WAVE + "rto: 45\n", 5, 6, "'rto' is '45'; allowed: a duration"),
    "sexagesimal": (ONE_WAVE + "rto: 12:30\n", 5, 6, "'rto' is '12:30'; allowed: a duration"),
    "no time": (ONE_WAVE + "rpo: 0h0m\n", 5, 6, "above zero such as 90s, 15m or 1h30m"),
    "disorder": (ONE_WAVE + "rpo: 30m1h\n", 5, 6, "'rpo' is '30m1h'"),
    "defaults": (ONE_WAVE + "defaults:\n  on_failure: no\n", 6, 15, "allowed: pause, stop or"),
    "vpc": (
        ONE_WAVE + "isolation:\n  vpcs: [vpc-0, vpc-0a1b2c3d]\n",
        6,
        10,
        "of 'vpcs' is 'vpc-0'",
    ),
    "empty isolation": (ONE_WAVE + "isolation: {}\n", 5, 1, "allowed: vpcs, subnets, security"),
}

WAVE = {
    "no servers": ("on_failure: stop", 3, 5, "a wave without servers; it has 'servers', 'select'"),
    "empty servers": ("servers: []", 4, 5, "'servers' is empty; allowed: at least one item"),
    "101 servers": (
        f"servers: [{', '.join(f'web-{n}' for n in range(101))}]",
        4,
        5,
        "'servers' has 101 items; allowed: at most 100",
    ),
    "short id": ("servers: [s-1a2b3c]", 4, 15, "is 's-1a2b3c'; allowed: an id of s- and 17 hexad"),
    "not hexadecimal": ("servers: [{id: s-1a2b3c4d5e6f7000g}]", 4, 20, "'id' is 's-1a2b3c4d5e6"),
    "twice": (f"servers: [{ID}, {ID}]", 4, 36, "stands in this wave already"),
    "twice by name": ("servers: [a, {name: a}]", 4, 25, "server 'a' stands in this wave already"),
    "id and name": (f"servers: [{{id: {ID}, name: a}}]", 4, 15, "both id and name"),
    "neither": ("servers: [{impact: optional}]", 4, 15, "neither id nor name"),
    "impact": ("servers: [{name: a, impact: on}]", 4, 33, "is 'on'; allowed: critical or optional"),
    "server list": ("servers: [[a]]", 4, 15, "an item of 'servers' is a list; allowed: a mapping"),
    "blank server": ("servers:\n      -", 5, 8, "has no value; leave it out, or write one"),
    "no tags": ("select: {tags: {}}", 4, 14, "'tags' is empty; allowed: at least one item"),
    "blank tag": ("select: {tags: {Role: }}", 4, 21, "'Role' has no value; an empty text"),
    "tag list": ("select: {tags: [Role]}", 4, 14, "'tags' is a list; allowed: a mapping"),
    "itself": ("servers: [a]\n    after: [web]", 5, 13, "wave 'web' waits for itself"),
    "gate": ("servers: [a]\n    gate: {approvals: 1}", 5, 5, "'prompt' is missing; it is the"),
    "approvals": (
        "servers: [a]\n    gate: {prompt: Go, approvals: 0}",
        5,
        35,
        "'approvals' is '0'; allowed: a whole number from 1 to 100",
    ),
    "not": (
        "servers: [a]\n    gate: {prompt: Go, not: ana}",
        5,
        29,
        "'not' is 'ana'; allowed: starter",
    ),
    "gate key": (
        "servers: [a]\n    gate: {prompt: Go, nott: starter}",
        5,
        24,
        "'nott' is not a key here (did you mean 'not'?); allowed: prompt, approvals, not",
    ),
    "step": (
        "servers: [a]\n    before:\n      - manaul: x",
        6,
        9,
        "is a mapping with the keys 'manaul'; allowed: a mapping with one of the keys manual, run",
    ),
    "text as step": ("servers: [a]\n    before: [wait]", 5, 14, "an item of 'before' is 'wait'"),
    "modes of run": (
        "servers: [a]\n    before:\n      - run: [ls]\n        timeout: 1m",
        6,
        9,
        "'modes' is missing; it is the modes it runs in: [drill], [recovery] or both",
    ),
    "modes of ssm": (
        "servers: [a]\n    before:\n      - ssm: {document: Doc}",
        6,
        9,
        "'modes' is missing",
    ),
    "mode": (
        "servers: [a]\n    before:\n      - {run: [ls], modes: [test]}",
        6,
        29,
        "an item of 'modes' is 'test'; allowed: drill or recovery",
    ),
    "modes of manual": (
        "servers: [a]\n    before:\n      - {manual: x, modes: [drill]}",
        6,
        21,
        "'modes' is not a key here; allowed: manual",
    ),
    "shell line": (
        "servers: [a]\n    before:\n      - {run: ls -l, modes: [drill]}",
        6,
        15,
        "'run' is 'ls -l'; allowed: a list",
    ),
    "time-out of run": (
        "servers: [a]\n    before:\n      - {run: [ls], modes: [drill], timeout: soon}",
        6,
        46,
        "'timeout' is 'soon'; allowed: a duration",
    ),
    "document": (
        "servers: [a]\n    before:\n      - {ssm: {}, modes: [drill]}",
        6,
        10,
        "'document' is missing",
    ),
    "check": ("servers: [a]\n    checks: [ping]", 5, 14, "one of the keys ec2_status, tcp"),
    "blank check": ("servers: [a]\n    checks:\n      - tcp:", 6, 9, "'tcp' has no value"),
    "blank checks": ("servers: [a]\n    checks:", 5, 5, "'checks' has no value; it is checks of"),
    "port": (
        "servers: [a]\n    checks: [{tcp: {port: 65536}}]",
        5,
        27,
        "'port' is '65536'; allowed: a whole number from 1 to 65535",
    ),
    "within": (
        "servers: [a]\n    checks:\n      - ec2_status: {within: 5}",
        6,
        30,
        "'within' is '5'; allowed: a duration",
    ),
    "status": (
        "servers: [a]\n    checks: [{http: {status: 99}}]",
        5,
        30,
        "'status' is '99'; allowed: a whole number from 100 to 599",
    ),
    "body": (
        "servers: [a]\n    checks: [{http: {body: '(ok'}}]",
        5,
        28,
        "'body' is '(ok'; allowed: a regular expression (missing ), unterminated subpattern",
    ),
    "from": (
        "servers: [a]\n    checks: [{tcp: {port: 22, from: home}}]",
        5,
        37,
        "'from' is 'home'; allowed: bastion, ssm or ssm:NAME",
    ),
    "certificate": (
        "servers: [a]\n    checks: [{https: {path: /health}}]",
        5,
        15,
        "does not say whose certificate to expect; it has a 'host', or 'verify: false'",
    ),
    "point in time": (
        "servers: [a]\n    point_in_time: yesterday",
        5,
        20,
        "allowed: latest, newest-existing, common or a time with offset",
    ),
    "time without offset": (
        "servers: [a]\n    point_in_time: 2026-03-01T04:30:00",
        5,
        20,
        "a time with offset such as 2026-03-01T04:30:00+00:00",
    ),
    "time before all times": (
        "servers: [a]\n    point_in_time: 0001-01-01T00:00:00+23:00",
        5,
        20,
        "a time with offset",
    ),
    "policy": ("servers: [a]\n    on_failure: retry", 5, 17, "allowed: pause, stop or continue"),
    "key": ("servers: [a]\n    timout: 5m", 5, 5, "(did you mean 'timeout'?)"),
}

CASES = TOP | {
    kind: (wave(lines), line, column, words) for kind, (lines, line, column, words) in WAVE.items()
}


@pytest.mark.parametrize(("text", "line", "column", "words"), CASES.values(), ids=CASES)
def test_a_mistake_is_named_where_it_stands(text: str, line: int, column: int, words: str) -> None:
    found = problems(text)
    assert any(words in message for _, _, message in found), found
    assert {(at, to) for at, to, message in found if words in message} == {(line, column)}
    assert len(found) == 1, found


def test_a_server_stands_in_one_wave() -> None:
    text = HEAD + f"  - {{name: db, servers: [{ID}]}}\n  - {{name: web, servers: [a, {ID}]}}\n"
    assert problems(text) == [
        (4, 30, f"server '{ID}' stands in wave 'db' already; a server stands in one wave, once")
    ]


def test_servers_of_two_targets_can_have_one_name() -> None:
    waves = (
        HEAD + "  - {name: db, servers: [a]}\n  - {name: dr, servers: [a], target: {region: %s}}\n"
    )
    plan = parse_plan(waves % "eu-west-1", "demo.yaml")
    assert [server.name for _, server in plan.servers()] == ["a", "a"]


def test_a_wave_has_a_name_of_its_own() -> None:
    text = HEAD + "  - {name: db, servers: [a]}\n  - {name: db, servers: [b]}\n"
    assert problems(text) == [(4, 12, "a second wave named 'db'; each wave has a name of its own")]


def test_after_names_a_wave_of_the_plan() -> None:
    text = (
        HEAD + "  - {name: database, servers: [a]}\n  - {name: web, servers: [b], after: [databse]}"
    )
    assert problems(text) == [
        (4, 39, "no wave is named 'databse' (did you mean 'database'?); others: 'database'")
    ]


def test_a_cycle_is_shown_whole_at_the_after_that_closes_it() -> None:
    text = HEAD + (
        "  - {name: db, servers: [a], after: [web]}\n"
        "  - {name: app, servers: [b]}\n"
        "  - {name: web, servers: [c]}\n"
        "  - {name: batch, servers: [d], after: [mail]}\n"
        "  - {name: mail, servers: [e], after: [batch, db]}\n"
    )
    first, second = problems(text)
    assert first[:2] == (3, 38)
    assert "'db' → 'web' → 'app' → 'db' (each waits for the next)" in first[2]
    assert second[:2] == (6, 41)
    assert "'batch' → 'mail' → 'batch' (each waits for the next)" in second[2]


def test_all_problems_are_told_at_once_in_the_order_of_the_file() -> None:
    text = (
        "name: Demo\n"
        "titel: x\n"
        "waves:\n"
        "  - name: db\n"
        "    servers: [s-1, a]\n"
        "    timeout: soon\n"
        "  - name: web\n"
        "    servers: [a]\n"
        "    after: [app]\n"
    )
    assert [(line, column) for line, column, _ in problems(text)] == [
        (1, 7),
        (2, 1),
        (5, 15),
        (6, 14),
        (8, 15),
        (9, 13),
    ]


def test_the_message_has_one_line_a_problem() -> None:
    with pytest.raises(PlanError) as raised:
        parse_plan("name: Demo\nwaves: []\n", "plans/demo.yaml")
    first, second = str(raised.value).splitlines()
    assert first.startswith("plans/demo.yaml:1:7: 'name' is 'Demo'; allowed: ")
    assert second == "plans/demo.yaml:2:1: 'waves' is empty; allowed: at least one item"


def test_hostile_text_reaches_no_terminal_through_a_message() -> None:
    with pytest.raises(PlanError) as raised:
        parse_plan('"a\\tb\\n": x\n', "\x1b[2Jplan.yaml")
    assert all(line.isprintable() for line in str(raised.value).splitlines())
    assert "\\x1b[2Jplan.yaml:1:1: 'a\\tb\\n' is not a key here" in str(raised.value)


def test_a_long_value_is_cut() -> None:
    [(_, _, message)] = problems(ONE_WAVE + f"rto: {'9' * 10_000}\n")
    assert message.startswith(f"'rto' is '{'9' * 60}…'; allowed")


def test_reading_stops_at_a_hundred_problems() -> None:
    assert len(problems(ONE_WAVE + "".join(f"key{n}: x\n" for n in range(500)))) == MAX_PROBLEMS
