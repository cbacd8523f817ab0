"""Runs over the wire that a guard has to refuse, and the simulator's log of what was sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from drs_tui.driver.headless import run_headless
from drs_tui.driver.orders import StartOrder
from drs_tui.driver.stand_in import Terminal
from tests.driver.drills import calls, settings_in

ORDERS = {
    "orders-db-1": "s-1a2b3c4d5e6f70001",
    "orders-db-2": "s-1a2b3c4d5e6f70002",
    "orders-app-1": "s-1a2b3c4d5e6f70003",
    "orders-app-2": "s-1a2b3c4d5e6f70004",
    "orders-web-1": "s-1a2b3c4d5e6f70005",
    "orders-web-2": "s-1a2b3c4d5e6f70006",
}

HEAD = """\
name: guarded
target: {account: "123456789012", region: us-east-1}
"""


def written(folder: Path, waves: str, head: str = HEAD) -> Path:
    """A plan of these waves."""
    path = folder / "guarded.yaml"
    path.write_text(f"{head}waves:\n{waves}")
    return path


def plan_of(folder: Path, *servers: str, head: str = HEAD) -> Path:
    """A plan of one wave of these servers, each as YAML has it."""
    return written(folder, f"  - name: all\n    servers: [{', '.join(servers)}]\n", head)


async def run_to_its_end(folder: Path, scenario: str, plan: Path, **order: Any) -> tuple[int, str]:
    """The exit code of a headless run with `--yes`, and all that it said."""
    said: list[str] = []
    code = await run_headless(
        settings_in(folder, scenario),
        StartOrder(plan, acknowledge_all=True, **order),
        Terminal(lambda _: None, said.append),
        yes=True,
    )
    return code, "\n".join(said)


def launched(folder: Path) -> list[list[str]]:
    """The source servers of each StartRecovery call that reached the simulator."""
    return [
        [server["sourceServerID"] for server in call["body"]["sourceServers"]]
        for call in calls(folder, "StartRecovery")
    ]


def asked(folder: Path, operation: str) -> int:
    """How often an operation was called."""
    return len(calls(folder, operation))
