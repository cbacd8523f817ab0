"""Who a driver is to others."""

from __future__ import annotations

import os
import pwd
from pathlib import Path
from typing import Any

import pytest

from drs_tui.clock import SystemClock
from drs_tui.driver.host import Host
from tests.driver.drills import settings_in


def test_a_driver_needs_no_name_of_its_user_as_in_some_containers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nameless(uid: int) -> None:
        raise KeyError(f"getpwuid(): uid not found: {uid}")

    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", nameless)
    store: Any = None
    clock = SystemClock()

    host = Host(settings_in(tmp_path), store, None, drill_clock=clock, real_clock=clock)

    assert host.holder.startswith(f"{os.getuid()}@")
