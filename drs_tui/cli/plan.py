"""`drs-tui plan`: reading plan files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from drs_tui.cli.failure import CliError
from drs_tui.cli.say import say, tell, tell_json
from drs_tui.config import Settings
from drs_tui.model.counts import counted
from drs_tui.model.exit_codes import SUCCEEDED, USAGE
from drs_tui.model.plan import Plan
from drs_tui.model.plan_data import plan_to_data
from drs_tui.plans import (
    PlanError,
    Problem,
    check_folder,
    describe_plan,
    find_plan,
    plan_files,
    plan_schema,
    read_plan,
)


def plan_at(settings: Settings, reference: str) -> tuple[Path, Plan]:
    """The plan that a person means, and its file.

    Raises:
        CliError: there is none, or it has problems, a line each.
    """
    try:
        path = find_plan(reference, settings.plan_folders)
        return path.absolute(), read_plan(path)
    except PlanError as error:
        raise CliError(f"the plan cannot be used\n{error}") from error


def check(settings: Settings, references: Sequence[str], *, as_json: bool) -> int:
    """Check plan files and folders of them; 2 if anything is wrong with one.

    Raises:
        CliError: nothing was named, and there is no plan folder.
    """
    places = references or [str(folder) for folder in settings.plan_folders if folder.is_dir()]
    if not places:
        folders = ", ".join(map(str, settings.plan_folders))
        raise CliError(f"there is no plan folder ({folders}): name a plan, or set DRS_TUI_PLANS")
    problems: list[Problem] = []
    checked = 0
    for reference in places:
        folder = Path(reference)
        found = _check_folder(folder) if folder.is_dir() else _check_one(settings, reference)
        for path, result in found:
            checked += 1
            if isinstance(result, Plan):
                _tell_fine(path, result, as_json=as_json)
            else:
                problems += result
    for problem in problems:
        _tell_problem(problem, as_json=as_json)
    if not checked:
        say(f"no plan files (*.yaml, *.yml) in {', '.join(places)}")
    return USAGE if problems else SUCCEEDED


_Result = tuple[Path, Plan | tuple[Problem, ...]]


def _check_one(settings: Settings, reference: str) -> Iterator[_Result]:
    path = Path(reference)
    try:
        path = find_plan(reference, settings.plan_folders)
        yield path, read_plan(path)
    except PlanError as error:
        yield path, error.problems


def _check_folder(folder: Path) -> Iterator[_Result]:
    """What is fine, file by file, then everything that is wrong in the folder."""
    try:
        problems = check_folder(folder)
        paths = plan_files(folder)
    except PlanError as error:
        problems, paths = error.problems, []
    wrong = {problem.path for problem in problems}
    for path in paths:
        if str(path) not in wrong:
            yield path, read_plan(path)
    if problems:
        yield folder, problems


def _tell_fine(path: Path, plan: Plan, *, as_json: bool) -> None:
    if as_json:
        tell_json({"path": str(path), "plan": plan.name, "ok": True})
        return
    tell(f"{path}: fine, {plan_size(plan)}")


def plan_size(plan: Plan) -> str:
    """How many waves and servers a plan has."""
    servers = sum(1 for _ in plan.servers())
    selected = " and those its tags select" * any(wave.select for wave in plan.waves)
    return f"{counted(len(plan.waves), 'wave')}, {counted(servers, 'server')}{selected}"


def _tell_problem(problem: Problem, *, as_json: bool) -> None:
    if as_json:
        members = {"line": problem.line, "column": problem.column, "message": problem.message}
        tell_json({"path": problem.path, "ok": False, **members})
    else:
        say(str(problem))


def show(settings: Settings, reference: str, *, as_json: bool) -> int:
    """Print what a plan says."""
    _, plan = plan_at(settings, reference)
    if as_json:
        tell_json(plan_to_data(plan))
        return SUCCEEDED
    for line in describe_plan(plan):
        tell(line)
    return SUCCEEDED


def schema() -> int:
    """Print the JSON schema of plan files."""
    for line in json.dumps(plan_schema(), indent=2).splitlines():
        tell(line)
    return SUCCEEDED
