"""Starting a drill: what will happen, why it is done, and which warnings are taken on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, Checkbox, Input

from drs_tui.model.plan import Plan
from drs_tui.model.readiness import Finding, Report
from drs_tui.tui.signs import VERDICT
from drs_tui.tui.text import Line, Span, line
from drs_tui.tui.widgets.prose import Prose


@dataclass(frozen=True, slots=True)
class Start:
    """A drill that somebody decided to start."""

    reason: str
    change: str
    acknowledged: tuple[str, ...]
    """Keys of the warnings that were taken on."""


class Acknowledgement(Checkbox):
    """A box that shows by its mark, not by its colour alone, whether it is ticked."""

    BUTTON_INNER = " "

    def watch_value(self) -> None:
        """Draw the mark."""
        self.BUTTON_INNER = "✓" if self.value else " "
        super().watch_value()


class StartDialog(ModalScreen[Start | None]):
    """Asks whether to start; warnings have to be acknowledged before it can be."""

    BINDINGS = [
        Binding("escape", "dismiss(None)", "Cancel"),
        Binding("left,up", "app.focus_previous", show=False),
        Binding("right,down", "app.focus_next", show=False),
    ]

    def __init__(self, plan: Plan, report: Report, where: str) -> None:
        """Ask about `plan` as preflight found it; `where` names account and Region."""
        super().__init__()
        self._plan = plan
        self._report = report
        self._where = where

    def compose(self) -> ComposeResult:
        """What happens, warnings, reason, buttons."""
        warnings = self._report.warnings
        with Vertical(classes="dialog dangerous"):
            title = f"Start a drill of {self._plan.name}?"
            yield Prose([line((title, "strong"))], classes="dialog-title")
            with VerticalScroll(classes="dialog-body", can_focus=False):
                yield Prose(start_lines(self._plan, warnings, self._where))
            if warnings:
                label = f"I take {len(warnings)} warning{'s' * (len(warnings) != 1)} on me"
                yield Acknowledgement(label, compact=True)
            for name, hint in (
                ("reason", "Reason, for the record"),
                ("change", "Change id, if any"),
            ):
                field = Input(placeholder=hint, id=name, max_length=500, compact=True)
                field.cursor_blink = False
                yield field
            with Horizontal(classes="dialog-buttons"):
                yield Button("Cancel", id="cancel", compact=True)
                yield Button(
                    "Start drill",
                    id="start",
                    variant="error",
                    compact=True,
                    disabled=bool(warnings),
                )

    def on_mount(self) -> None:
        """Put the focus on the harmless answer."""
        self.query_one("#cancel", Button).focus()

    def on_checkbox_changed(self, event: Checkbox.Changed) -> None:
        """Let the drill start only while its warnings are taken on."""
        self.query_one("#start", Button).disabled = not event.value

    def on_input_submitted(self) -> None:
        """Go on to the next field; enter in a field starts nothing."""
        self.focus_next()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """End with the decision."""
        event.stop()
        if event.button.id != "start":
            self.dismiss(None)
            return
        self.dismiss(
            Start(
                reason=self.query_one("#reason", Input).value.strip(),
                change=self.query_one("#change", Input).value.strip(),
                acknowledged=tuple(finding.key for finding in self._report.warnings),
            )
        )


def start_lines(plan: Plan, warnings: Sequence[Finding], where: str) -> list[Line]:
    """What a drill of this plan does, wave by wave, and its warnings."""
    count = sum(len(wave.servers) for wave in plan.waves)
    lines = [
        line(
            f"Launches {count} drill instance{'s' * (count != 1)} in {where}, "
            f"in {len(plan.waves)} wave{'s' * (len(plan.waves) != 1)}:"
        )
    ]
    for wave in plan.waves:
        names = ", ".join(server.name or server.id or "" for server in wave.servers)
        gate = Span("  asks for an approval first" if wave.gate else "", "warn")
        lines.append(line(f"  {wave.name}: ", (names, "dim"), gate))
    lines.append(line(("Each instance costs money until it is cleaned up.", "dim")))
    for finding in warnings:
        sign = VERDICT[finding.verdict]
        lines.append(line((f"{sign.symbol} {finding.thing}: ", sign.tone), finding.reason))
    return lines
