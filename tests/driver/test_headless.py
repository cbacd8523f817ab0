"""A run without the app goes on whatever becomes of its store, and says what is in the way."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from drs_tui.audit.opening import open_store
from drs_tui.audit.verify import verify_run
from drs_tui.driver.headless import run_headless
from drs_tui.driver.orders import StartOrder
from drs_tui.driver.stand_in import Terminal
from drs_tui.model.events import Event, EventType
from drs_tui.model.run import fold
from drs_tui.model.status import RunStatus
from tests.audit.dynamodb_server import dynamodb_server
from tests.driver.drills import DEADLINE_SECONDS, calls, plan_path, settings_in
from tests.driver.tenacity import Gateway, until


@pytest.fixture
def server() -> Iterator[int]:
    """The port of a DynamoDB of its own."""
    with dynamodb_server() as endpoint:
        port = urlsplit(endpoint).port
        assert port is not None
        yield port


async def test_a_store_out_of_reach_is_told_of_and_the_run_ends_when_it_is_back(
    tmp_path: Path, server: int
) -> None:
    events: list[Event] = []
    said: list[str] = []

    def seen(event_type: EventType) -> bool:
        return any(event.type == event_type for event in events)

    async with Gateway(server) as gateway, asyncio.timeout(DEADLINE_SECONDS):
        endpoint = f"http://127.0.0.1:{gateway.port}"
        address = f"dynamodb:drs-tui?region=us-east-1&endpoint={endpoint}"
        order = StartOrder(plan_path("three-tier"), acknowledge_all=True)
        settings = settings_in(tmp_path, store=address, lease_term_seconds=3)
        headless = run_headless(settings, order, Terminal(events.append, said.append), yes=True)
        running = asyncio.create_task(headless)
        await until(lambda: seen(EventType.WAVE_LAUNCHED))
        gateway.mode = "refuse"
        # What is seen of the wave is told from this machine's own record meanwhile.
        await until(lambda: seen(EventType.WAVE_FINISHED))
        await until(lambda: any(words.startswith("trouble: ") for words in said))
        assert len(calls(tmp_path, "StartRecovery")) == 1
        gateway.mode = "through"
        await running
        store = await open_store(address)
        folded = fold(events)
        verdict = await verify_run(store, events[0].run_id)
        await store.close()
    assert folded is not None
    assert folded.outcome is RunStatus.SUCCEEDED
    assert "the trouble is over" in said
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert verdict.ok
    assert verdict.events == len(events)
    assert len(calls(tmp_path, "StartRecovery")) == 3
