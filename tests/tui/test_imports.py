"""What is slow to import comes after the first paint."""

from __future__ import annotations

import subprocess
import sys

SLOW = ("aiobotocore", "botocore", "pydantic", "yaml", "drs_tui.engine")


def _loaded_by(*modules: str) -> set[str]:
    code = f"import sys, {', '.join(modules)}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


BEFORE_THE_APP = ("drs_tui.cli.main", "drs_tui.cli.screen", "drs_tui.cli.simulated")
"""What the commands that open it import first."""


def test_the_app_imports_neither_the_sdk_nor_plan_reading_nor_any_driver() -> None:
    asking = ("drs_tui.driver.client", "drs_tui.cli.hangup", "drs_tui.audit.opening")
    loaded = _loaded_by(*BEFORE_THE_APP, *asking, "drs_tui.tui.app", "drs_tui.tui.ending")
    assert not loaded & {*SLOW, "drs_tui.driver.world", "drs_tui.driver.host"}
    assert not {name for name in loaded if name.startswith("drs_tui.simulator.")} - {
        "drs_tui.simulator.names"
    }


def test_the_screens_know_of_the_driver_only_how_to_ask_it() -> None:
    loaded = _loaded_by("drs_tui.tui.app")
    assert {name for name in loaded if name.startswith("drs_tui.driver")} <= {
        "drs_tui.driver",
        "drs_tui.driver.orders",
    }


def test_the_first_picture_waits_for_neither_textual_nor_the_model() -> None:
    loaded = _loaded_by(*BEFORE_THE_APP)
    assert not loaded & {*SLOW, "textual", "rich", "asyncio", "drs_tui.model.plan"}
