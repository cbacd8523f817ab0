"""The result of a drill, over the wire: people's time apart, and what was slower than before."""

from __future__ import annotations

import json
from pathlib import Path

from drs_tui.cli.summary import run_to_data, summary
from drs_tui.model.decisions import WantedKind
from drs_tui.model.result import machines_ms, people_ms
from drs_tui.model.status import Phase, RunStatus
from drs_tui.tui.rows.result import ended_lines, result_lines
from tests.driver.drills import settings_in, started

PLAN = """\
name: gated
rto: 60m
rpo: 15m
waves:
  - name: db
    servers: [orders-db-1]
    gate: {prompt: Go on}
    checks: []
"""
SLOW = "summary: slow\ntimings: {linux: {conversion: {median: 20m, spread: 0.01}}}\n"


async def test_a_drill_tells_what_people_cost_and_what_was_slower_than_its_last_runs(
    tmp_path: Path,
) -> None:
    plan, slow = tmp_path / "gated.yaml", tmp_path / "slow.yaml"
    plan.write_text(PLAN)
    slow.write_text(SLOW)
    for scenario in ("calm", str(slow)):
        folder = tmp_path / Path(scenario).stem
        folder.mkdir()
        settings = settings_in(folder, scenario, store=f"sqlite:{tmp_path / 'runs.db'}")
        async with started(settings, plan) as drill:
            run = await drill.until(lambda run: bool(run.wanted))
            await drill.ask("approve", actor="ana", wave="db", seq=run.wanted[0].seq)
            run = await drill.ended()
        assert run.outcome is RunStatus.SUCCEEDED
        if scenario == "calm":
            assert run.slower == ()

    assert run.finished_at
    assert run.created_at
    [wait] = run.spent.waits
    assert (wait.kind, wait.by) == (WantedKind.GATE, "ana")
    people, machines = people_ms(run, run.finished_at), machines_ms(run, run.finished_at)
    assert 0 < people <= machines
    elapsed_ms = (run.finished_at - run.created_at).total_seconds() * 1000
    assert abs(people + machines - elapsed_ms) <= 1
    [slower] = run.slower
    assert (slower.wave, slower.phase) == ("db", Phase.CONVERSION)
    assert slower.seconds > 3 * slower.usual_seconds

    told = f"db, conversion: {slower.seconds // 60:.0f}m"
    page = "\n".join(summary(run, run.finished_at))
    assert f"slower     {told}" in page
    assert "question   db, gate: " in page
    assert "  up after " in page
    data = json.loads(json.dumps(run_to_data(run, run.finished_at)))
    assert (data["people_ms"], data["machines_ms"]) == (people, machines)
    assert data["slower"][0]["phase"] == "conversion"
    assert data["waves"][0]["rto_ms"] == run.rto_ms
    for lines in (ended_lines(run, 80), result_lines(run, run.finished_at)):
        assert told in "\n".join("".join(span.text for span in line) for line in lines)
