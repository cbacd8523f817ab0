"""The people around a simulated drill: whoever operates it, and a colleague who drills too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from drs_tui.audit.store import Request
from drs_tui.model.decisions import Choice, Wanted, WantedKind
from drs_tui.model.events import Json
from drs_tui.model.state.run import Run
from drs_tui.model.status import CleanupStatus, RunStatus
from tests.simulation.loop import VirtualClock
from tests.simulation.store import MemoryStore
from tests.simulation.trace import Trace

PEOPLE = ("ana", "ben", "cleo")
PATIENCE = 25
"""Decisions after which an operator only wants the drill to end."""

MOST_EXTENSIONS = 4
"""Of waves whose job may never be heard of again."""

_LAST_WORDS = (
    Choice.APPROVE,
    Choice.DONE,
    Choice.GIVE_UP,
    Choice.ACCEPT,
    Choice.SKIP,
    Choice.STOP,
)


@dataclass
class Operator:
    """Answers what a run wants, sometimes wrongly, late or twice."""

    store: MemoryStore
    random: Random
    clock: VirtualClock
    trace: Trace
    meddles: bool
    """Whether it pauses, cancels, and answers what nobody asked."""

    made: int = 0
    extended: int = 0
    answered: dict[tuple[str, int], float] = field(default_factory=dict)
    """When each question was answered last, by its run and number."""

    async def watch(self, runs: Callable[[], list[Run]], wake: Callable[[str], None]) -> None:
        """Look at the runs every now and then, for ever."""
        while True:
            await self.clock.sleep(self.random.choice((1.0, 3.0, 10.0, 40.0)))
            for run in runs():
                await self._look(run)
                if self.random.random() < 0.5:
                    wake(run.run_id)

    async def _look(self, run: Run) -> None:
        for wanted in run.wanted:
            question = run.run_id, wanted.seq
            again = self.answered.get(question)
            if again is None or self.clock.monotonic() - again > 90:
                self.answered[question] = self.clock.monotonic()
                await self._answer(run, wanted)
        if run.status is RunStatus.PAUSED and self.random.random() < 0.3:
            await self._ask(run, "resume")
        if self.meddles and self.made < PATIENCE and self.random.random() < 0.06:
            await self._meddle(run)
        due = run.outcome is not None and run.cleanup.status is CleanupStatus.DUE
        if due and self.random.random() < 0.2:
            await self._ask(run, "cleanup")

    async def _answer(self, run: Run, wanted: Wanted) -> None:
        about: dict[str, Json] = {"wave": wanted.wave, "seq": wanted.seq}
        choice = self._choose(wanted)
        if wanted.kind is WantedKind.GATE:
            if choice is Choice.DECLINE:
                await self._ask(run, "decline", **about)
                return
            for person in self.random.sample(PEOPLE, 2):
                await self._ask_as(person, run, "approve", **about)
            return
        await self._ask(run, "decide", choice=choice.value, **about)

    def _choose(self, wanted: Wanted) -> Choice:
        if self.made > PATIENCE:
            return next(choice for choice in _LAST_WORDS if choice in wanted.choices)
        usual = wanted.choices[0]
        choice = usual if self.random.random() < 0.5 else self.random.choice(wanted.choices)
        if choice is Choice.EXTEND:
            self.extended += 1
            if self.extended > MOST_EXTENSIONS:
                return Choice.GIVE_UP
        return choice

    async def _meddle(self, run: Run) -> None:
        wave = self.random.choice(list(run.waves))
        match self.random.choice(("pause", "pause", "note", "stale", "unknown", "cancel")):
            case "stale":
                seq = self.random.randint(1, run.seq)
                kind = self.random.choice(("approve", "decline", "decide"))
                choice = self.random.choice(tuple(Choice)).value
                await self._ask(run, kind, wave=wave, seq=seq, choice=choice)
            case "unknown":
                await self._ask(run, "decide", wave="no such wave", seq=run.seq, choice="skip")
            case "cancel" if self.random.random() < 0.7:
                await self._ask(run, "note", text="not yet")
            case kind:
                await self._ask(run, kind, text="said so")

    async def _ask(self, run: Run, kind: str, **data: Json) -> None:
        await self._ask_as(PEOPLE[0], run, kind, **data)

    async def _ask_as(self, person: str, run: Run, kind: str, **data: Json) -> None:
        self.made += 1
        by: dict[str, Json] = {"arn": f"arn:aws:iam::123456789012:user/{person}"}
        about: dict[str, Json] = {**data, "by": by}
        request = Request(f"{self.made:026d}", run.run_id, self.clock.now(), person, kind, about)
        self.trace.add(f"{person} asks to {kind} {dict(data)}")
        await self.store.request(request)
        if self.random.random() < 0.1:
            await self.store.request(request)
