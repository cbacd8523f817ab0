"""The programs that a plan starts on this machine: where they are, and whether they are safe to."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from drs_tui.model.launch_checks import check_words, runs_here
from drs_tui.model.plan import CommandStep, Mode, Plan, Wave
from drs_tui.model.readiness import Finding, Verdict
from drs_tui.model.steps import runs_in, title_of

CHECK = "command"


class UnsafeProgram(Exception):
    """A program is not to be started; the message says why."""


def check_commands(plan: Plan, mode: Mode, forbidden: str = "") -> list[Finding]:
    """Look at the local commands of a plan, as far as they are for this mode.

    `forbidden` says why none may be started here, for a check neither; empty if they may.
    """
    found = [
        _check(plan, wave, step, forbidden)
        for wave in plan.waves
        for step in (*wave.before, *wave.afterwards)
        if isinstance(step, CommandStep) and runs_in(step, mode)
    ]
    if forbidden:
        remedy = "allow them, or make the check `from: ssm`"
        found += [
            Finding(Verdict.BLOCKS, CHECK, wave.name, f"{check_words(check)}: {forbidden}", remedy)
            for wave in plan.waves
            for check in filter(runs_here, wave.checks or ())
        ]
    return found


def _check(plan: Plan, wave: Wave, step: CommandStep, forbidden: str) -> Finding:
    title = title_of(step)
    if forbidden:
        why, remedy = f"{title}: {forbidden}", "allow them, or take the step out of the plan"
        return Finding(Verdict.BLOCKS, CHECK, wave.name, why, remedy)
    try:
        program = safe_program(step.argv[0] if step.argv else "", plan.folder)
    except UnsafeProgram as error:
        remedy = "mend the program or its place, or take the step out of the plan"
        return Finding(Verdict.BLOCKS, CHECK, wave.name, f"{title}: {error}", remedy)
    said = f"{title}: {program} runs on this machine, in a simulation too"
    return Finding(Verdict.PASSES, CHECK, wave.name, said)


def safe_program(name: str, folder: str) -> str:
    """The absolute path of a program that only those who may can have put there.

    A name without a slash is looked for along PATH; any other is relative to `folder`.

    Raises:
        UnsafeProgram: it is not there, not executable, or anybody could change it.
    """
    path = _found(name, folder)
    try:
        about = path.stat()
    except OSError as error:
        raise UnsafeProgram(f"{path} cannot be started: {error.strerror}") from error
    if not stat.S_ISREG(about.st_mode):
        raise UnsafeProgram(f"{path} is no file")
    if not os.access(path, os.X_OK):
        raise UnsafeProgram(f"{path} is not executable")
    for place in _places(path):
        mode = place.stat().st_mode
        # In a sticky folder, as /tmp is, nobody can replace another's file.
        if mode & stat.S_IWOTH and not (place.is_dir() and mode & stat.S_ISVTX):
            raise UnsafeProgram(f"anybody on this machine can change {place}")
    return str(path)


def _found(name: str, folder: str) -> Path:
    if "/" not in name:
        found = shutil.which(name) if name else None
        if found is None:
            raise UnsafeProgram(f"no program {name!r} along PATH")
        return Path(found).absolute()
    if not name.startswith("/") and not folder:
        raise UnsafeProgram(f"{name} is relative to the plan's file, and this plan has none")
    return Path(os.path.normpath(Path(folder) / name))


def _places(path: Path) -> Iterator[Path]:
    """The file, what it leads to, and the folders that each stands in."""
    for each in dict.fromkeys((path, path.resolve())):
        yield each
        yield from each.parents
