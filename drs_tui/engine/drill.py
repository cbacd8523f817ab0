"""The engine: it drives one run from its events, its watchers' requests and what DRS says."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime
from typing import Any

from drs_tui.audit.lease import LeaseLapsed
from drs_tui.audit.recorder import Recorder
from drs_tui.audit.store import Request, RunStore, StoreUnavailable
from drs_tui.clock import Clock
from drs_tui.engine.actions import (
    Action,
    AskLast,
    CleanUp,
    CompareNetworks,
    FinishRun,
    FinishWave,
    Launch,
    MakeCheck,
    OpenGate,
    Reconcile,
    RunStep,
    StartChecks,
    StartStep,
    StopAtGate,
    TimeOut,
    next_actions,
    next_moment,
    wants_comparing,
)
from drs_tui.engine.answers import answer
from drs_tui.engine.bounds import Bounds
from drs_tui.engine.checking import started
from drs_tui.engine.cleaning import Cleaner
from drs_tui.engine.cleaning_everywhere import clean_up
from drs_tui.engine.endings import run_finished, wave_finished
from drs_tui.engine.hands import Hands, hands_in
from drs_tui.engine.inbox import Inbox
from drs_tui.engine.initiators import wrong_launch
from drs_tui.engine.news import DRIVER, Look, news
from drs_tui.engine.sources import Sources
from drs_tui.engine.targets import Part, Reached, Watch
from drs_tui.engine.waiting import first_of, in_reach
from drs_tui.model.decisions import Choice
from drs_tui.model.events import Draft, EventType, Json
from drs_tui.model.expectation.told import history_to_data
from drs_tui.model.expectation.usual import NO_HISTORY, History
from drs_tui.model.state.judging import judge_wave
from drs_tui.model.state.run import Run
from drs_tui.model.status import WaveStatus
from drs_tui.model.verification import is_checked

REQUESTS_EVERY_SECONDS = 1.0
"""Real seconds between looks at what watchers ask for, unless a look is asked for."""

FIRST_HOLD_SECONDS = 1.0
LONGEST_HOLD_SECONDS = 30.0
"""Real seconds between two tries to go on with a run whose events can't be written."""

LAST_LOOKS_EVERY_SECONDS = 10.0
"""Drill seconds between two tries to ask DRS a last time about a wave."""

_log = logging.getLogger(__name__)


