"""What the driver reads of past runs: a bounded number, of the same place, and never in the way."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from drs_tui.audit.chain import ZERO_HASH, seal
from drs_tui.audit.sqlite import SqliteStore, open_sqlite
from drs_tui.audit.store import HeaderPage, StoreUnavailable
from drs_tui.driver.past_runs import MOST_RUNS, PastRuns
from drs_tui.model.events import Draft, Event
from drs_tui.model.run import Run, apply, header_of
from drs_tui.model.status import Phase
from tests.model.expectation.test_tracks import Told


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    opened = await open_sqlite(tmp_path / "runs.db")
    yield opened
    await opened.close()


def past(seconds: float, **created: Any) -> Told:
    """An ended run in which the launch of s-1 took so long."""
    story = Told(0.0, **created)
    story.launch("db", "drsjob-1")
    story.logged("LAUNCH_START", "s-1")
    story.wait(seconds)
    story.logged("LAUNCH_END", "s-1")
    story.finish("db", "succeeded")
    story.tell("run.finished", outcome="succeeded")
    return story


async def keep(store: SqliteStore, number: int, story: Told) -> None:
    run: Run | None = None
    events: list[Event] = []
    for event in story.events:
        draft = Draft(event.type, event.at, event.actor, event.data)
        before = events[-1].hash if events else ZERO_HASH
        events.append(seal(f"01RUN{number:02d}", event.seq, before, draft))
        run = apply(run, events[-1])
    assert run is not None
    await store.create(header_of(run), events)


async def learned(store: SqliteStore, run: Run) -> float:
    runs = PastRuns(store, run)
    assert runs.history is None
    await runs.read()
    assert runs.history is not None
    return runs.history.usual(Phase.LAUNCH, windows=False).median_seconds


async def test_past_runs_say_how_long_a_launch_takes(store: SqliteStore) -> None:
    for number in range(3):
        await keep(store, number, past(100.0))
    assert await learned(store, past(1.0).run) == pytest.approx(100.0)


async def test_runs_of_another_place_say_nothing(store: SqliteStore) -> None:
    await keep(store, 1, past(100.0, endpoints={"drs": "http://127.0.0.1:8099"}))
    await keep(store, 2, past(100.0, simulated=True))
    assert await learned(store, past(1.0).run) == pytest.approx(294.0)
    elsewhere = replace(past(1.0).run, account="999999999999")
    await keep(store, 3, past(100.0))
    assert await learned(store, elsewhere) == pytest.approx(294.0)


async def test_only_so_many_runs_are_read(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(MOST_RUNS + 3):
        await keep(store, number, past(100.0))
    read = []
    events = store.events

    def counted(run_id: str, after: int = 0) -> Any:
        read.append(run_id)
        return events(run_id, after)

    monkeypatch.setattr(store, "events", counted)
    await learned(store, past(1.0).run)
    assert len(read) == MOST_RUNS


async def test_a_store_that_cannot_be_read_is_no_trouble(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(**_: object) -> HeaderPage:
        raise StoreUnavailable("out of reach")

    monkeypatch.setattr(store, "list", refuse)
    assert await learned(store, past(1.0).run) == pytest.approx(294.0)
