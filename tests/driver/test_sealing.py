"""A drill is sealed beside everything else, and never waits for it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

import pytest_asyncio

from drs_tui.audit.recorder import Recorder
from drs_tui.audit.sqlite import SqliteStore, open_sqlite
from drs_tui.audit.verify import prove_run
from drs_tui.clock import ManualClock
from drs_tui.config import SealSettings
from drs_tui.driver.sealing import PAUSE_SECONDS, TRIES, Sealing
from drs_tui.model.events import Draft, EventType
from drs_tui.model.seals import Confirmation, Seal, SealError, Statement
from drs_tui.model.status import RunStatus, WaveStatus
from tests.driver.drills import plan_path, settings_in, started, stored_events
from tests.driver.tenacity import until
from tests.model.story import START, succeeded

EVENTS = [Draft(event.type, event.at, event.actor, event.data) for event in succeeded().events]


class Ledger:
    """A place for hashes that can be closed."""

    kind = "ledger"

    def __init__(self) -> None:
        self.taken: list[Statement] = []
        self.refused = 0
        self.closed_for = 0
        """So many tries more are refused."""

    def where(self, statement: Statement) -> str:
        return f"page {statement.seq}"

    async def seal(self, statement: Statement) -> Mapping[str, str]:
        if self.closed_for:
            self.closed_for -= 1
            self.refused += 1
            raise SealError("the ledger is closed")
        self.taken.append(statement)
        return {"entry": str(len(self.taken))}

    async def confirm(self, seal: Seal) -> Confirmation | None:
        return None


class Drilled:
    """A run that is recorded by hand, and whoever seals it."""

    def __init__(self, recorder: Recorder, ledgers: Sequence[Ledger]) -> None:
        self.recorder = recorder
        self.clock = ManualClock(START)
        self.sealing = self.sealed_by(ledgers)

    def sealed_by(self, ledgers: Sequence[Ledger]) -> Sealing:
        """Another driver's part, of the same run."""
        return Sealing(
            self.recorder, ledgers, drill_clock=ManualClock(START), real_clock=self.clock
        )

    async def catch_up(self) -> None:
        """Let what is due be sealed, moving the clock to whoever sleeps."""
        task = asyncio.ensure_future(self.sealing.catch_up())
        async with asyncio.timeout(20):
            while not task.done():
                wake = self.clock.next_wake()
                if wake is not None:
                    self.clock.advance(wake)
                await asyncio.sleep(0.002)
        await task

    @property
    def seals(self) -> tuple[Seal, ...]:
        return self.recorder.run.seals


@pytest_asyncio.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    opened = await open_sqlite(tmp_path / "runs.db")
    yield opened
    await opened.close()


async def begun(store: SqliteStore, *ledgers: Ledger) -> Drilled:
    recorder = await Recorder.create(
        store, None, "01RUN", EVENTS[:1], "me", real=ManualClock(START)
    )
    return Drilled(recorder, ledgers)


async def test_the_start_is_sealed_and_the_record_says_so(store: SqliteStore) -> None:
    ledger = Ledger()
    drilled = await begun(store, ledger)
    first = drilled.recorder.run

    await drilled.catch_up()

    [statement] = ledger.taken
    assert (statement.seq, statement.hash, statement.run_id) == (1, first.head_hash, "01RUN")
    assert statement.at == "2026-11-23T09:00:00.000000Z"
    [seal] = drilled.seals
    assert (seal.ok, seal.where, seal.receipt) == (True, "page 1", {"entry": "1"})
    assert (await prove_run(store, "01RUN")).sealed_seq == 1


async def test_nothing_is_sealed_twice_and_nothing_between_the_moments_that_count(
    store: SqliteStore,
) -> None:
    ledger = Ledger()
    drilled = await begun(store, ledger)
    await drilled.catch_up()
    await drilled.catch_up()
    await drilled.recorder.record(EVENTS[1:-1])
    await drilled.catch_up()
    assert len(ledger.taken) == 1

    await drilled.recorder.record(EVENTS[-1:])
    finished = drilled.recorder.run
    await drilled.catch_up()
    await drilled.catch_up()

    assert [(s.seq, s.hash) for s in ledger.taken[1:]] == [(finished.seq, finished.head_hash)]