class Drill:
    """Drives one run, wherever its waves are."""

    def __init__(
        self,
        recorder: Recorder,
        store: RunStore,
        targets: Sequence[Reached],
        *,
        drill_clock: Clock,
        real_clock: Clock,
        history: Callable[[], History | None] = lambda: None,
        commands_forbidden: str = "",
    ) -> None:
        """Take a recorder that holds the run's lease, and its targets in the order it has them.

        `history` is what past runs taught, once they have been read; `commands_forbidden` says why
        the settings let no local command be started, empty if they do.
        """
        self._recorder = recorder
        self._drill_clock = drill_clock
        self._real_clock = real_clock
        self._history = history
        parts = [Part(recorder, place) for place in range(len(targets))]
        drs = [target.aws.drs for target in targets]
        sources = Sources(list(zip(parts, drs, strict=True)), drill_clock)
        self._hands = [
            hands_in(
                target,
                part,
                recorder,
                drill_clock,
                bounds=Bounds(target.aws, drill_clock, store.address, commands_forbidden),
                sources=sources,
                watch=Watch(part, target.aws.drs, drill_clock, history, self.observe),
            )
            for target, part in zip(targets, parts, strict=True)
        ]
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._recording = asyncio.Lock()
        self._woken = asyncio.Event()
        self._inbox = Inbox(store, recorder.run.run_id, self.wake)
        self._answered_at: dict[str, datetime] = {}
        """When DRS last answered about a job, in drill time."""

        self._acted_at = drill_clock.now()
        """The moment for which all that was due was begun."""

        self._failure: Exception | None = None
        """Why what a look brought could not be recorded."""

        self._hold_seconds = FIRST_HOLD_SECONDS
        """How long the next try waits if nothing can be written before it."""

        self._held_at = 0
        """The last event when that began."""

    @property
    def run(self) -> Run:
        """The run as it stands."""
        return self._recorder.run

    def wake(self) -> None:
        """Look at the run and at what is asked of it now."""
        self._woken.set()

    async def woken(self) -> None:
        """Return when somebody woke it since it last looked."""
        await self._woken.wait()

    async def ask(self, request: Request) -> None:
        """Answer a request that did not come by the store; one that came already is left.

        Raises:
            LeaseLost, NotTheWriter: somebody else drives the run now.
            StoreUnavailable: the answer can't be written on this machine.
        """
        await self._answer(request)
        self.wake()

    async def drive(self) -> None:
        """Drive until the run, and the clean-up that is wanted, have ended.

        While events can't be written, it is tried again ever more seldom; DRS is watched on.

        Raises:
            LeaseLost, NotTheWriter: somebody else drives the run now.
            StoreError: the run's events are not what they should be.
        """
        try:
            while True:
                self._woken.clear()
                try:
                    if await self._goes_on():
                        continue
                except (StoreUnavailable, LeaseLapsed) as error:
                    await self._hold(error)
                    continue
                for hands in self._hands:
                    hands.eyes.hurry()
                if self.run.outcome is not None and not self._tasks:
                    return
                await self._wait()
        finally:
            await self._end_tasks()

    async def _goes_on(self) -> bool:
        """Take in what ended and what is asked, and do what comes next; False: nothing new."""
        self._recorder.check()
        self._raise_failures()
        for request in await self._inbox.requests():
            await self._answer(request)
        await self._tell_expected()
        return await self._act()

    async def _tell_expected(self) -> None:
        """Record what is taken for usual, once it is known: whoever watches reckons by it, too."""
        history = self._history()
        if history is None or self.run.expected is not None or self.run.outcome is not None:
            return
        drs = [hands.aws.drs for hands in self._hands]
        if any(each.is_simulator is None or each.is_hurried for each in drs):
            return
        async with self._recording:
            data = history_to_data(history, frozenset(self.run.servers))
            await self._recorder.record([self._draft(EventType.RUN_EXPECTED, **data)])

    async def _hold(self, error: Exception) -> None:
        """Let some time pass before anything is tried again, the more the longer it lasts."""
        if self.run.seq != self._held_at:
            self._hold_seconds, self._held_at = FIRST_HOLD_SECONDS, self.run.seq
        _log.warning("%s is held up: %s", self.run.run_id, error)
        await self._real_clock.sleep(self._hold_seconds)
        self._hold_seconds = min(2 * self._hold_seconds, LONGEST_HOLD_SECONDS)

    # Targets ------------------------------------------------------------------------------------

    @property
    def watches(self) -> Sequence[Watch]:
        """What there is to be watched in each target, in the order of the run's targets."""
        return [hands.watch for hands in self._hands]

    def _at(self, wave: str) -> Hands:
        """Whoever acts where a wave does."""
        return self._hands[self.run.targets.index(self.run.target_of(wave))]

    async def observe(self, look: Look) -> None:
        """Record what a look brought, all of it as one append."""
        try:
            async with self._recording:
                now = self._drill_clock.now()
                drafts = news(self.run, look, now)
                if drafts:
                    await self._recorder.record([*drafts, *self._stop_if_wrong(drafts)])
                self._answered_at.update(dict.fromkeys(look.asked_jobs, now))
        except StoreUnavailable:
            # The next look brings the same news; the recorder says what the trouble is.
            return
        except Exception as error:
            # It ends this drill, not the poller, which looks for other runs too.
            self._failure = error
        self.wake()

    def _stop_if_wrong(self, drafts: Sequence[Draft]) -> list[Draft]:
        """A job that is not what was asked for stops every further launch."""
        words = wrong_launch(self.run, drafts)
        return [self._draft(EventType.RUN_PAUSED, text=words)] if words else []

    # Doing --------------------------------------------------------------------------------------

    async def _answer(self, request: Request) -> None:
        async with self._recording:
            if request.request_id not in self.run.requests:
                drafts = answer(self.run, request, self._drill_clock.now())
                await self._recorder.record(drafts)

    async def _act(self) -> bool:
        """Start what takes time and record the first thing that doesn't; False: nothing new."""
        async with self._recording:
            self._acted_at = self._drill_clock.now()
            for action in next_actions(self.run, self._acted_at):
                draft = self._do(action)
                if draft is not None:
                    await self._recorder.record([draft])
                    return True
        return False

    def _do(self, action: Action) -> Draft | None:
        """What an action records at once; None when it goes on by itself."""
        match action:
            case OpenGate(wave, prompt):
                return self._draft(EventType.WAVE_GATE_OPENED, wave=wave, prompt=prompt)
            case StopAtGate(wave, words):
                # An answer that was given in time may be among what is being read.
                if not self._inbox.is_reading:
                    stop = Choice.STOP.value
                    return self._draft(EventType.WAVE_DECIDED, wave=wave, choice=stop, text=words)
            case StartStep(wave, step, text, when):
                about: dict[str, Json] = {"wave": wave, "step": step, "when": when.value}
                return self._draft(EventType.STEP_STARTED, **about, kind="manual", text=text)
            case RunStep(wave, when, step):
                self._start(wave, lambda: self._at(wave).stepper.run(wave, when, step))
            case FinishWave(wave, outcome):
                return wave_finished(self.run, wave, outcome, self._drill_clock.now())
            case FinishRun():
                history = self._history() or NO_HISTORY
                return run_finished(self.run, history, self._drill_clock.now())
            case Launch(wave, server_ids):
                self._start(wave, lambda: self._at(wave).launcher.launch(wave, server_ids))
            case Reconcile(wave):
                self._start(wave, lambda: self._at(wave).launcher.reconcile(wave))
            case CompareNetworks(wave):
                self._start(wave, lambda: self._at(wave).comparer.compare(wave))
            case TimeOut(wave):
                self._start(wave, lambda: self._time_out(wave))
            case StartChecks(due):
                return self._draft(EventType.CHECK_STARTED, **started(self.run, due))
            case MakeCheck(due):
                name = f"{due.wave} check {due.index} {due.server_id}"
                self._start(name, lambda: self._at(due.wave).checker.make(due))
            case AskLast(wave):
                self._start(wave, lambda: self._ask_last(wave))
            case CleanUp():
                self._start("", self._clean_up)
        return None

    def _start(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Let a wave's work (or the clean-up's, of no wave) go on beside the rest, once."""
        if name not in self._tasks:
            task = asyncio.create_task(work(), name=f"{self.run.run_id} {name}")
            self._tasks[name] = task
            task.add_done_callback(lambda _: self.wake())

    def _raise_failures(self) -> None:
        """Raise what ended a wave's work, the worst first: the rest is tried again."""
        ended = [self._tasks.pop(name) for name, task in [*self._tasks.items()] if task.done()]
        failures = [self._failure, *(task.exception() for task in ended)]
        raised = [error for error in failures if error is not None]
        raised.sort(key=lambda error: isinstance(error, StoreUnavailable | LeaseLapsed))
        if raised:
            raise raised[0]

    async def _end_tasks(self) -> None:
        """Cancel what waits; a call that was sent is still waited for by whoever sent it."""
        await self._inbox.aclose()
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _clean_up(self) -> None:
        clock = self._drill_clock
        # It writes down what it intends before it learns that the store is away.
        await in_reach(self._recorder, clock, lambda _: False)
        cleaners = [Cleaner(self._recorder, h.aws, clock, h.part) for h in self._hands]
        await clean_up(self._recorder, clock, cleaners)

    async def _time_out(self, name: str) -> None:
        """Ask DRS once more, and believe it; only then say that it took too long."""
        eyes = self._at(name).eyes
        await eyes.look()
        async with self._recording:
            wave = self.run.waves[name]
            if wave.status is WaveStatus.IN_PROGRESS and not wave.timed_out:
                minutes = self.run.plan.wave(name).may_take_seconds // 60
                words = f"job {wave.job_id} has not ended after {minutes} minutes"
                if eyes.trouble:
                    words += f", as far as is known: {eyes.trouble}"
                draft = self._draft(EventType.WAVE_TIMED_OUT, wave=name, words=words)
                await self._recorder.record([draft])

    async def _ask_last(self, name: str) -> None:
        """Ask DRS a last time; what it does not tell of a wave then counts as not launched.

        Without an answer nothing is judged: that is tried again for as long as it takes.
        """
        began = self._drill_clock.now()
        job_id = self.run.waves[name].job_id
        await self._at(name).eyes.look()
        answered_at = self._answered_at.get(job_id)
        if answered_at is None or answered_at < began:
            await self._drill_clock.sleep(LAST_LOOKS_EVERY_SECONDS)
            return
        if wants_comparing(self.run, self.run.waves[name]):
            await self._at(name).comparer.compare(name)
        async with self._recording:
            # What was told only now, and is launched, is checked like the others.
            is_open = self.run.waves[name].status is WaveStatus.VERIFYING
            if is_open and is_checked(self.run, name):
                outcome = judge_wave(self.run, name)
                ended = wave_finished(self.run, name, outcome, self._drill_clock.now())
                await self._recorder.record([ended])

    def _draft(self, event: EventType, **data: Json) -> Draft:
        return Draft(event, self._drill_clock.now(), DRIVER, data)

    async def _wait(self) -> None:
        waits: list[Coroutine[Any, Any, object]] = [
            self._woken.wait(),
            self._real_clock.sleep(REQUESTS_EVERY_SECONDS),
        ]
        moment = next_moment(self.run, self._acted_at)
        if moment is not None:
            waits.append(self._drill_clock.sleep(_seconds_to(moment, self._drill_clock.now())))
        await first_of(*waits)


def _seconds_to(moment: datetime, now: datetime) -> float:
    return max((moment - now).total_seconds(), 0.05)
