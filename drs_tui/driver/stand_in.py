"""Answering what a run without the app asks: by rule, or by asking whoever is at the terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from drs_tui.audit.requests import new_request
from drs_tui.audit.store import Request, StoreUnavailable
from drs_tui.clock import SystemClock
from drs_tui.driver.world import World
from drs_tui.model.decisions import Choice, Wanted, WantedKind
from drs_tui.model.events import Event, Json
from drs_tui.model.plan import Overdue
from drs_tui.model.principals import Requester
from drs_tui.model.run import apply
from drs_tui.model.state.run import Run
from drs_tui.model.status import RunStatus

UNATTENDED = "unattended: nobody is here to decide, so it acts as stop"


@dataclass(frozen=True, slots=True)
class Terminal:
    """What a headless run says and asks."""

    on_event: Callable[[Event], None]
    say: Callable[[str], None]
    """Words for people: progress, and why it ends."""

    ask: Callable[[str], bool] | None = None
    """A yes-or-no question to somebody at a terminal; None: nobody is there."""


class Operator:
    """Stands in for the person in front of the app, within what `--yes` covers."""

    def __init__(
        self, world: World, terminal: Terminal, requester: Requester | None, *, yes: bool
    ) -> None:
        """Answer as `requester`; None: as whoever started the run."""
        self.run: Run | None = None
        self._host = world.host
        self._store = world.store
        self._terminal = terminal
        self._requester = requester
        self._yes = yes
        self._answered: dict[int, str] = {}
        """By the event that asked, the request that answered."""
        self._left_to_others: set[int] = set()
        """The events that asked what others have time to answer."""

    def see(self, event: Event) -> Run:
        """Take in an event and pass it on."""
        self.run = apply(self.run, event)
        self._terminal.on_event(event)
        return self.run

    async def is_at_a_loss(self) -> bool:
        """Answer what is wanted; True, once it was said, if that takes somebody who is not here."""
        words = await self.answer()
        if not words or await self._was_asked():
            return False
        self._terminal.say(words)
        return True

    async def _was_asked(self) -> bool:
        """Whether somebody has asked for something that the driver has not taken up yet."""
        run = self.run
        try:
            asked = await self._store.requests(run.run_id) if run is not None else ()
        except StoreUnavailable:
            return False
        return run is not None and any(each.request_id not in run.requests for each in asked)

    async def answer(self) -> str:
        """Answer what is wanted; returns words when that takes somebody who is not here."""
        run = self.run
        if run is None:
            return ""
        for wanted in run.wanted:
            if wanted.seq in self._answered:
                enough = self._answered[wanted.seq] not in run.requests
                if not enough and not self._waits_for_others(run, wanted):
                    # It was taken for what it is.
                    return self._stuck(run, wanted, "another person has to approve it")
                continue
            if self._may_not_approve(run, wanted):
                if self._waits_for_others(run, wanted):
                    continue
                words = "another person than who started the run has to approve it"
                return self._stuck(run, wanted, words)
            request = await self._request_for(run, wanted)
            if request is not None:
                await self._host.request(request)
                self._answered[wanted.seq] = request.request_id
            elif self._terminal.ask is None and self._waits_for_others(run, wanted):
                continue
            elif not any(
                wave.is_stepping or (wave.is_open and wave.wanted is None)
                for wave in run.waves.values()
            ):
                return self._stuck(run, wanted, wanted.words)
        busy = any(wave.is_open or wave.is_stepping for wave in run.waves.values())
        if run.status is RunStatus.PAUSED and not busy:
            return f"run {run.run_id} is paused. Go on with: drs-tui attach {run.run_id}"
        return ""

    def _may_not_approve(self, run: Run, wanted: Wanted) -> bool:
        gate = run.plan.wave(wanted.wave).gate if wanted.kind is WantedKind.GATE else None
        return gate is not None and gate.excludes_starter and self._requester is None

    def _waits_for_others(self, run: Run, wanted: Wanted) -> bool:
        """Whether somebody elsewhere has time to answer before the plan stops the run."""
        gate, ends = run.plan.wave(wanted.wave).gate, run.gate_deadline(wanted.wave)
        if gate is None or gate.then is not Overdue.STOP or ends is None:
            return False
        if wanted.seq not in self._left_to_others:
            self._left_to_others.add(wanted.seq)
            self._terminal.say(
                f"wave {wanted.wave}: it waits until {ends:%H:%M:%S}Z for an approval from "
                f"elsewhere (drs-tui attach {run.run_id}), then the run stops"
            )
        return True

    def _stuck(self, run: Run, wanted: Wanted, words: str) -> str:
        choices = ", ".join(choice.value for choice in wanted.choices)
        return (
            f"wave {wanted.wave}: {wanted.kind.value}: {words}\n"
            f"Nobody can decide here ({choices}). "
            f"Go on in the app with: drs-tui attach {run.run_id}"
        )

    async def _request_for(self, run: Run, wanted: Wanted) -> Request | None:
        match wanted.kind:
            case WantedKind.GATE if await self._agrees(f"{wanted.wave}: {wanted.words} Approve?"):
                return self._make(run, wanted, "approve", {})
            case WantedKind.MANUAL if await self._agrees(f"{wanted.wave}: {wanted.words} Done?"):
                return self._decide(run, wanted, Choice.DONE)
            case WantedKind.GUARD_WARNED if await self._agrees(
                f"{wanted.words} Launch all the same?"
            ):
                return self._decide(run, wanted, Choice.ACKNOWLEDGE)
            case (
                WantedKind.WAVE_FAILED
                | WantedKind.NOT_ISOLATED
                | WantedKind.CHECKS_FAILED
                | WantedKind.STEP_FAILED
            ):
                return self._decide(run, wanted, Choice.STOP, UNATTENDED)
            case WantedKind.TIMED_OUT:
                return self._decide(run, wanted, Choice.GIVE_UP, UNATTENDED)
            case _:
                return None

    async def _agrees(self, question: str) -> bool:
        if self._yes or self._terminal.ask is None:
            return self._yes
        # Waiting for a person must not keep the lease from being renewed.
        return await asyncio.to_thread(self._terminal.ask, question)

    def _decide(self, run: Run, wanted: Wanted, choice: Choice, text: str = "") -> Request:
        remark: dict[str, Json] = {"text": text} if text else {}
        return self._make(run, wanted, "decide", {"choice": choice.value, **remark})

    def _make(self, run: Run, wanted: Wanted, kind: str, data: dict[str, Json]) -> Request:
        about: dict[str, Json] = {"wave": wanted.wave, "seq": wanted.seq, **data}
        requester = self._requester or run.starter
        return new_request(run.run_id, requester, kind, about, SystemClock().now())
