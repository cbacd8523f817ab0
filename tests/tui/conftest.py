"""A store on disk, and the app on it."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet

from drs_tui.audit.sqlite import SqliteStore, open_sqlite
from drs_tui.audit.store import Pulse
from drs_tui.model.events import Event
from drs_tui.replay.playing import Replay
from drs_tui.tui.app import DrsTui
from tests.tui.sample import RUN_ID, FakeDriver, FakeReads, Story, inventory, settings, stored

MakeApp = Callable[..., DrsTui]


@pytest.fixture(scope="session", autouse=True)
def _style_sheets_parsed_once() -> Iterator[None]:
    """Parse each style sheet once for every app: the same ones took each a tenth of a second."""
    parse = Stylesheet._parse_rules
    parsed: dict[object, list[RuleSet]] = {}

    def parse_once(sheet: Stylesheet, css: str, **about: Any) -> list[RuleSet]:
        known = css, *about.items(), *sheet._variables.items()
        if known not in parsed:
            parsed[known] = parse(sheet, css, **about)
        return parsed[known]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Stylesheet, "_parse_rules", parse_once)
        yield


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    store = await open_sqlite(tmp_path / "runs.db")
    yield store
    await store.close()


@pytest.fixture
def driver() -> FakeDriver:
    return FakeDriver()


@pytest.fixture
def reads() -> FakeReads:
    return FakeReads(inventory())


@pytest.fixture
def make_app(tmp_path: Path, driver: FakeDriver, reads: FakeReads) -> MakeApp:
    def make(
        *,
        open_run: str | None = None,
        replay: Replay | None = None,
        read_only: bool = False,
        **more: Any,
    ) -> DrsTui:
        return DrsTui(
            replace(settings(tmp_path, read_only=read_only), **more),
            lambda: open_sqlite(tmp_path / "runs.db"),
            driver,
            open_run=open_run,
            replay=replay,
            reads=reads,
        )

    return make


async def told(store: SqliteStore, story: Story, host: str | None = None) -> list[Event]:
    """Store a story as a run that a driver, here or on another host, is at work on."""
    events = await stored(store, story)
    await drive(store, events[-1].at, host)
    return events


async def drive(store: SqliteStore, now: datetime, host: str | None = None) -> None:
    """Hold the run's lease as a driver that has just polled."""
    holder = f"maria@{host or socket.gethostname()}:1:abc"
    lease = await store.acquire(RUN_ID, holder, 3600)
    await store.renew(lease, Pulse(now, 100, now))
