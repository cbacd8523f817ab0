"""`python -m tests.terminal.states FOLDER`: the app where everything there is stands in some state.

Each state that a screen can tell is there once: of runs, plans, servers, instances and findings.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import cycle
from pathlib import Path

from drs_tui.audit.sqlite import SqliteStore, open_sqlite
from drs_tui.config_reading import Flags, read_settings
from drs_tui.model.observed import RecoveryInstance, SourceServer
from drs_tui.model.plan import Mode, Plan
from drs_tui.model.readiness import Finding, Report, Verdict
from drs_tui.model.run import fold, header_of
from drs_tui.model.status import CleanupStatus, RunStatus
from drs_tui.tui.app import DrsTui
from drs_tui.tui.reads import ReadError
from tests.tui.conftest import drive
from tests.tui.sample import PLANS, RUN_ID, START, FakeDriver, FakeReads, seal_all, under_way

REPLICATION = (
    *("CONTINUOUS", "BACKLOG", "CREATING_SNAPSHOT", "RESCAN", "PAUSED", "STALLED", "INITIATING"),
    *("INITIAL_SYNC", "STOPPED", "DISCONNECTED", "SOMETHING_NEW", ""),
)
INSTANCES = ("PENDING", "RUNNING", "STOPPING", "STOPPED", "SHUTTING-DOWN", "REBOOTING", "")
KINDS = (True, False, None)
FINDINGS = {
    verdict: Finding(verdict, "check", f"thing-{verdict}", "why", "do") for verdict in Verdict
}
PLANS_READY = {
    "blocked": (Verdict.BLOCKS,),
    "warned": (Verdict.WARNS,),
    "ready": (Verdict.PASSES,),
}


class EveryState(FakeReads):
    """An AWS where everything stands in some state."""

    def __init__(self) -> None:
        """Make one of each."""
        servers = [
            SourceServer(f"s-{number:017d}", f"server-{number}", replication_state=state)
            for number, state in enumerate(REPLICATION)
        ]
        super().__init__(servers)
        self.instances = [
            RecoveryInstance(f"i-{number}", servers[number].id, ec2_state=state, is_drill=kind)
            for number, (state, kind) in enumerate(zip(INSTANCES, cycle(KINDS)))
        ]
        self.report = Report(tuple(FINDINGS.values()))

    async def outlooks(self, plans: Sequence[Plan], mode: Mode) -> list[Report | ReadError]:
        """What the name of each plan says."""
        return [
            Report(tuple(FINDINGS[verdict] for verdict in PLANS_READY[plan.name]))
            if plan.name in PLANS_READY
            else ReadError("its Region does not answer")
            for plan in plans
        ]


def _write_plans(folder: Path) -> None:
    folder.mkdir()
    text = (PLANS / "three-tier.yaml").read_text()
    for name in (*PLANS_READY, "unchecked"):
        (folder / f"{name}.yaml").write_text(text.replace("three-tier", name, 1))
    (folder / "broken.yaml").write_text("name: [oops\n")


async def _tell(store: SqliteStore) -> None:
    cleanups = cycle(CleanupStatus)
    for number, status in enumerate(RunStatus):
        run_id = RUN_ID if status is RunStatus.RUNNING else f"run-{status}"
        events = seal_all(under_way().drafts, run_id)
        run = fold(events)
        assert run is not None
        at = START + timedelta(hours=number)
        header = replace(
            header_of(run),
            plan_id=f"{status}-plan",
            status=status.value,
            started_at=at,
            finished_at=at if status.is_final else None,
            cleanup=next(cleanups).value,
        )
        await store.create(header, events)
    await drive(store, START)


def main(folder: Path) -> int | None:
    """Make folder and store, then run the app."""
    _write_plans(folder / "plans")
    path = folder / "runs.db"

    async def tell() -> None:
        store = await open_sqlite(path)
        await _tell(store)
        await store.close()

    asyncio.run(tell())
    settings = read_settings(
        Flags(store=f"sqlite:{path}", endpoint_url="http://127.0.0.1:9"),
        {"DRS_TUI_PLANS": str(folder / "plans")},
    )
    return DrsTui(settings, lambda: open_sqlite(path), FakeDriver(), reads=EveryState()).run()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
