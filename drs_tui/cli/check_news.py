"""What the checks of launched servers say, in short lines for people and as data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from drs_tui.model.launch_checks import CheckOutcome, CheckState
from drs_tui.model.state.run import Run
from drs_tui.model.state.servers import ServerState
from drs_tui.model.status import ServerResult
from drs_tui.model.times import format_time
from drs_tui.model.verification import Verification, failed_checks, verification

_WORDS = {
    CheckOutcome.PASSED: "passed",
    CheckOutcome.FAILED: "FAILED",
    CheckOutcome.REFUSED: "REFUSED",
    CheckOutcome.UNKNOWN: "UNKNOWN",
}

_RESULTS = {
    Verification.NONE: "not verified",
    Verification.OPEN: "launched",
    Verification.PASSED: "verified",
    Verification.FAILED: "check failed",
}


def check_news(before: Run, after: Run) -> Iterator[str]:
    """Lines for the checks that began or ended between two states of a run."""
    for server in after.servers.values():
        old = before.servers.get(server.id)
        if old is not None and old.checks is not server.checks:
            yield from _changes(server.name, old.checks, server.checks)
    for wave in after.waves.values():
        old_wave = before.waves.get(wave.name)
        if old_wave is not None and old_wave.checks is not wave.checks:
            yield from _changes(f"wave {wave.name}", old_wave.checks, wave.checks)


def _changes(about: str, old: Iterable[CheckState], new: Iterable[CheckState]) -> Iterator[str]:
    known = {check.index: check for check in old}
    begun = [check.words for check in new if check.index not in known and check.outcome is None]
    if begun:
        yield f"{about}: checking {', '.join(begun)}"
    for check in new:
        earlier = known.get(check.index)
        if check.outcome is not None and (earlier is None or earlier.outcome is None):
            yield f"{about}: {check.words} {_WORDS[check.outcome]}: {check.said}"


def result_words(run: Run, server: ServerState, result: str) -> str:
    """A server's result; of one that is launched what its checks say."""
    if server.result is not ServerResult.LAUNCHED:
        return result
    return _RESULTS[verification(run, server)]


def verification_of(run: Run, server: ServerState) -> str:
    """Whether a launched server is verified, in a word; empty for what isn't launched."""
    is_launched = server.result is ServerResult.LAUNCHED
    return verification(run, server).value if is_launched else ""


def failure_words_of_checks(run: Run) -> Iterator[str]:
    """What the checks that did not pass found, a line each."""
    for wave in run.waves:
        for server, check in failed_checks(run, wave):
            about = server.name if server is not None else f"wave {wave}"
            outcome = check.outcome.value if check.outcome else ""
            yield f"{about}, {check.words} {outcome}: {check.said}"


def check_to_data(check: CheckState) -> dict[str, object]:
    """A check as one JSON object."""
    return {
        "check": check.words,
        "outcome": check.outcome.value if check.outcome else None,
        "said": check.said,
        "started_at": format_time(check.started_at),
        "finished_at": format_time(check.finished_at) if check.finished_at else None,
    }
