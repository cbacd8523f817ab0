"""How `check.*` events change a run."""

from __future__ import annotations

from collections.abc import Iterable

from drs_tui.model.events import Event
from drs_tui.model.folding.reading import (
    UnreadableError,
    later,
    read_mappings,
    read_number,
    read_text,
    wave_of,
    with_servers,
    with_wave,
)
from drs_tui.model.launch_checks import CheckOutcome, CheckState
from drs_tui.model.replacing import replace
from drs_tui.model.state.run import Run
from drs_tui.model.verification import WHOLE_WAVE


def check_started(run: Run, event: Event) -> Run:
    """Apply `check.started`: one event for all the checks that begin at the same moment."""
    for item in read_mappings(event.data, "checks"):
        within_ms = read_number(item, "within_ms")
        later(event.at, within_ms)
        state = CheckState(
            index=read_number(item, "check"),
            words=read_text(item, "words", ""),
            started_at=event.at,
            within_ms=within_ms,
        )
        run = _with_check(run, event, read_text(item, "server"), state)
    return run


def check_finished(run: Run, event: Event) -> Run:
    """Apply `check.finished`; of a check that nobody waits for any more it says nothing."""
    index = read_number(event.data, "check")
    server_id = read_text(event.data, "server")
    before = next((c for c in _checks(run, event, server_id) if c.index == index), None)
    if before is None:
        return run
    try:
        outcome = CheckOutcome(read_text(event.data, "outcome"))
    except ValueError:
        # Whatever else a later version can say of a check: it is not that it passed.
        outcome = CheckOutcome.UNKNOWN
    ended = replace(
        before,
        outcome=outcome,
        finished_at=event.at,
        said=read_text(event.data, "words", ""),
    )
    return _with_check(run, event, server_id, ended)


def asked_anew(run: Run, name: str) -> Run:
    """The run in which the checks of a wave that did not pass are not begun."""
    wave = run.waves[name]
    servers = run.of_wave(name)
    return with_servers(
        with_wave(run, wave, checks=_passed(wave.checks)),
        (replace(server, checks=_passed(server.checks)) for server in servers if server.checks),
    )


def _passed(checks: Iterable[CheckState]) -> tuple[CheckState, ...]:
    return tuple(check for check in checks if check.is_passed)


def _checks(run: Run, event: Event, server_id: str) -> tuple[CheckState, ...]:
    if server_id == WHOLE_WAVE:
        return wave_of(run, event).checks
    if server_id not in run.servers:
        raise UnreadableError("server")
    return run.servers[server_id].checks


def _with_check(run: Run, event: Event, server_id: str, state: CheckState) -> Run:
    others = [c for c in _checks(run, event, server_id) if c.index != state.index]
    checks = tuple(sorted((*others, state), key=lambda check: check.index))
    if server_id == WHOLE_WAVE:
        return with_wave(run, wave_of(run, event), checks=checks)
    return with_servers(run, (replace(run.servers[server_id], checks=checks),))
