"""Steps and gates without the app: what is said of them, and how a run ends by them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import ONE_SERVER, Drs

QUICK = ("--simulate", "--speed", "3000", "--cleanup", "always")


@pytest.fixture
def store(tmp_path: Path) -> str:
    return f"sqlite:{tmp_path / 'runs.db'}"


def plan(folder: Path, *lines: str) -> Path:
    path = folder / "one-server.yaml"
    path.write_text(ONE_SERVER + "".join(f"    {line}\n" for line in lines))
    return path


def step(script: str, more: str = "") -> str:
    return f"- {{run: [/bin/sh, -c, {json.dumps(script)}], modes: [drill]{more}}}"


def test_what_a_step_prints_is_told_and_shown_again(drs: Drs, store: str, tmp_path: Path) -> None:
    path = plan(tmp_path, "afterwards:", step("echo one; echo two"))
    ended = drs("run", path, *QUICK, "--yes", "--store", store)
    assert ended.code == 0
    said = ended.err.splitlines()
    place = next(n for n, line in enumerate(said) if "wave database: done after" in line)
    assert [line.split("Z  ", 1)[1] for line in said[place + 1 : place + 3]] == [
        "    one",
        "    two",
    ]
    page = drs("runs", "show", "last", "--store", store)
    assert "after wave database: done after" in page.out
    assert "    two" in page.out
    data = json.loads(drs("runs", "show", "last", "--json", "--store", store).out)
    [told] = data["waves"][0]["steps"]
    assert (told["when"], told["outcome"], told["output"]) == ("after", "succeeded", "one\ntwo")


def test_a_step_that_fails_where_nobody_decides_stops_the_run(
    drs: Drs, store: str, tmp_path: Path
) -> None:
    path = plan(tmp_path, "before:", step("echo no zone; exit 4"))
    ended = drs("run", path, *QUICK, "--yes", "--store", store)
    assert ended.code == 1
    assert "STEP FAILED" in ended.err
    assert "ended with 4: no zone" in ended.err
    assert "wants a decision" in ended.err
    events = drs("runs", "events", "last", "--json", "--store", store).out.splitlines()
    [decided] = [e for e in map(json.loads, events) if e["type"] == "wave.decided"]
    assert decided["data"]["choice"] == "stop"
    assert decided["data"]["text"].startswith("unattended")


def test_a_step_whose_failure_is_allowed_changes_no_exit_code(
    drs: Drs, store: str, tmp_path: Path
) -> None:
    path = plan(tmp_path, "before:", step("exit 4", ", on_failure: continue"))
    ended = drs("run", path, *QUICK, "--yes", "--store", store)
    assert ended.code == 0
    assert "STEP FAILED" in ended.err


def test_commands_that_the_settings_forbid_block_with_3(
    drs: Drs, store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DRS_TUI_LOCAL_COMMANDS", "off")
    path = plan(tmp_path, "before:", step("true"))
    ended = drs("run", path, *QUICK, "--yes", "--store", store)
    assert ended.code == 3
    assert "the setting local_commands is off" in ended.err
    assert "the setting local_commands is off" in drs("doctor").out


def test_a_gate_with_a_limit_is_waited_at_for_others_and_then_stops_the_run(
    drs: Drs, store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # `--yes` approves gates: of one that takes two people, it gives but one approval.
    monkeypatch.setattr("drs_tui.config.Settings.store_is_shared", True)
    path = plan(tmp_path, "gate: {prompt: Go on, approvals: 2, within: 3h, then: stop}")
    ended = drs("run", path, *QUICK, "--yes", "--store", store)
    assert ended.code == 1
    assert "Go on (approve, decline) until " in ended.err
    assert "for an approval from elsewhere" in ended.err
    assert "the drill failed" in ended.err


def test_a_plan_with_steps_is_described(drs: Drs, tmp_path: Path) -> None:
    path = plan(tmp_path, "before:", "- {manual: Freeze it, assignee: Ana}")
    assert "before: by hand: Ana: Freeze it" in drs("plan", "show", path).out


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (("before:", "- {run: [date]}"), "modes"),
        (("before:", "- {run: date, modes: [drill]}"), "run"),
        (("before:", "- {run: [date], modes: [drill], aws: yes}"), "true or false"),
        (("gate: {prompt: Go, then: stop}",), "'then' without 'within'"),
        (("gate: {prompt: Go, within: 5m, then: skip}",), "wait or stop"),
    ],
)
def test_what_is_wrong_with_a_step_is_told_by_its_line(
    drs: Drs, tmp_path: Path, lines: tuple[str, ...], words: str
) -> None:
    ended = drs("plan", "check", plan(tmp_path, *lines))
    assert ended.code == 2
    assert words in ended.err + ended.out
    assert "one-server.yaml:6" in ended.err + ended.out or ":7" in ended.err + ended.out
