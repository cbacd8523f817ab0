"""What is slow to import comes after the first paint."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import drs_tui.tui

SLOW = ("aiobotocore", "botocore", "pydantic", "yaml", "drs_tui.engine")


def _loaded_by(*modules: str, then: str = "") -> set[str]:
    code = f"import sys, {', '.join(modules)}\n{then}\nprint(*sys.modules)"
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


def test_the_list_of_plans_waits_for_nothing_that_plans_and_runs_are_made_of() -> None:
    asking = ("drs_tui.cli.stores", "drs_tui.driver.client")
    loaded = _loaded_by(*BEFORE_THE_APP, *asking, "drs_tui.tui.app", "drs_tui.tui.screens.plans")
    known = {name.removeprefix("drs_tui.model.") for name in loaded if "drs_tui.model." in name}
    words = {"counts", "decisions", "endpoints", "exit_codes", "principals", "status", "times"}
    assert known <= words


def test_once_the_rest_is_imported_no_key_waits_for_a_part_of_the_app() -> None:
    folder = Path(drs_tui.tui.__file__).parent
    files = [path.relative_to(folder) for path in folder.rglob("*.py")]
    parts = {".".join(file.with_suffix("").parts) for file in files if file.stem != "__init__"}
    code = "from drs_tui.tui.later import import_the_rest; import_the_rest()"
    loaded = _loaded_by("drs_tui.tui.app", "drs_tui.tui.ending", then=code)
    assert parts <= {name.removeprefix("drs_tui.tui.") for name in loaded}
