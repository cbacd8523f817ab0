"""Clean-ups from the command line, against a simulator on a socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from drs_tui.clock import SystemClock
from drs_tui.simulator.server import Simulator, SimulatorSettings
from tests.cli.conftest import ONE_SERVER, Drs, Ended, Recorded, call
from tests.simulator.served import serving


@dataclass(frozen=True)
class Bastion:
    """A machine from which a simulated account is reached."""

    folder: Path
    url: str

    def __call__(self, *arguments: str | Path) -> Ended:
        """Call `drs-tui` on its store and its account."""
        store = f"sqlite:{self.folder / 'runs.db'}"
        return call(*arguments, "--store", store, "--endpoint-url", self.url)

    def shown(self) -> dict[str, Any]:
        """The newest run, as data."""
        shown: dict[str, Any] = json.loads(self("runs", "show", "last", "--json").out)
        return shown

    def terminations(self) -> int:
        log = (self.folder / "calls.jsonl").read_text().splitlines()
        operations = [json.loads(line)["operation"] for line in log]
        return operations.count("TerminateRecoveryInstances")


@contextmanager
def bastion(folder: Path, scenario: str = "calm") -> Iterator[Bastion]:
    plan = folder / "one-server.yaml"
    plan.write_text(ONE_SERVER)
    settings = SimulatorSettings(scenario=scenario, call_log=folder / "calls.jsonl")
    simulator = Simulator(settings, SystemClock(), speed=600)
    with serving(simulator):
        yield Bastion(folder, simulator.endpoint_url)


def test_what_is_kept_is_told_and_goes_when_its_time_is_up(tmp_path: Path) -> None:
    with bastion(tmp_path) as drs_tui:
        run = ("run", tmp_path / "one-server.yaml", "--yes", "--cleanup", "always")
        ended = drs_tui(*run, "--keep-for", "1s")
        assert ended.code == 6
        assert "left 1 instance running since" in ended.err
        assert "instance-hours" in ended.err
        assert drs_tui.terminations() == 0
        asyncio.run(SystemClock().sleep(1))
        overdue = drs_tui("cleanup", "--overdue")
        assert overdue.code == 0, overdue.err
        assert drs_tui.terminations() == 1
        shown = drs_tui.shown()
        assert shown["cleanup"] == "done"
        assert shown["instances"][0]["gone_at"] is not None
        again = drs_tui("cleanup", "--overdue")
    assert (again.code, drs_tui.terminations()) == (0, 1)
    assert "nothing is overdue" in again.err


def test_what_is_kept_longer_or_was_to_stay_is_not_overdue(tmp_path: Path) -> None:
    with bastion(tmp_path) as drs_tui:
        run = ("run", tmp_path / "one-server.yaml", "--yes", "--cleanup")
        assert drs_tui(*run, "always", "--keep-for", "4h").code == 6
        page = drs_tui("runs", "show", "last").out
        assert "1 of 1 running since" in page
        assert "due at" in page
        assert drs_tui("cleanup", "--overdue").code == 0
        assert drs_tui.terminations() == 0
        assert drs_tui("cleanup", "last").code == 0
        assert drs_tui(*run, "never").code == 6
        assert drs_tui("cleanup", "--overdue").code == 0
    assert drs_tui.terminations() == 1


def test_what_may_not_be_terminated_is_told_with_its_reason_and_stays_overdue(
    tmp_path: Path,
) -> None:
    with bastion(tmp_path, "kept") as drs_tui:
        run = ("run", tmp_path / "one-server.yaml", "--yes", "--cleanup", "always")
        ended = drs_tui(*run)
        assert ended.code == 6
        assert "termination protection is on (turn it off in EC2 first)" in ended.err
        overdue = drs_tui("cleanup", "--overdue")
        shown = drs_tui.shown()
    assert overdue.code == 6
    assert drs_tui.terminations() == 0
    assert shown["refused"][0]["why"] == "its termination protection is on"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "name a RUN, or say --overdue"),
        (["last", "--overdue"], "name a RUN, or say --overdue"),
        (["--overdue", "--cancel"], "--cancel goes with a RUN"),
    ],
)
def test_one_run_is_named_or_all_that_are_overdue(
    drs: Drs, recorded: Recorded, arguments: list[str], words: str
) -> None:
    ended = drs("cleanup", *arguments, "--store", recorded.store)
    assert ended.code == 2
    assert words in ended.err


def test_what_went_with_an_embedded_simulator_is_not_overdue(drs: Drs, recorded: Recorded) -> None:
    ended = drs("cleanup", "--overdue", "--store", recorded.store)
    assert ended.code == 0
    assert "nothing is overdue" in ended.err
