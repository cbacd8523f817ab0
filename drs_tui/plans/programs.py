"""The programs that a plan starts on this machine: where they are, and whether they are safe to."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from drs_tui.model.launch_checks import CommandCheck, check_words, runs_here
from drs_tui.model.plan import CommandStep, Mode, Plan
from drs_tui.model.readiness import Finding, Verdict
from drs_tui.model.steps import runs_in, title_of

CHECK = "command"


class UnsafeProgram(Exception):
    """A program is not to be started; the message says why."""


def check_commands(plan: Plan, mode: Mode, forbidden: str = "") -> list[Finding]:
    """Look at the local commands of a plan, as far as they are for this mode.

    `forbidden` says why none may be started here; empty if they may.
    """
    local = [
        _Local(wave.name, title_of(step), step.argv)
        for wave in plan.waves
        for step in (*wave.before, *wave.afterwards)
        if isinstance(step, CommandStep) and runs_in(step, mode)
    ]
    local += [
        _Local(wave.name, check_words(check), check.argv, is_check=True)
        for wave in plan.waves
        for check in wave.checks or ()
        if isinstance(check, CommandCheck) and runs_here(check)
    ]
    return [_look_at(each, plan.folder, forbidden) for each in local]


@dataclass(frozen=True, slots=True)
class _Local:
    """A command that the plan has started here."""

    wave: str
    title: str
    argv: tuple[str, ...]
    is_check: bool = False


def _look_at(local: _Local, folder: str, forbidden: str) -> Finding:
    otherwise = "make the check `from: ssm`" if local.is_check else "take the step out of the plan"

    def blocks(why: str, remedy: str) -> Finding:
        words = f"{local.title}: {why}"
        return Finding(Verdict.BLOCKS, CHECK, local.wave, words, f"{remedy}, or {otherwise}")

    if forbidden:
        return blocks(forbidden, "allow them")
    try:
        program = safe_program(local.argv[0] if local.argv else "", folder)
    except UnsafeProgram as error:
        return blocks(str(error), "mend the program or its place")
    simulated = "not in a simulation" if local.is_check else "in a simulation too"
    said = f"{local.title}: {program} runs on this machine, {simulated}"
    return Finding(Verdict.PASSES, CHECK, local.wave, said)


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
