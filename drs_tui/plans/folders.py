"""Folders of plan files, and finding the plan that a person means."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from drs_tui.config import example_folder
from drs_tui.documents.listing import SUFFIXES, files_in
from drs_tui.documents.problems import (
    WHOLE_FILE,
    Findings,
    Mark,
    Problem,
    listed,
    printable,
    quoted,
)
from drs_tui.documents.reading import read_text
from drs_tui.documents.tree import Scalar, read_tree
from drs_tui.plans.problems import PLAN, PlanError
from drs_tui.plans.reading import read_plan


def own_folder(folders: Sequence[Path]) -> Path | None:
    """Where a new plan goes: the first folder that is not that of the examples."""
    return next((folder for folder in folders if folder != example_folder()), None)


def plan_files(folder: Path) -> list[Path]:
    """The plan files of a folder by name; none if there is no such folder.

    Raises:
        PlanError: the folder can't be read.
    """
    try:
        return files_in(folder)
    except OSError as error:
        findings = Findings(str(folder), PLAN)
        raise findings.fatal(
            WHOLE_FILE, f"can't be read: {error.strerror}; plans stand in a folder you may read"
        ) from None


def check_folder(folder: Path) -> tuple[Problem, ...]:
    """Every problem of every plan file in a folder, and every name that two of them share.

    Raises:
        PlanError: the folder can't be read.
    """
    problems: list[Problem] = []
    holders: dict[str, Path] = {}
    for path in plan_files(folder):
        try:
            read_plan(path)
        except PlanError as error:
            problems += error.problems
        if declared := _declared_name(path):
            name, mark = declared
            holder = holders.setdefault(name, path)
            if holder != path:
                found = f"the plan name {quoted(name)} is that of {holder.name} already"
                allowed = "a name is unique in its folder"
                problems.append(Problem(str(path), mark.line, mark.column, f"{found}; {allowed}"))
    return tuple(problems)


def find_plan(reference: str, folders: Sequence[Path]) -> Path:
    """The file of a plan, by path or by name; the examples are looked through last.

    A name is what a file says under `name`, or the file's own name without its ending.

    Raises:
        PlanError: there is no such plan, or a folder holds two of that name.
    """
    if "/" in reference or reference.endswith(SUFFIXES):
        path = Path(reference)
        if not path.exists():
            raise Findings(reference, PLAN).fatal(WHOLE_FILE, f"no such file; {_offer(folders)}")
        return path
    for folder in (*folders, example_folder()):
        if named := _named(reference, folder):
            return named
    raise Findings(reference, PLAN).fatal(WHOLE_FILE, f"no plan has this name; {_offer(folders)}")


def _named(reference: str, folder: Path) -> Path | None:
    files = plan_files(folder)
    declaring = [path for path in files if _name(path) == reference]
    matching = declaring or [path for path in files if path.stem == reference]
    if len(matching) > 1:
        names = listed([path.name for path in matching])
        raise Findings(str(folder), PLAN).fatal(
            WHOLE_FILE, f"{names} are all named {quoted(reference)}; a name is unique in its folder"
        )
    return matching[0] if matching else None


def _declared_name(path: Path) -> tuple[str, Mark] | None:
    """What a file says under `name` and where, if it can be read so far."""
    try:
        root = read_tree(read_text(path, PLAN), Findings(str(path), PLAN))
    except PlanError:
        return None
    entry = root.entries.get("name")
    if entry and isinstance(entry.value, Scalar) and isinstance(entry.value.value, str):
        return entry.value.value, entry.value.mark
    return None


def _name(path: Path) -> str:
    declared = _declared_name(path)
    return declared[0] if declared else path.stem


def _offer(folders: Sequence[Path]) -> str:
    """The plans there are, for someone who asked for another."""
    offers = [
        f"{printable(str(folder))} has {listed([_name(path) for path in files])}"
        for folder in (*folders, example_folder())
        if (files := plan_files(folder))
    ]
    return "; ".join(offers) or "there are no plans"