async def test_a_gate_and_its_answer_are_sealed(store: SqliteStore) -> None:
    ledger = Ledger()
    drilled = await begun(store, ledger)
    for kind in (EventType.WAVE_GATE_OPENED, EventType.WAVE_APPROVED, EventType.WAVE_DECLINED):
        await drilled.catch_up()
        data = {"wave": "db", "prompt": "Go?"}
        await drilled.recorder.record([Draft(kind, START, "ana", data)])
    await drilled.catch_up()

    assert len(ledger.taken) == 4


async def test_a_place_that_refuses_is_asked_again_a_little_later(store: SqliteStore) -> None:
    ledger = Ledger()
    ledger.closed_for = TRIES - 1
    drilled = await begun(store, ledger)

    await drilled.catch_up()

    assert drilled.clock.monotonic() == (TRIES - 1) * PAUSE_SECONDS
    assert [seal.ok for seal in drilled.seals] == [True]
    assert drilled.sealing.trouble == ""


async def test_a_failure_is_recorded_and_said_until_the_next_seal_succeeds(
    store: SqliteStore,
) -> None:
    ledger = Ledger()
    ledger.closed_for = TRIES
    drilled = await begun(store, ledger)

    await drilled.catch_up()

    [failed] = drilled.seals
    assert (failed.ok, failed.words) == (False, "the ledger is closed")
    assert drilled.sealing.trouble == "not sealed by ledger: the ledger is closed"
    assert (await prove_run(store, "01RUN")).sealed_seq == 0

    await drilled.recorder.record(EVENTS[1:])
    await drilled.catch_up()
    assert drilled.sealing.trouble == ""
    assert drilled.seals[-1].ok


async def test_one_place_that_refuses_keeps_no_other_from_taking(store: SqliteStore) -> None:
    closed, opened = Ledger(), Ledger()
    closed.closed_for = 99
    drilled = await begun(store, closed, opened)

    await drilled.catch_up()

    assert [seal.ok for seal in drilled.seals] == [False, True]


async def test_the_next_driver_seals_what_the_last_one_left(store: SqliteStore) -> None:
    ledger = Ledger()
    drilled = await begun(store, ledger)
    await drilled.catch_up()
    drilled.sealing = drilled.sealed_by([ledger])
    await drilled.catch_up()
    assert len(ledger.taken) == 1

    await drilled.recorder.record(EVENTS[1:])
    drilled.sealing = drilled.sealed_by([ledger])
    await drilled.catch_up()
    assert len(ledger.taken) == 2


# Whole drills -----------------------------------------------------------------------------------


async def test_a_drill_is_sealed_from_its_start_to_its_end_by_the_sites_command(
    tmp_path: Path,
) -> None:
    ledger = tmp_path / "ledger"
    seal = SealSettings(command=("/bin/sh", "-c", f"cat >> {ledger}"))
    settings = settings_in(tmp_path, seal=seal)
    async with started(settings, plan_path("three-tier"), cleanup_policy="always") as drill:
        run = await drill.ended()
        proof = await prove_run(drill.world.store, run.run_id)
        events = await stored_events(drill.world, run.run_id)

    statements = [json.loads(line) for line in ledger.read_text().splitlines()]
    hashes = {event.seq: event.hash for event in events}
    assert run.outcome is RunStatus.SUCCEEDED
    assert [s["hash"] for s in statements] == [hashes[s["seq"]] for s in statements]
    assert proof.verdict.ok
    assert proof.sealed_seq == statements[-1]["seq"] == len(events) - 1
    assert events[-1].type == EventType.RUN_SEALED
    ended = max(e.seq for e in events if e.type == EventType.CLEANUP_FINISHED)
    assert proof.sealed_seq >= ended


async def test_a_drill_goes_on_though_nothing_seals_it_and_says_so(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, seal=SealSettings(command=("/no/such/command",)))
    async with started(settings, plan_path("rehearsal")) as drill:
        run = await drill.until(lambda run: bool(run.wanted))
        await until(lambda: "can't be started" in drill.world.host.trouble(drill.run_id))
        [gate] = run.wanted
        await drill.ask("approve", wave=gate.wave, seq=gate.seq)
        run = await drill.until(lambda run: run.waves[gate.wave].status is WaveStatus.IN_PROGRESS)

    assert run.seals
    assert not any(seal.ok for seal in run.seals)
