"""Starting a run: what will happen, why it is done, and which warnings are taken on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widget import Widget
from textual.widgets import Button, Checkbox, Input, Static

from drs_tui.model.checks.live_recovery import ENDS
from drs_tui.model.counts import counted
from drs_tui.model.differences import CHECK as CHANGES
from drs_tui.model.plan import Mode, Plan
from drs_tui.model.readiness import Finding, Report, Verdict
from drs_tui.tui.dialogs.dialog import Question
from drs_tui.tui.dialogs.fields import Acknowledgement, AnswerButton, Field, Options
from drs_tui.tui.signs import VERDICT
from drs_tui.tui.text import Line, Span, line
from drs_tui.tui.widgets.prose import Prose

CLEANUP_OPTIONS = (
    ("", "later"),
    ("always", "always"),
    ("success", "if it succeeds"),
    ("never", "never"),
)
"""Values of a run's clean-up policy with their words; the first is asked about at its end."""


SEEN_AT_ONCE = 2
"""Warnings that have room on the smallest terminal, with what is launched above them."""


@dataclass(frozen=True, slots=True)
class Start:
    """A run that somebody decided to start."""

    reason: str
    change: str
    acknowledged: tuple[str, ...]
    """Keys of the warnings that were taken on."""

    cleanup_policy: str = ""
    """`always`, `success`, `never`; empty: somebody says later."""

    mode: Mode = Mode.DRILL
    end_instances: tuple[str, ...] = ()
    """The EC2 ids of the instances that a recovery may end, each typed by itself."""


