"""Clean-ups from the command line, against a simulator on a socket."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from drs_tui.clock import SystemClock
from drs_tui.simulator.server import Simulator, SimulatorSettings
from tests.cli.conftest import ONE_SERVER, Drs, Ended, Recorded

DEADLINE_SECONDS = 90.0


@dataclass(frozen=True)
class Bastion:
    """A machine from which a simulated account is reached."""

    folder: Path
    url: str

    async def __call__(self, *arguments: object) -> Ended:
        """Call `drs-tui` in a process of its own."""
        process = await self.start(*arguments)
        async with asyncio.timeout(DEADLINE_SECONDS):
            out, err = await process.communicate()
        assert process.returncode is not None
        return Ended(process.returncode, out.decode(), err.decode())

    async def start(self, *arguments: object) -> asyncio.subprocess.Process:
        store = f"sqlite:{self.folder / 'runs.db'}"
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "drs_tui", *map(str, arguments), "--store", store),
            *("--endpoint-url", self.url),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    async def shown(self) -> dict[str, Any]:
        """The newest run, as data."""
        shown: dict[str, Any] = json.loads((await self("runs", "show", "last", "--json")).out)
        return shown

    def terminations(self) -> int:
        log = (self.folder / "calls.jsonl").read_text().splitlines()
        operations = [json.loads(line)["operation"] for line in log]
        return operations.count("TerminateRecoveryInstances")


@asynccontextmanager
async def bastion(folder: Path, scenario: str = "calm") -> AsyncIterator[Bastion]:
    plan = folder / "one-server.yaml"
    plan.write_text(ONE_SERVER)
    settings = SimulatorSettings(scenario=scenario, call_log=folder / "calls.jsonl")
    async with Simulator(settings, SystemClock(), speed=600) as simulator:
        yield Bastion(folder, simulator.endpoint_url)


async def test_what_is_kept_is_told_and_goes_when_its_time_is_up(tmp_path: Path) -> None:
    async with bastion(tmp_path) as call:
        run = ("run", tmp_path / "one-server.yaml", "--yes", "--cleanup", "always")
        ended = await call(*run, "--keep-for", "1s")
        assert ended.code == 6
        assert "left 1 instance running since" in ended.err
        assert "instance-hours" in ended.err
        assert call.terminations() == 0
        ran = datetime.now(UTC)
        while (datetime.now(UTC) - ran).total_seconds() < 1:
            await SystemClock().sleep(0.1)
        overdue = await call("cleanup", "--overdue")
        assert overdue.code == 0, overdue.err
        assert call.terminations() == 1
        shown = await call.shown()
        assert shown["cleanup"] == "done"
        assert shown["instances"][0]["gone_at"] is not None
        again = await call("cleanup", "--overdue")
    assert (again.code, call.terminations()) == (0, 1)
    assert "nothing is overdue" in again.err


async def test_what_is_kept_longer_or_was_to_stay_is_not_overdue(tmp_path: Path) -> None:
    async with bastion(tmp_path) as call:
        run = ("run", tmp_path / "one-server.yaml", "--yes", "--cleanup")
        assert (await call(*run, "always", "--keep-for", "4h")).code == 6
        page = (await call("runs", "show", "last")).out
        assert "1 of 1 running since" in page
        assert "due at" in page
        assert (await call("cleanup", "--overdue")).code == 0
        assert call.terminations() == 0
        assert (await call("cleanup", "last")).code == 0
        assert (await call(*run, "never")).code == 6
        assert (await call("cleanup", "--overdue")).code == 0
    assert call.terminations() == 1


async def test_what_may_not_be_terminated_is_told_with_its_reason_and_stays_overdue(
    tmp_path: Path,
) -> None:
    async with bastion(tmp_path, "kept") as call:
        run = ("run", tmp_path / "one-server.yaml", "--yes", "--cleanup", "always")
        ended = await call(*run)
        assert ended.code == 6
        assert "termination protection is on (turn it off in EC2 first)" in ended.err
        overdue = await call("cleanup", "--overdue")
        shown = await call.shown()
    assert overdue.code == 6
    assert call.terminations() == 0
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
