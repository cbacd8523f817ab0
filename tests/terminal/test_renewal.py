"""Credentials that end in mid-drill, renewed from the app, on a real terminal and over the wire."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from drs_tui.config_reading import Flags, read_settings
from drs_tui.model.status import RunStatus
from tests.terminal.conftest import SPEED, Desk, launches
from tests.terminal.window import wait_until

OLD, NEW = "ASIAOLD0000000000001", "ASIANEW0000000000002"
SECRET, TOKEN = "wJalrXUtnFEMI/K7MDENG", "IQoJb3JpZ2luX2VjEJr"
PASTED = (
    f"\x1b[200~export AWS_ACCESS_KEY_ID={NEW}\rexport AWS_SECRET_ACCESS_KEY={SECRET}\r"
    f"export AWS_SESSION_TOKEN={TOKEN}\r\x1b[201~"
)
SCENARIO = """\
summary: credentials that have ended when the second wave is launched
faults:
  - kind: expired-credentials
    access_keys: ["ASIAOLD*"]
    operations: [StartRecovery]
    servers: [orders-app-1]
"""
PLAN = """\
name: two-waves
target: {account: "123456789012", region: us-east-1}
isolation: {waived: nothing here is real}
waves:
  - {name: database, servers: [s-1a2b3c4d5e6f70001], checks: []}
  - {name: application, servers: [s-1a2b3c4d5e6f70003], checks: []}
"""


@pytest.fixture
def desk(home: Path, call_log: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A desk whose AWS is not taken for one on this machine, and asks for credentials."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", OLD)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of the environment")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "of the environment")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    (home / "ending.yaml").write_text(SCENARIO)
    command = [sys.executable, "-m", "drs_tui", "simulator", "--port", "0", "--speed", SPEED]
    command += ["--scenario", str(home / "ending.yaml"), "--call-log", str(call_log)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as simulator:
        assert simulator.stdout is not None
        url = [simulator.stdout.readline() for _ in range(2)][1].split()[-1]
        flags = Flags(
            store=f"sqlite:{home / 'runs.db'}", endpoint_url=url.replace("127.0.0.1", "0.0.0.0")
        )
        made = Desk(read_settings(flags, os.environ))
        yield made
        made.clear()
        simulator.kill()


def test_a_wave_that_ended_credentials_held_up_launches_with_those_that_are_pasted(
    desk: Desk, home: Path, call_log: Path
) -> None:
    (home / "two-waves.yaml").write_text(PLAN)
    wishes = ["run", str(home / "two-waves.yaml"), "--yes", "--detach", "--cleanup", "never"]
    subprocess.run([sys.executable, "-m", "drs_tui", *wishes, *desk.where], check=True)
    window = desk.open_app("attach", "last")
    window.until_shows("was refused by DRS", "[K] renew the credentials")
    window.press("K")
    window.until_shows("Renew credentials", "assumed-role/DrillOperator")
    window.press(PASTED)
    window.until_shows("✓ ASIA…0002", "> Renew <")
    window.press("enter")
    window.until(desk.has_ended)
    assert desk.run().outcome is RunStatus.SUCCEEDED
    calls = [(call["access_key"], call["status"]) for call in launches(call_log)]
    assert calls == [(OLD, 202), (OLD, 403), (NEW, 202)]
    [renewed] = desk.of("run.credentials_renewed")
    assert renewed.data["source"] == "given"
    wait_until(desk.is_sound)
    files = [path for path in home.rglob("*") if path.is_file()]
    assert {"runs.db", "calls.jsonl"} <= {path.name for path in files}
    seen = b"".join([bytes(window.written), *(path.read_bytes() for path in files)])
    assert not any(secret.encode() in seen for secret in (SECRET, TOKEN))
