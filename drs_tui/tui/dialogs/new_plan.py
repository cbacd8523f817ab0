"""A plan made of the servers that DRS replicates: its name, its tag, and what comes of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Button, Input

from drs_tui.model.counts import counted
from drs_tui.model.observed import SourceServer
from drs_tui.model.plan import Target
from drs_tui.tui.dialogs.dialog import Dialog
from drs_tui.tui.dialogs.fields import AnswerButton, Field
from drs_tui.tui.text import Line, line
from drs_tui.tui.widgets.prose import Prose, content_of

if TYPE_CHECKING:
    from drs_tui.plans import Draft


class NewPlan(Dialog[Path | None]):
    """Shows the waves as they would be; its result is the file that was written."""

    BINDINGS = [
        Binding("up", "app.focus_previous", show=False),
        Binding("down", "app.focus_next", show=False),
    ]

    def __init__(
        self, servers: Sequence[SourceServer], account: str, region: str, folder: Path
    ) -> None:
        """Make a plan of `servers`, which are in `account` and `region`, in `folder`."""
        super().__init__()
        self._servers = servers
        self._target = Target(account or None, region or None)
        self._folder = folder

    def compose(self) -> ComposeResult:
        """Name, tag, waves, buttons."""
        with Vertical(classes="dialog"):
            title = f"A plan of {counted(len(self._servers), 'source server')}"
            yield Prose([line((title, "strong"))], classes="dialog-title")
            yield Field("Name: a-z, 0-9 and hyphen", "name", value="fleet")
            yield Field("Tag that tells the waves apart; empty: the most telling", "tag")
            with VerticalScroll(classes="dialog-body", can_focus=False):
                yield Prose([], classes="draft")
            with Horizontal(classes="dialog-buttons"):
                yield AnswerButton("Cancel", "cancel")
                yield AnswerButton("Write the file", "write", "primary")

    def on_mount(self) -> None:
        """Show what would be written."""
        self._show()

    def on_input_changed(self) -> None:
        """Show what would be written now."""
        self._show()

    def on_input_submitted(self) -> None:
        """Go on to the next field."""
        self.focus_next()

    def _draft(self) -> Draft:
        from drs_tui.plans import draft_plan

        name, tag = self.query_one("#name", Input).value, self.query_one("#tag", Input).value
        return draft_plan(
            name.strip(), self._servers, by_tag=tag.strip() or None, target=self._target
        )

    def _show(self, trouble: str = "") -> None:
        from drs_tui.plans import DraftError

        try:
            lines = draft_lines(self._draft(), self._folder)
        except DraftError as error:
            lines, trouble = [], str(error)
        if trouble:
            lines = [*(line((part, "bad")) for part in trouble.splitlines()), (), *lines]
        self.query_one(".draft", Prose).update(content_of(lines))

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Write the file, or leave."""
        from drs_tui.plans import DraftError, write_draft

        event.stop()
        if event.button.id != "write":
            self.dismiss(None)
            return
        try:
            self.dismiss(write_draft(self._draft(), self._folder))
        except DraftError as error:
            self._show(str(error))


def draft_lines(draft: Draft, folder: Path) -> list[Line]:
    """Where a draft would be written, and its waves."""
    told = f"by the tag {draft.by_tag}" if draft.by_tag else "no tag tells them apart"
    return [
        line((f"{folder / draft.name}.yaml, {told}", "dim")),
        *(
            line((f"{wave}  ", "strong"), ", ".join(server.name for server in members))
            for wave, members in draft.waves.items()
        ),
        line(("A guess at the order: look the file over before the first drill.", "dim")),
    ]
