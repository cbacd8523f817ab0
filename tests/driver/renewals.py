"""An AWS that is not taken for a simulator of this machine's, and whose credentials can end."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from drs_tui.clock import SystemClock
from drs_tui.config import Settings
from drs_tui.model.keys import Keys
from drs_tui.simulator.scenarios import find_scenario
from drs_tui.simulator.server import Simulator, SimulatorSettings
from tests.driver.drills import SPEED

OLD = "ASIAOLD0000000000001"
NEW = "ASIANEW0000000000002"
ELSEWHERE = "ASIA21098765432100000003"
"""A key that the simulator takes for one of another account."""

SECRET, TOKEN = "a-secret-that-nobody-may-see", "a-token-that-nobody-may-see"
LATER = timedelta(days=1)

SCENARIO = """\
summary: credentials that end when a day has gone by
accounts: {"210987654321": {}}
faults:
  - {kind: expired-credentials, access_keys: ["ASIAOLD*"], from: 1d}
"""
PLAN = """\
name: two-waves
target: {account: "123456789012", region: us-east-1}
isolation: {waived: nothing here is real}
waves:
  - {name: database, servers: [s-1a2b3c4d5e6f70001], checks: []}
  - {name: application, servers: [s-1a2b3c4d5e6f70003], checks: [], gate: {prompt: "Go on?"}}
"""


def keys(access_key: str, ends_at: datetime | None = None) -> Keys:
    """Credentials as somebody has them on the clipboard."""
    return Keys(access_key, SECRET, TOKEN, ends_at)


def in_the_environment(patch: pytest.MonkeyPatch, access_key: str, folder: Path) -> None:
    """Let the process have credentials in its environment, and nothing else of the user's."""
    for name in ("AWS_PROFILE", "AWS_CREDENTIAL_EXPIRATION", "AWS_SECURITY_TOKEN"):
        patch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        patch.setenv(name, str(folder / "none"))
    patch.setenv("AWS_ACCESS_KEY_ID", access_key)
    patch.setenv("AWS_SECRET_ACCESS_KEY", "what the environment has")
    patch.setenv("AWS_SESSION_TOKEN", "what the environment has")


@dataclass
class Aws:
    """The simulator, and what reached it."""

    simulator: Simulator
    folder: Path

    def let_credentials_end(self) -> None:
        """Have a day gone by."""
        faults = self.simulator._account.faults
        faults.begin(datetime.now(UTC))
        assert faults.began_at is not None
        faults.began_at -= LATER / SPEED

    def calls(self, operation: str = "") -> list[dict[str, Any]]:
        """The requests that reached it, all or those of a kind."""
        lines = map(json.loads, (self.folder / "calls.jsonl").read_text().splitlines())
        return [call for call in lines if operation in ("", call["operation"])]

    @property
    def launched_with(self) -> list[str]:
        """The access keys of the StartRecovery calls that reached it."""
        return [call["access_key"] for call in self.calls("StartRecovery")]

    def settings(self) -> Settings:
        """Settings that lead to it as to an endpoint that is not on this machine."""
        url = self.simulator.endpoint_url.replace("127.0.0.1", "0.0.0.0")
        store = f"sqlite:{self.folder / 'runs.db'}"
        state = self.folder / "state"
        return Settings(store, (), region="us-east-1", endpoint_url=url, state_folder=state)


@asynccontextmanager
async def aws_in(folder: Path) -> AsyncIterator[Aws]:
    """An AWS whose calls are written down in a folder."""
    scenario = folder / "ending.yaml"
    scenario.write_text(SCENARIO)
    assert find_scenario(str(scenario)).rules
    asked = SimulatorSettings(scenario=str(scenario), call_log=folder / "calls.jsonl")
    async with Simulator(asked, SystemClock(), speed=SPEED) as simulator:
        yield Aws(simulator, folder)


def plan_in(folder: Path, text: str = PLAN) -> Path:
    """A plan's file."""
    path = folder / f"{text.split()[1]}.yaml"
    path.write_text(text)
    return path
