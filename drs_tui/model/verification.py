"""Whether what was launched is also verified: which checks a wave asks for, and what they say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from drs_tui.model.launch_checks import (
    Check,
    CheckState,
    Ec2StatusCheck,
    bad,
    is_per_wave,
)
from drs_tui.model.status import ServerResult

if TYPE_CHECKING:
    from drs_tui.model.plan import Wave
    from drs_tui.model.state.run import Run
    from drs_tui.model.state.servers import ServerState
    from drs_tui.model.state.waves import WaveState

WHOLE_WAVE = ""
"""Stands for the server of a check that is made once for its wave."""


class Verification(StrEnum):
    """What the checks of a launched server say of it."""

    NONE = "launched, not verified"
    """Its plan asks for no check of it, or none was made."""

    OPEN = "being checked"
    PASSED = "verified"
    FAILED = "not verified"


@dataclass(frozen=True, slots=True)
class DueCheck:
    """A check to be made."""

    wave: str
    index: int
    server_id: str
    """`WHOLE_WAVE` for one that is made once for its wave."""


def checks_of(wave: Wave) -> tuple[Check, ...]:
    """The checks of a wave, in order: EC2's status checks come first unless it wants none at all.

    A check is known by its place among these.
    """
    if implies_status(wave):
        return (Ec2StatusCheck(), *(wave.checks or ()))
    return wave.checks or ()


def implies_status(wave: Wave) -> bool:
    """Whether EC2's status checks are made of critical servers though the plan names none."""
    if wave.checks is None:
        return True
    return bool(wave.checks) and not any(isinstance(c, Ec2StatusCheck) for c in wave.checks)


def checks_of_server(wave: Wave, *, is_critical: bool) -> list[int]:
    """The places of the checks that are made of a server of the wave."""
    skipped = 0 if implies_status(wave) and not is_critical else -1
    return [i for i, check in enumerate(checks_of(wave)) if i != skipped and not is_per_wave(check)]


def checks_of_whole(wave: Wave) -> list[int]:
    """The places of the checks that are made once for the wave."""
    return [index for index, check in enumerate(checks_of(wave)) if is_per_wave(check)]


def launched(run: Run, wave: str) -> list[ServerState]:
    """The servers of a wave that are launched, in plan order."""
    return [s for s in run.of_wave(wave) if s.result is ServerResult.LAUNCHED]


def checks_to_start(run: Run, name: str) -> list[DueCheck]:
    """The checks of a wave's launched servers that nobody has begun."""
    wave, servers = run.plan.wave(name), launched(run, name)
    due = [
        DueCheck(name, index, server.id)
        for server in servers
        for index in checks_of_server(wave, is_critical=server.is_critical)
        if index not in {check.index for check in server.checks}
    ]
    begun = {check.index for check in run.waves[name].checks}
    whole = [DueCheck(name, i, WHOLE_WAVE) for i in checks_of_whole(wave) if i not in begun]
    return due + (whole if servers else [])


def checks_under_way(run: Run, name: str) -> Iterator[DueCheck]:
    """The checks of a wave that were begun and have not ended."""
    states = [(server.id, server.checks) for server in run.of_wave(name)]
    for server_id, checks in (*states, (WHOLE_WAVE, run.waves[name].checks)):
        yield from (DueCheck(name, c.index, server_id) for c in checks if c.outcome is None)


def check_state(run: Run, due: DueCheck) -> CheckState | None:
    """How a check stands; None when it is not begun, or asked for anew."""
    wave, server = run.waves.get(due.wave), run.servers.get(due.server_id)
    holder = wave if due.server_id == WHOLE_WAVE else server
    checks = holder.checks if holder is not None else ()
    return next((check for check in checks if check.index == due.index), None)


def is_checked(run: Run, name: str) -> bool:
    """Whether every check of what a wave launched has ended."""
    return not checks_to_start(run, name) and not any(checks_under_way(run, name))


def verification(run: Run, server: ServerState) -> Verification:
    """What its checks say of a launched server."""
    if bad(server.checks):
        return Verification.FAILED
    if not _asked(run, server):
        return Verification.NONE
    if _is_passed(run, server):
        return Verification.PASSED
    # A wave that was given up, or that an earlier version ran, ends without its checks.
    return Verification.NONE if run.waves[server.wave].status.is_final else Verification.OPEN


def is_up(run: Run, server: ServerState) -> bool:
    """Whether a server is launched, and verified as far as its plan asks for that."""
    return server.result is ServerResult.LAUNCHED and _is_passed(run, server)


def is_unchecked(run: Run, server: ServerState) -> bool:
    """Whether checks are asked of a launched server that have neither passed nor failed."""
    return not _is_passed(run, server) and not bad(server.checks)


def _is_passed(run: Run, server: ServerState) -> bool:
    passed = {check.index for check in server.checks if check.is_passed}
    return passed.issuperset(_asked(run, server))


def _asked(run: Run, server: ServerState) -> list[int]:
    return checks_of_server(run.plan.wave(server.wave), is_critical=server.is_critical)


def is_whole_up(run: Run, wave: WaveState) -> bool:
    """Whether the checks that are made once for a wave have passed."""
    passed = {check.index for check in wave.checks if check.is_passed}
    return passed.issuperset(checks_of_whole(run.plan.wave(wave.name)))


def failed_checks(run: Run, name: str) -> list[tuple[ServerState | None, CheckState]]:
    """The checks of a wave that ended without passing; None stands for the wave as a whole."""
    servers = [(server, check) for server in run.of_wave(name) for check in bad(server.checks)]
    return [*servers, *((None, check) for check in bad(run.waves[name].checks))]


def is_launched_whole(run: Run, name: str) -> bool:
    """Whether every server that counts is launched, so that checks alone can stand in the way."""
    servers = run.of_wave(name)
    counted = [s for s in servers if s.is_critical] or list(servers)
    return bool(counted) and all(s.result is ServerResult.LAUNCHED for s in counted)


def up_at(run: Run, wave: WaveState) -> datetime | None:
    """When the last check that counts was green; the wave's own end where there are none.

    None while the wave goes on. Checks of optional servers hold up a wave's end, not this.
    """
    servers = run.of_wave(wave.name)
    counted = [s for s in servers if s.is_critical] or servers
    checks = [*(check for server in counted for check in server.checks), *wave.checks]
    ends = [check.finished_at for check in checks if check.finished_at is not None]
    if wave.finished_at is None or not ends or not all(check.is_passed for check in checks):
        return wave.finished_at
    return max(ends)


def deadline(check: CheckState) -> datetime:
    """Until when a check may take to pass."""
    return check.started_at + timedelta(milliseconds=check.within_ms)
