"""Drills whose driver is killed: after each event it wrote, and before those that tell of a call.

A driver that is killed takes its simulator with it, which keeps its Region in a file as AWS keeps
its own: nothing of it is lost.
"""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from pathlib import Path

import pytest

from drs_tui.audit.opening import open_store
from drs_tui.audit.requests import new_request
from drs_tui.audit.verify import verify_run
from drs_tui.clock import SystemClock
from drs_tui.config import Settings
from drs_tui.model.decisions import Choice, WantedKind
from drs_tui.model.events import Event, EventType, Json
from drs_tui.model.exit_codes import OUT_OF_REACH, SUCCEEDED, UNDECIDED
from drs_tui.model.run import fold
from drs_tui.model.state.run import Run
from drs_tui.model.status import CleanupStatus, RunStatus
from tests.driver.drills import calls, settings_in
from tests.terminal.conftest import BEN, launches, needs_proc
from tests.terminal.mortal import IMMORTAL, REASON, Fate, first_driver, next_driver
from tests.terminal.window import wait_until

AT_ONCE = 8
"""Drills under way at the same time: each waits most of the time, for a lease to run out."""

SPEED = 1200.0
"""A drill of half an hour takes a second and a half."""

PLAN = """
name: billing
title: Two waves, with a question between them
target: {account: "123456789012", region: us-east-1}
rto: 24h
rpo: 24h
defaults: {timeout: 24h}
waves:
  - name: database
    servers: [billing-db-1]
  - name: application
    gate: {prompt: Confirm that the billing database answers}
    servers: [billing-app-1]
"""


@dataclass(frozen=True)
class Stored:
    """What is left of a drill."""

    events: Sequence[Event]
    run: Run
    is_sound: bool

    def of(self, kind: EventType) -> list[Event]:
        return [event for event in self.events if event.type == kind]


def stored(settings: Settings) -> Stored:
    async def read() -> Stored:
        store = await open_store(settings.store)
        [header] = (await store.list()).headers
        events = [event async for event in store.events(header.run_id)]
        verdict = await verify_run(store, header.run_id)
        await store.close()
        run = fold(events)
        assert run is not None
        return Stored(events, run, verdict.ok)

    return asyncio.run(read())


def send_again(settings: Settings, run: Run) -> None:
    """Decide as somebody does who has seen in the console that nothing was launched."""
    [wanted] = run.wanted
    assert wanted.kind is WantedKind.LAUNCH_UNKNOWN
    assert "the driver ended before it knew the answer" in wanted.words

    async def ask() -> None:
        store = await open_store(settings.store)
        about: dict[str, Json] = {
            "wave": wanted.wave,
            "seq": wanted.seq,
            "choice": Choice.RESEND.value,
        }
        await store.request(new_request(run.run_id, BEN, "decide", about, SystemClock().now()))
        await store.close()

    asyncio.run(ask())


def desk_in(folder: Path) -> tuple[Settings, Path]:
    folder.mkdir()
    plan = folder / "billing.yaml"
    plan.write_text(PLAN)
    settings = settings_in(folder, lease_term_seconds=1)
    assert settings.simulation is not None
    return replace(settings, simulation=replace(settings.simulation, speed=SPEED)), plan


def survives(folder: Path, fate: Fate) -> Stored:
    """Run a drill whose driver is killed at an event, and see that it comes to the same end."""
    settings, plan = desk_in(folder)
    code = first_driver(settings, plan, fate).ended()
    if code == SUCCEEDED:  # nothing killed it: one drill may have fewer events than another
        ended = stored(settings)
    else:
        assert code == -signal.SIGKILL
        left = stored(settings)
        ended = goes_on(settings, left, folder)
        assert ended.events[: len(left.events)] == left.events
    assert_as_if_nothing_had_happened(ended, folder)
    return ended


def goes_on(settings: Settings, left: Stored, folder: Path) -> Stored:
    """Let other drivers bring a drill to its end, and a person decide what nobody can know."""
    launches = len(calls(folder, "StartRecovery")) if (folder / "calls.jsonl").exists() else 0
    code = next_driver(settings, left.run.run_id).ended()
    if left.events[-1].type == EventType.WAVE_LAUNCH_INTENDED and code == UNDECIDED:
        # Killed between intent and call: nothing is sent before somebody has said so.
        assert len(calls(folder, "StartRecovery")) == launches
        send_again(settings, stored(settings).run)
        code = next_driver(settings, left.run.run_id).ended()
    assert code == SUCCEEDED
    return stored(settings)


