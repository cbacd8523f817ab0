"""Answering what a run asks from a script, while the background driver drives it."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from drs_tui.cli import decide

from .conftest import ONE_SERVER, Drs, Recorded

PLAN = (
    ONE_SERVER
    + """\
    gate: {prompt: Go on, within: 100h, then: stop}
    before:
      - {manual: Freeze it, assignee: Ana}
"""
)


@pytest.fixture
def store(tmp_path: Path) -> str:
    return f"sqlite:{tmp_path / 'runs.db'}"


def asked(drs: Drs, store: str, kind: str) -> dict[str, object]:
    """What the run asks, once that is of a kind."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        lines = drs("decide", "last", "--json", "--store", store).out.splitlines()
        found: list[dict[str, object]] = [json.loads(line) for line in lines]
        if found and found[0]["kind"] == kind:
            return found[0]
    raise AssertionError(f"nothing of kind {kind} was asked")


def test_a_script_approves_a_gate_and_acknowledges_a_step_with_a_note(
    drs: Drs, store: str, tmp_path: Path
) -> None:
    plan = tmp_path / "one-server.yaml"
    plan.write_text(PLAN)
    began = ("--simulate", "--speed", "600", "--yes", "--detach", "--cleanup", "always")
    assert drs("run", plan, *began, "--store", store).code == 0

    gate = asked(drs, store, "gate")
    assert (gate["words"], gate["choices"]) == ("Go on", ["approve", "decline"])
    assert gate["until"]
    shown = drs("decide", "last", "--store", store)
    assert "wave database: gate: Go on (until " in shown.out
    wrong = drs("decide", "last", "done", "--store", store)
    assert wrong.code == 2
    assert "takes 'approve', 'decline'" in wrong.err

    assert drs("decide", "last", "approve", "--store", store).code == 0
    assert asked(drs, store, "manual")["words"] == "Ana: Freeze it"
    done = drs("decide", "last", "done", "--note", "frozen", "--json", "--store", store)
    assert done.code == 0
    assert json.loads(done.out)["type"] == "step.done"

    assert drs("attach", "last", "--json", "--store", store).code == 0
    data = json.loads(drs("runs", "show", "last", "--json", "--store", store).out)
    [step] = data["waves"][0]["steps"]
    assert (step["outcome"], step["words"]) == ("succeeded", "frozen")


def test_an_answer_that_nobody_takes_up_waits_in_the_store(
    drs: Drs, store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decide, "TAKEN_UP_SECONDS", 0.5)
    # `--yes` approves once: the run is left at a gate that takes two.
    monkeypatch.setattr("drs_tui.config.Settings.store_is_shared", True)
    plan = tmp_path / "one-server.yaml"
    plan.write_text(ONE_SERVER + "    gate: {prompt: Go on, approvals: 2}\n")
    left = drs("run", plan, "--simulate", "--speed", "600", "--yes", "--store", store)
    assert left.code == 4
    answered = drs("decide", "last", "approve", "--store", store)
    assert answered.code == 5
    assert "it waits in the store for whoever drives" in answered.err


def test_what_asks_nothing_takes_no_answer(drs: Drs, recorded: Recorded) -> None:
    assert "asks nothing" in drs("decide", "last", "--store", recorded.store).err
    ended = drs("decide", "last", "done", "--store", recorded.store)
    assert ended.code == 2
    assert "asks nothing" in ended.err


def test_a_note_goes_with_an_answer(drs: Drs) -> None:
    assert drs("decide", "last", "--note", "so it is").code == 2
