"""What changed since the last successful drill, as it is found before the next one."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from drs_tui.audit.sqlite import SqliteStore
from drs_tui.audit.store import StoreUnavailable
from drs_tui.cli.news import news
from drs_tui.cli.summary import run_to_data, summary
from drs_tui.config import Settings
from drs_tui.model.run import fold
from drs_tui.model.state.run import Run
from drs_tui.model.status import RunStatus
from tests.driver.drills import settings_in, started, stored_events

WAVES = "name: orders\nwaves:\n  - {{name: db, servers: [{servers}], checks: []{more}}}\n"
OTHER_SUBNET = """\
summary: launches elsewhere
servers:
  - {servers: [orders-db-1], launch: {subnet_id: subnet-0d2111cafe0000001}}
"""


@pytest.fixture
def drilled(tmp_path: Path) -> Callable[..., Awaitable[Run]]:
    """Drills a plan of these servers, each time in the same store, to its end."""

    async def drill(*servers: str, scenario: str = "calm", more: str = "") -> Run:
        plan = tmp_path / "orders.yaml"
        plan.write_text(WAVES.format(servers=", ".join(servers), more=more))
        settings = settings_for(tmp_path, scenario)
        async with started(settings, plan, acknowledge_all=True) as drill:
            await drill.ended()
            events = await stored_events(drill.world, drill.run_id)
        run = fold(events)
        assert run is not None
        before, after = fold(events[:1]), fold(events[:2])
        assert after is not None
        assert set(run.differences) <= set(news(before, after))
        return run

    return drill


def settings_for(folder: Path, scenario: str) -> Settings:
    own = folder / Path(scenario).stem
    own.mkdir(exist_ok=True)
    return settings_in(own, scenario, store=f"sqlite:{folder / 'runs.db'}")


async def test_a_drill_records_what_changed_since_the_last_that_succeeded(
    tmp_path: Path, drilled: Callable[..., Awaitable[Run]]
) -> None:
    other = tmp_path / "other.yaml"
    other.write_text(OTHER_SUBNET)
    first = await drilled("orders-db-1", "orders-db-2")
    assert first.compared_with == ""
    assert first.differences == ()

    more = ", timeout: 90m"
    second = await drilled("orders-db-1", "orders-web-1", scenario=str(other), more=more)
    assert second.compared_with == first.run_id
    servers, gone, wave, launch = second.differences
    assert servers == "orders-web-1: new: it is in wave db"
    assert gone == "orders-db-2: gone: it was in wave db"
    assert wave == "wave db: changed: time-out"
    assert launch.startswith("orders-db-1: launch settings: subnet subnet-0d2111cafe0000001, was ")
    assert second.finished_at
    assert any(launch in line for line in summary(second, second.finished_at))
    assert (
        json.loads(json.dumps(run_to_data(second, second.finished_at)))["differences"][0] == servers
    )


async def test_a_drill_that_failed_is_not_compared_with(
    tmp_path: Path, drilled: Callable[..., Awaitable[Run]]
) -> None:
    failing = tmp_path / "failing.yaml"
    failing.write_text("summary: fails\nfaults: [{kind: launch-failure, servers: [orders-db-1]}]\n")
    more = ", on_failure: stop"
    failed = await drilled("orders-db-1", scenario=str(failing), more=more)
    assert failed.outcome is RunStatus.FAILED
    after = await drilled("orders-db-2")
    assert after.compared_with == ""


async def test_a_history_that_cannot_be_read_holds_up_no_run_and_is_told(
    drilled: Callable[..., Awaitable[Run]], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuses(*_: object, **members: object) -> object:
        if "plan_id" in members and members.get("status"):
            raise StoreUnavailable("the store does not answer")
        return await listed(*_, **members)  # type: ignore[arg-type]

    listed = SqliteStore.list
    monkeypatch.setattr(SqliteStore, "list", refuses)
    run = await drilled("orders-db-1")
    assert run.outcome is RunStatus.SUCCEEDED
    assert run.differences == ("changes: not known: the store does not answer",)