class StartDialog(Question[Start | None]):
    """Asks whether to start.

    Warnings have to be acknowledged before it can be; for a real recovery the plan's name has to be
    typed, and the id of each instance that it ends.
    """

    BINDINGS = [
        Binding("up", "app.focus_previous", show=False),
        Binding("down", "app.focus_next", show=False),
        Binding("left", "app.focus_previous", show=False),
        Binding("right", "app.focus_next", show=False),
    ]

    def __init__(self, plan: Plan, report: Report, where: str, mode: Mode = Mode.DRILL) -> None:
        """Ask about `plan` as preflight found it; `where` names account and Region."""
        super().__init__()
        self._plan = plan
        self._report = report
        self._where = where
        self._mode = mode
        self._endangered = [finding for finding in report.blocks if finding.ends]
        self._typed: list[str] = []
        """Of the instances that it ends, those that were typed so far."""

    @property
    def _is_recovery(self) -> bool:
        return self._mode is Mode.RECOVERY

    def compose(self) -> ComposeResult:
        """What happens, warnings, what is asked, buttons."""
        warnings = self._report.warnings
        kind = "recovery" if self._is_recovery else "drill"
        with Vertical(classes=f"dialog dangerous {kind}"):
            yield Prose(self._title_lines(), classes="dialog-title")
            with VerticalScroll(classes="dialog-body", can_focus=False):
                yield Prose(start_lines(self._plan, self._report, self._where, self._mode))
            yield from self._fields(warnings)
            with Horizontal(classes="dialog-buttons"):
                yield AnswerButton("Cancel", "cancel")
                label = "Start REAL RECOVERY" if self._is_recovery else "Start drill"
                yield AnswerButton(label, "start", "error", disabled=not self._may_start(warnings))

    def _title_lines(self) -> list[Line]:
        if not self._is_recovery:
            return [line((f"Start a drill of {self._plan.name}?", "strong"))]
        return [
            line((" !!!   REAL RECOVERY: this is not a drill   !!! ", "alarm")),
            line((f"Recover {self._plan.name} for real?", "strong")),
        ]

    def _fields(self, warnings: Sequence[Finding]) -> Iterable[Widget]:
        if warnings:
            label = f"I take {counted(len(warnings), 'warning')} on me"
            if len(warnings) > SEEN_AT_ONCE:
                label += " (pgdn shows them all)"
            yield Acknowledgement(label, compact=True)
        yield _labelled("Reason", Field("for the record", "reason"))
        yield _labelled("Change", Field("its id, if any", "change"))
        if self._is_recovery:
            hint = f"type {self._plan.name} to arm the start"
            if self._endangered:
                yield _labelled("Ends", Field(self._ends_hint(), "ends", 100))
            yield _labelled("Plan", Field(hint, "confirm", 100))
        else:
            yield Options("Clean up", CLEANUP_OPTIONS, "cleanup")

    def _left_to_type(self) -> list[str]:
        ids = dict.fromkeys(finding.ends for finding in self._endangered)
        return [each for each in ids if each not in self._typed]

    def _ends_hint(self) -> str:
        left = len(self._left_to_type())
        if not left:
            return f"all are typed: {', '.join(self._typed)}"
        return f"type the id of each instance that this ends: {left} to go"

    def _take_typed(self, field: Input) -> None:
        """Take an id that is one of those that this ends, and ask for the next."""
        given = field.value.strip()
        if given in self._left_to_type():
            self._typed.append(given)
            field.value = ""
            field.placeholder = self._ends_hint()

    def _may_start(self, warnings: Sequence[Finding]) -> bool:
        return not warnings and not self._is_recovery

    def _reckon(self) -> None:
        """Let it start only while its warnings are taken on and its name is typed."""
        taken = all(box.value for box in self.query(Checkbox))
        named = all(
            field.value.strip() == self._plan.name
            for field in self.query("#confirm").results(Input)
        )
        may_start = taken and named and not self._left_to_type()
        self.query_one("#start", Button).disabled = not may_start

    def on_checkbox_changed(self) -> None:
        """See whether it may start."""
        self._reckon()

    def on_input_changed(self, event: Input.Changed) -> None:
        """See whether it may start."""
        if event.input.id == "ends":
            self._take_typed(event.input)
        self._reckon()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go on to the next field; enter in a field starts nothing."""
        if event.input.id != "ends" or not self._left_to_type():
            self.focus_next()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """End with the decision."""
        event.stop()
        if event.button.id != "start":
            self.dismiss(None)
            return
        policy = "" if self._is_recovery else self.query_one("#cleanup", Options).value
        self.dismiss(
            Start(
                reason=self.query_one("#reason", Input).value.strip(),
                change=self.query_one("#change", Input).value.strip(),
                acknowledged=(
                    *(finding.key for finding in self._report.warnings),
                    *(f"{ENDS}:{finding.thing}" for finding in self._endangered),
                ),
                cleanup_policy=policy,
                mode=self._mode,
                end_instances=tuple(self._typed),
            )
        )


def _labelled(label: str, field: Field) -> Widget:
    return Horizontal(Static(f"  {label}", markup=False), field, classes="labelled")


def start_lines(plan: Plan, report: Report, where: str, mode: Mode) -> list[Line]:
    """What a run of this plan does, what has to be known before it, and what changed since."""
    count = sum(len(wave.servers) for wave in plan.waves)
    kind = "RECOVERY" if mode is Mode.RECOVERY else "drill"
    lines = [
        line(
            f"Launches {counted(count, f'{kind} instance')} in {where}, "
            f"in {counted(len(plan.waves), 'wave')}:"
        )
    ]
    endangered = (finding for finding in report.blocks if finding.ends)
    for finding in (*endangered, *report.warnings):
        sign = VERDICT[finding.verdict]
        lines.append(line((f"{sign.symbol} {finding.thing}: ", sign.tone), finding.reason))
    lines += [
        line((f"Changes: {finding.thing}: ", "work"), finding.reason)
        for finding in report.of(Verdict.PASSES)
        if finding.check == CHANGES and finding.thing != plan.name
    ]
    for wave in plan.waves:
        names = ", ".join(server.name or server.id or "" for server in wave.servers)
        gate = Span("  asks for an approval first" if wave.gate else "", "warn")
        lines.append(line(f"  {wave.name}: ", (names, "dim"), gate))
    if mode is Mode.RECOVERY:
        lines.append(line(("What it launches stays: nothing cleans a recovery up.", "warn")))
    else:
        lines.append(line(("Each instance costs money until it is cleaned up.", "dim")))
    return lines
