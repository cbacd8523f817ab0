"""The command line as it is called: in this process, in folders of its own."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from drs_tui.cli import main

ONE_SERVER = """\
name: one-server
target: {account: "123456789012", region: us-east-1}
waves:
  - name: database
    servers: [s-1a2b3c4d5e6f70001]
"""
"""A plan that is drilled in no time, on a server of the simulated fleet."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended, and what it wrote."""

    code: int
    out: str
    err: str


Drs = Callable[..., Ended]


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folders of its own for every test, and nothing of the user's settings."""
    folder = tmp_path_factory.mktemp("home")
    for name in list(os.environ):
        if name.startswith(("DRS_TUI_", "AWS_")):
            monkeypatch.delenv(name)
    for kind in ("DATA", "STATE", "CONFIG"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", str(folder / kind.lower()))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(folder / "aws"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(folder / "aws"))
    return folder


@pytest.fixture
def drs() -> Drs:
    """Calls `drs-tui` with the arguments."""
    return call


def call(*arguments: str | Path) -> Ended:
    """Call `drs-tui` in this process; its output is taken from the streams themselves."""
    streams = sys.stdout, sys.stderr
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    sys.stdout, sys.stderr = out, err
    try:
        code = main([str(argument) for argument in arguments])
    except SystemExit as ended:  # argparse's way to end after help
        code = int(ended.code or 0)
    finally:
        sys.stdout, sys.stderr = streams
    return Ended(code, _written(out), _written(err))


def _written(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()


@dataclass(frozen=True, slots=True)
class Recorded:
    """A drill that was run by `drs-tui run --simulate --json`."""

    ended: Ended
    store: str
    run_id: str
    plan: Path

    @property
    def path(self) -> Path:
        """The store's file."""
        return Path(self.store.removeprefix("sqlite:"))


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """A drill of one server, not cleaned up, in a store that is only read from."""
    folder = tmp_path_factory.mktemp("recorded")
    plan = folder / "one-server.yaml"
    plan.write_text(ONE_SERVER)
    store = f"sqlite:{folder / 'runs.db'}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(folder))
        patch.setenv("XDG_CONFIG_HOME", str(folder))
        ended = call(
            "run", plan, "--simulate", "--speed", "3000", "--yes", "--json", "--store", store
        )
        listed = call("runs", "list", "--store", store)
    run_id = listed.out.splitlines()[1].split()[0]
    return Recorded(ended, store, run_id, plan)