def assert_as_if_nothing_had_happened(ended: Stored, folder: Path) -> None:
    run = ended.run
    assert ended.is_sound
    assert run.outcome is RunStatus.SUCCEEDED
    assert run.cleanup.status is CleanupStatus.DONE
    launches = calls(folder, "StartRecovery")
    assert [(c["body"]["tags"]["drs-tui:wave"], c["status"], c["attempt"]) for c in launches] == [
        ("database", 202, 1),
        ("application", 202, 1),
    ]
    assert [event.data["job_id"] for event in ended.of(EventType.WAVE_LAUNCHED)] == [
        call["job_id"] for call in launches
    ]
    terminated = Counter(
        instance
        for call in calls(folder, "TerminateRecoveryInstances")
        for instance in call["body"]["recoveryInstanceIDs"]
    )
    assert sorted(terminated.values()) == [1, 1]

    # The gate was opened once, approved once, and before what it guards.
    [opened], [approved] = ended.of(EventType.WAVE_GATE_OPENED), ended.of(EventType.WAVE_APPROVED)
    intended = [
        event.seq
        for event in ended.of(EventType.WAVE_LAUNCH_INTENDED)
        if event.data["wave"] == "application"
    ]
    assert opened.seq < approved.seq < min(intended)

    # The clock of the objectives runs from the start, through every death.
    assert all(one.at <= other.at for one, other in pairwise(ended.events))
    [created], [finished] = ended.of(EventType.RUN_CREATED), ended.of(EventType.RUN_FINISHED)
    last_check = ended.of(EventType.CHECK_FINISHED)[-1]
    assert finished.data["rto_ms"] == int((last_check.at - created.at).total_seconds() * 1000)
    for taken in ended.of(EventType.RUN_TAKEN_OVER):
        assert (taken.actor, taken.data["reason"]) == (BEN.name, REASON)


def moments(events: Sequence[Event]) -> list[int]:
    """The last event of each append that tells of something new, and not the same once more.

    Those of one append have one time.
    """
    first: dict[frozenset[tuple[str, object]], int] = {}
    for _, append in groupby(events, key=lambda event: event.at):
        told = list(append)
        about = frozenset((event.type, event.data.get("wave")) for event in told)
        first.setdefault(about, told[-1].seq)
    return list(first.values())


def test_a_drill_comes_to_the_same_end_whichever_event_its_driver_dies_after(home: Path) -> None:
    undisturbed = survives(home / "undisturbed", IMMORTAL)
    ends = moments(undisturbed.events)
    assert len(ends) >= len({event.type for event in undisturbed.events}) - 2

    def die_after(seq: int) -> None:
        try:
            survives(home / f"event-{seq}", Fate(after=seq))
        except AssertionError as error:
            error.add_note(f"its driver was killed after event {seq}")
            raise

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(die_after, ends))


@pytest.mark.parametrize("kind", [EventType.WAVE_LAUNCHED, EventType.CLEANUP_STARTED])
def test_a_call_is_known_though_its_driver_died_before_it_wrote_down_the_answer(
    home: Path, kind: EventType
) -> None:
    ended = survives(home / "drill", Fate(before=kind))
    assert ended.of(EventType.RUN_TAKEN_OVER)
    adopted = [event.data["adopted"] for event in ended.of(EventType.WAVE_LAUNCHED)]
    assert adopted == [kind == EventType.WAVE_LAUNCHED, False]


@needs_proc
def test_a_driver_that_stood_still_before_its_call_and_was_overtaken_sends_nothing(
    home: Path, endpoint: str, call_log: Path
) -> None:
    settings, plan = desk_in(home / "drill")
    settings = replace(settings, simulation=None, endpoint_url=endpoint)
    fate = Fate(after=EventType.WAVE_LAUNCH_INTENDED, signal=signal.SIGSTOP)
    driver = first_driver(settings, plan, fate)
    wait_until(driver.is_stopped)
    rival = next_driver(settings, stored(settings).run.run_id)
    try:
        wait_until(lambda: stored(settings).of(EventType.RUN_TAKEN_OVER))
        driver.go_on()
        assert driver.ended() == OUT_OF_REACH
    finally:
        driver.kill()
        rival.kill()
    assert launches(call_log) == []
    assert stored(settings).is_sound
    assert not stored(settings).of(EventType.WAVE_LAUNCH_REFUSED)
