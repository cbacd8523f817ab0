"""What is slow to import comes after the first paint."""

from __future__ import annotations

import subprocess
import sys

SLOW = ("aiobotocore", "botocore", "pydantic", "yaml", "drs_tui.engine", "drs_tui.simulator")


def test_the_app_imports_neither_the_sdk_nor_plan_reading_nor_any_driver() -> None:
    code = "import sys, drs_tui.tui.app; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert not loaded & set(SLOW)
    assert {name for name in loaded if name.startswith("drs_tui.driver")} <= {
        "drs_tui.driver",
        "drs_tui.driver.orders",
    }
