"""What the checks of launched servers say, in a cell, on a line, and in full."""

from __future__ import annotations

from collections.abc import Iterable

from drs_tui.model.launch_checks import CheckState, bad
from drs_tui.model.state.run import Run
from drs_tui.model.state.servers import ServerState
from drs_tui.model.status import Phase, ServerResult
from drs_tui.model.times import format_duration
from drs_tui.model.verification import (
    Verification,
    checks_of_server,
    failed_checks,
    verification,
)
from drs_tui.tui import signs
from drs_tui.tui.rows.bars import steps
from drs_tui.tui.text import Line, Span, Tone, line

_RUNNING = signs.Sign("▶", "is being made", "work")


def server_sign(run: Run, server: ServerState) -> signs.Sign:
    """The sign of a server: of its phase, and once it is launched of its checks."""
    if server.result is not ServerResult.LAUNCHED:
        return signs.PHASE[server.shown_phase]
    verified = verification(run, server)
    if verified is Verification.OPEN and not server.checks:
        return signs.PHASE[Phase.READY]
    return signs.VERIFICATION[verified]


def checks_cell(run: Run, server: ServerState) -> Line:
    """Where a launched server is with its checks, in 20 cells; nothing before they begin."""
    if server.result is not ServerResult.LAUNCHED:
        return ()
    verified = verification(run, server)
    if verified is Verification.OPEN and not server.checks:
        return ()
    sign = signs.VERIFICATION[verified]
    if verified is Verification.FAILED:
        return line((f"{sign.symbol} {bad(server.checks)[0].words}", sign.tone))
    word = sign.word
    if verified is Verification.OPEN:
        asked = checks_of_server(run.plan.wave(server.wave), is_critical=server.is_critical)
        passed = sum(check.is_passed for check in server.checks)
        word = f"{word} {passed}/{len(asked)}"
    older = Span(" older data" if server.previous_snapshot else "", "warn")
    launched = steps(Phase.READY.step, Phase.READY.step, "good")
    return (*launched, *line(" ", (word, sign.tone)), older)


def checks_said(server: ServerState) -> tuple[str, Tone] | None:
    """What the first check that did not pass found; None where all is well."""
    broken = bad(server.checks)
    return (f"{broken[0].words}: {broken[0].said}", "bad") if broken else None


def failed_lines(run: Run, wave: str) -> Iterable[Line]:
    """The checks of a wave that did not pass, and what each found."""
    for server, check in failed_checks(run, wave):
        sign = signs.sign_of(signs.CHECK, check.outcome or "")
        who = server.name if server is not None else f"wave {wave}"
        yield line((f"{sign.symbol} {who}: {check.words}: ", sign.tone), check.said)


def check_lines(run: Run, server: ServerState) -> list[Line]:
    """The checks of a server in full."""
    if server.result is not ServerResult.LAUNCHED:
        return []
    if verification(run, server) is Verification.NONE:
        return [line((f"{Verification.NONE}: no check was made of it", "dim"))]
    return [_check_line(check) for check in server.checks]


def _check_line(check: CheckState) -> Line:
    sign = signs.sign_of(signs.CHECK, check.outcome) if check.outcome else _RUNNING
    took = ""
    if check.finished_at is not None:
        took = f" after {format_duration((check.finished_at - check.started_at).total_seconds())}"
    said = f": {check.said}" if check.said else ""
    return line((f"{sign.symbol} {check.words} {sign.word}", sign.tone), f"{took}{said}")
