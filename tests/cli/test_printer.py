"""A drill that is driven in the foreground waits for nobody who reads what it prints."""

from __future__ import annotations

import asyncio
import fcntl
import json
import subprocess
import sys
from pathlib import Path

import pytest

from drs_tui.audit.sqlite import open_sqlite
from drs_tui.audit.tail import tail
from drs_tui.cli.printer import Printer
from drs_tui.clock import SystemClock
from drs_tui.model.run import apply
from drs_tui.model.state.run import Run
from drs_tui.model.status import CleanupStatus, RunStatus

from .conftest import ONE_SERVER

DEADLINE_SECONDS = 60.0
_ONE_PAGE = 4096
"""The least that a pipe can hold."""


def start_drill(folder: Path) -> subprocess.Popen[bytes]:
    (folder / "plan.yaml").write_text(ONE_SERVER)
    command = [sys.executable, "-m", "drs_tui", "run", str(folder / "plan.yaml"), "--simulate"]
    flags = [
        "--speed",
        "3000",
        "--yes",
        "--cleanup",
        "always",
        "--json",
        "--store",
        f"sqlite:{folder / 'runs.db'}",
    ]
    drill = subprocess.Popen([*command, *flags], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert drill.stdout is not None
    fcntl.fcntl(drill.stdout, fcntl.F_SETPIPE_SZ, _ONE_PAGE)
    return drill


async def ended(folder: Path, run_id: str) -> Run:
    """Follow the run in its store until it is cleaned up."""
    store = await open_sqlite(folder / "runs.db")
    run: Run | None = None
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            async for events in tail(store, run_id, clock=SystemClock()):
                for event in events:
                    run = apply(run, event)
                if run is not None and run.cleanup.status is CleanupStatus.DONE:
                    return run
    finally:
        await store.close()
    raise AssertionError("a tail never ends")


@pytest.mark.skipif(not hasattr(fcntl, "F_SETPIPE_SZ"), reason="needs a pipe of a known size")
async def test_a_drill_ends_though_nobody_reads_its_output(tmp_path: Path) -> None:
    drill = start_drill(tmp_path)
    assert drill.stdout is not None
    first = await asyncio.to_thread(drill.stdout.readline)

    run = await ended(tmp_path, json.loads(first)["run_id"])

    assert run.outcome is RunStatus.SUCCEEDED
    with drill:
        out = await asyncio.to_thread(drill.stdout.read)
    assert len(first + out) > 2 * _ONE_PAGE
    assert [json.loads(line)["seq"] for line in (first + out).splitlines()] == [
        *range(1, run.seq + 1)
    ]
    assert drill.returncode == 0


def test_a_drill_ends_though_its_reader_has_had_enough(tmp_path: Path) -> None:
    drill = start_drill(tmp_path)
    assert drill.stdout is not None
    assert drill.stderr is not None
    with drill:
        drill.stdout.readline()
        drill.stdout.close()
        assert drill.stderr.read() == b""
        assert drill.wait(DEADLINE_SECONDS) == 0


def test_a_defect_in_what_prints_is_heard_of() -> None:
    def fail() -> None:
        raise LookupError

    printer = Printer()
    printer.put(fail)
    with pytest.raises(LookupError):
        printer.close()
