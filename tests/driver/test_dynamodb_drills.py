"""The same drills with the audit trail in DynamoDB, journalled on this machine first."""

from __future__ import annotations

from pathlib import Path

from drs_tui.audit.opening import open_store
from drs_tui.audit.sqlite import open_sqlite
from drs_tui.audit.verify import verify_run
from drs_tui.driver.world import journal_path
from drs_tui.model.status import RunStatus
from tests.driver.drills import calls, plan_path, settings_in, started

PLAN = plan_path("three-tier")


async def test_a_drill_is_the_same_in_the_table_and_in_the_journal(
    tmp_path: Path, table: str
) -> None:
    settings = settings_in(tmp_path, store=table)
    async with started(settings, PLAN, cleanup_policy="always") as drill:
        run = await drill.ended()
        verdict = await verify_run(drill.world.store, drill.run_id)
        stored = [text async for text in drill.world.store.texts(drill.run_id)]
    assert run.outcome is RunStatus.SUCCEEDED
    assert verdict.ok
    journal = await open_sqlite(journal_path(settings))
    assert [text async for text in journal.texts(run.run_id)] == stored
    await journal.close()
    assert len(calls(tmp_path, "StartRecovery")) == 3


async def test_another_terminal_lists_the_run_while_it_goes_on(tmp_path: Path, table: str) -> None:
    # It stands at its gate: nothing is over before it was looked for.
    async with started(settings_in(tmp_path, store=table), plan_path("rehearsal")) as drill:
        await drill.until(lambda run: run.waves["application"].wanted is not None)
        other = await open_store(table)
        page = await other.list(active=True)
        lease = await other.lease(drill.run_id)
        await other.close()
    [header] = page.headers
    assert header.run_id == drill.run_id
    assert header.status == RunStatus.WAITING
    assert header.waves_final == 1
    assert lease is not None
    assert lease.holder == drill.world.host.holder
