"""What a run ends with that a guard stops where nobody can decide: 3 if nothing was launched."""

from __future__ import annotations

from pathlib import Path

import pytest

from drs_tui.engine.bounds import Bounds
from drs_tui.model.exit_codes import BLOCKED, UNDECIDED
from drs_tui.model.readiness import Finding, Verdict
from drs_tui.model.state.run import Run

from .wire import ORDERS, launched, run_to_its_end, written

TWO_WAVES = (
    "  - {name: first, servers: [orders-db-1]}\n  - {name: second, servers: [orders-app-1]}\n"
)


@pytest.mark.parametrize(
    ("blocked", "code", "sent"),
    [("first", BLOCKED, []), ("second", UNDECIDED, [[ORDERS["orders-db-1"]]])],
)
async def test_a_guard_that_blocks_is_told_apart_by_whether_something_was_launched(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    blocked: str,
    code: int,
    sent: list[list[str]],
) -> None:
    async def check(self: Bounds, run: Run, wave: str) -> list[Finding]:
        return [Finding(Verdict.BLOCKS, "policy", "site", "not now")] if wave == blocked else []

    monkeypatch.setattr(Bounds, "check", check)
    ended, said = await run_to_its_end(tmp_path, "calm", written(tmp_path, TWO_WAVES))
    assert (ended, launched(tmp_path)) == (code, sent)
    assert "site: not now" in said
