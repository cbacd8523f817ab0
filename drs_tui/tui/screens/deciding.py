"""Deciding about a run: what the keys that ask the driver for something do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from textual import work

from drs_tui.audit.store import Away, StoreError
from drs_tui.driver.orders import DriverError
from drs_tui.model.decisions import CHOICE_WORDS, Choice, Wanted, request_kind
from drs_tui.model.events import Json
from drs_tui.model.state.run import Run
from drs_tui.tui.answers import ASKING_CHOICES, CHOICE_KEYS
from drs_tui.tui.dialogs.ask import Ask, confirmation
from drs_tui.tui.dialogs.ask_note import AskNote
from drs_tui.tui.dialogs.ask_text import AskText
from drs_tui.tui.dialogs.reading import Reading
from drs_tui.tui.rows.decision import open_questions
from drs_tui.tui.rows.details import detached_lines
from drs_tui.tui.rows.question import (
    NOTED,
    choice_lines,
    clean_up_lines,
    launch_lines,
    question_lines,
)
from drs_tui.tui.rows.run import can_clean_up
from drs_tui.tui.rows.steps import has_steps
from drs_tui.tui.screens.base import DrsScreen
from drs_tui.tui.sources.live import LiveSource
from drs_tui.tui.sources.replayed import ReplaySource
from drs_tui.tui.text import line

_ABOUT_A_RUN = ("pause", "cancel", "clean_up", "drive", "detach", "note", "next_wanted")


@dataclass(frozen=True, slots=True)
class Sent:
    """An answer on its way to the driver."""

    seq: int
    """The event that raised the question."""

    choice: Choice
    taken_up: frozenset[str]
    """Ids of the requests that the run had taken up by then."""


class Deciding(DrsScreen):
    """The part of the run screen that sends requests; it never changes the run itself."""

    source: LiveSource | ReplaySource
    asked: int
    """Which of several open questions is shown."""

    sent: Sent | None
    """The answer that was sent last."""

    def allows(self, action: str, parameters: tuple[object, ...]) -> bool:
        """Only what makes sense for the run as it stands."""
        run = self.source.run
        if action == "choose":
            wanted = self.wanted_now()
            choice = Choice[str(parameters[0])]
            driven = self.source.beat().is_driven
            answerable = wanted is not None and choice in wanted.choices
            return answerable and driven and not self.sent_to(wanted)
        if run is None:
            return action not in _ABOUT_A_RUN
        is_open = run.outcome is None
        match action:
            case "pause":
                return is_open and (run.paused or not run.stopping)
            case "cancel":
                return is_open and not run.cancelled
            case "clean_up":
                return can_clean_up(run)
            case "drive":
                return is_open and not self.source.beat().is_driven
            case "detach":
                return self.away in open_questions(run, self.away)
            case "next_wanted":
                return len(open_questions(run, self.away)) > 1
            case "explain":
                return bool(run.wanted)
            case "steps":
                return has_steps(run.plan)
            case _:
                return super().allows(action, parameters)

    @property
    def away(self) -> Away | None:
        """The audit store, while it is out of reach of the driver here that drives the run."""
        return None if isinstance(self.source, ReplaySource) else self.source.away

    def wanted_now(self) -> Wanted | None:
        """The run's decision that the bar shows; None while it shows none of them."""
        run = self.source.run
        questions = open_questions(run, self.away) if run is not None else ()
        shown = questions[self.asked % len(questions)] if questions else None
        return shown if isinstance(shown, Wanted) else None

    def sent_to(self, wanted: Wanted | None) -> str:
        """The answer that was sent to a question, and that no driver has taken up yet."""
        run, sent = self.source.run, self.sent
        if run is None or wanted is None or sent is None or sent.seq != wanted.seq:
            return ""
        return CHOICE_WORDS[sent.choice] if run.requests == sent.taken_up else ""

    # Questions of the run -----------------------------------------------------------------------

    def action_explain(self) -> None:
        """All that there is to know about the question that the bar shows."""
        run = self.source.run
        wanted = self.wanted_now() or (run.wanted[0] if run is not None and run.wanted else None)
        if run is not None and wanted is not None:
            lines = question_lines(run, wanted, self.source.now())
            self.app.push_screen(Reading("What is wanted", lines))

    def action_next_wanted(self) -> None:
        """Show the next open question."""
        self.asked += 1
        self.show()
        self.refresh_bindings()

    def action_choose(self, name: str) -> None:
        """Give an answer to the question that the bar shows; ask first if it launches anything."""
        run, wanted, choice = self.source.run, self.wanted_now(), Choice[name]
        if run is None or wanted is None:
            return
        kind = request_kind(wanted.kind, choice)
        data: dict[str, Json] = {"wave": wanted.wave, "seq": wanted.seq, "choice": choice.value}
        answered = Sent(wanted.seq, choice, run.requests)

        def answer(note: str = "") -> None:
            self.sent = answered
            self._send(kind, {**data, "text": note} if note else data)
            self.show()
            self.refresh_bindings()

        if choice not in ASKING_CHOICES:
            answer()
            return
        title, label = f"{CHOICE_KEYS[choice][1]}: wave {wanted.wave}?", CHOICE_KEYS[choice][1]
        body = choice_lines(run, wanted, choice)
        if choice is Choice.APPROVE:
            title = f"Launch wave {wanted.wave}?"
            body = launch_lines(run, wanted)
        if choice in NOTED:
            hint = "a note for the record, if there is something to say"
            self._confirm_noted(AskNote(title, body, label, hint), answer)
            return
        self._confirm(confirmation(title, body, label), answer)

    # The whole run ------------------------------------------------------------------------------

    def action_pause(self) -> None:
        """Hold further launches back, or let them go on."""
        run = self.source.run
        if run is not None:
            self._send("resume" if run.paused else "pause", {"seq": run.seq})

    def action_cancel(self) -> None:
        """Ask, then launch no further wave."""
        run = self.source.run
        if run is None:
            return
        body = [
            line("No further wave is launched."),
            line("DRS cannot stop a job: what is launched runs to its end, and stays until it is"),
            line("cleaned up."),
        ]
        dialog = confirmation("Cancel the run?", body, "Cancel further waves", cancel="Back")
        self._confirm(dialog, lambda: self._send("cancel", {"seq": run.seq}))

    def action_clean_up(self) -> None:
        """Ask, then terminate what the drill launched."""
        run = self.source.run
        if run is None:
            return
        dialog = confirmation("Clean up?", clean_up_lines(run), "Terminate")
        self._confirm(dialog, lambda: self._send("cleanup", {"seq": run.seq}))

    def action_drive(self) -> None:
        """Ask, then have this user's driver take the run over."""
        body = [
            line("This user's driver on this host takes the run over and goes on with it:"),
            line("waves that are due are launched."),
        ]
        self._confirm(confirmation("Drive this run?", body, "Drive"), self._drive)

    def action_detach(self) -> None:
        """Ask, then let the run go on without the audit store."""
        away = self.away
        if away is not None:
            dialog = confirmation("Go on detached?", detached_lines(away), "Go on detached")
            self._confirm(dialog, self._go_on_detached)

    def action_note(self) -> None:
        """Leave a remark."""

        def noted(text: str | None) -> None:
            run = self.source.run
            if text and run is not None:
                self._send("note", {"seq": run.seq, "text": text})

        self.app.push_screen(AskText("Note", "It goes into the record of the run."), noted)

    # Sending ------------------------------------------------------------------------------------

    def _confirm(self, dialog: Ask[bool], then: Callable[[], object]) -> None:
        def answered(yes: bool | None) -> None:
            if yes:
                then()

        self.app.push_screen(dialog, answered)

    def _confirm_noted(self, dialog: AskNote, then: Callable[[str], object]) -> None:
        def answered(note: str | None) -> None:
            if note is not None:
                then(note)

        self.app.push_screen(dialog, answered)

    def _send(self, kind: str, data: dict[str, Json]) -> None:
        run = self.source.run
        if run is not None:
            self._ask(run, kind, data)

    @work(name="ask the driver", group="requests")
    async def _ask(self, run: Run, kind: str, data: dict[str, Json]) -> None:
        is_driven, is_away = self.source.beat().is_driven, self.away is not None
        try:
            await self.session.ask(run.run_id, kind, data, is_driven=is_driven, is_away=is_away)
        except (StoreError, DriverError) as error:
            self.sent = None
            self.refresh_bindings()
            self.notify(
                str(error),
                title=f"{kind} was not asked for",
                severity="error",
                timeout=10,
                markup=False,
            )

    @work(name="drive the run", group="requests")
    async def _drive(self) -> None:
        run = self.source.run
        try:
            if run is not None:
                await self.session.driver.drive(run.run_id)
        except DriverError as error:
            self.notify(str(error), severity="error", timeout=10, markup=False)

    @work(name="go on detached", group="requests")
    async def _go_on_detached(self) -> None:
        run = self.source.run
        try:
            if run is not None:
                await self.session.driver.detach(run.run_id, self.session.requester.name)
        except DriverError as error:
            self.notify(str(error), severity="error", timeout=10, markup=False)
