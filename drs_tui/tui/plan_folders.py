"""The plan files of the plan folders: seen by name at once, and read whole afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from drs_tui.documents.listing import files_in, word_under
from drs_tui.tui.rows.plans import PlanFile

if TYPE_CHECKING:
    from drs_tui.model.plan import Plan


def see_folders(folders: Sequence[Path]) -> list[PlanFile]:
    """Every plan file, unread, by the name that it seems to have; run it in a thread.

    To read them all takes as long as to import half of the app.
    """
    found: list[PlanFile] = []
    # What is wrong with a folder or a file is said once it is read.
    for folder in folders:
        with suppress(OSError):
            found += map(_seen, files_in(folder))
    return found


def _seen(path: Path) -> PlanFile:
    declared = ""
    with suppress(OSError):
        declared = word_under("name", path)
    return PlanFile(path, None, is_read=False, declared=declared)


def read_folders(folders: Sequence[Path]) -> list[PlanFile]:
    """Every plan file, with its plan or its problems; run it in a thread.

    A plan that an earlier folder holds just the same is shown once.
    """
    from drs_tui.plans import PlanError, plan_files, read_plan

    found: list[PlanFile] = []
    for folder in folders:
        try:
            paths = plan_files(folder)
        except PlanError as error:
            found.append(PlanFile(folder, None, tuple(map(str, error.problems))))
            continue
        for path in paths:
            try:
                plan = read_plan(path)
            except PlanError as error:
                found.append(PlanFile(path, None, tuple(map(str, error.problems))))
                continue
            if all(file.plan is None or _placed(file.plan) != _placed(plan) for file in found):
                found.append(PlanFile(path, plan))
    return found


def _placed(plan: Plan) -> Plan:
    """A plan as it differs from others: by its folder only if it runs commands from there."""
    from drs_tui.model.plan import CommandStep

    steps = (step for wave in plan.waves for step in (*wave.before, *wave.afterwards))
    return plan if any(isinstance(s, CommandStep) for s in steps) else replace(plan, folder="")
