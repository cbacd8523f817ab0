"""What every screen has: the status line, the key line, a tick a second, and the actions' rules."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

from drs_tui.tui.actions import Where, find
from drs_tui.tui.dialogs.fields import Field
from drs_tui.tui.keys import keys_in_use
from drs_tui.tui.rows.status import Status
from drs_tui.tui.session import Session
from drs_tui.tui.widgets.key_line import KeyLine
from drs_tui.tui.widgets.line_table import LineTable
from drs_tui.tui.widgets.lines import Lines
from drs_tui.tui.widgets.run_strip import RunStrip
from drs_tui.tui.widgets.status_bar import StatusBar

if TYPE_CHECKING:
    from drs_tui.replay.playing import Replay


class OpenRun(Message):
    """Somebody wants to see a run."""

    def __init__(self, run_id: str) -> None:
        """Name the run."""
        super().__init__()
        self.run_id = run_id


class OpenReplay(Message):
    """Somebody wants to see what a run recorded."""

    def __init__(self, replay: Replay) -> None:
        """Carry the events."""
        super().__init__()
        self.replay = replay


class DrsScreen(Screen[None]):
    """A screen that shows what is known, once a second and whenever something changes."""

    PLACES: ClassVar[tuple[Where, ...]] = ()
    """Whose actions it has; its bindings are made of them."""

    AUTO_FOCUS = "LineTable"

    run_id: str | None = None
    """The run that it is about, if it is about one that goes on."""

    def __init__(self, session: Session) -> None:
        """Show what `session` knows."""
        super().__init__()
        self.session = session
        self._bindings = keys_in_use().bound(self._bindings)
        self.wanted = ""
        """The text that rows must contain to be shown."""

    def compose(self) -> ComposeResult:
        """Status on top, keys below, the screen's own parts in between."""
        yield StatusBar()
        yield RunStrip()
        yield from self.parts()
        yield Field("show only what contains…", "filter")
        yield KeyLine()

    def parts(self) -> Iterable[Widget]:
        """The widgets between status and keys."""
        return ()

    def on_mount(self) -> None:
        """Begin to tick."""
        self.set_interval(1.0, self.tick)

    def tick(self) -> None:
        """Let a second pass."""
        self.show_in_front()

    def show_in_front(self) -> None:
        """Show what is known now, unless nobody sees it."""
        # Not `is_current`, which also holds for a screen behind another: drawing anything there
        # repaints the whole screen in front. While the app ends, its parts may be gone already.
        if self.app.screen_stack[-1:] == [self] and self.query(StatusBar):
            self.show_news()

    def show_news(self) -> None:
        """Show what is known now of runs and surroundings."""
        self.show()

    def on_screen_resume(self) -> None:
        """Show what has changed while another screen was in front."""
        self.show()

    def show(self) -> None:
        """Show what is known now; screens add what is theirs."""
        self.query_one(StatusBar).show_status(self.status())
        self.query_one(RunStrip).show_runs(self.session.active, self.run_id)

    def status(self) -> Status:
        """What the status line tells."""
        session = self.session
        around = session.surroundings
        end = around.credentials_end_at
        left = None if end is None else (end - session.clock.now()).total_seconds()
        return Status(
            modes=modes(session),
            account=around.account,
            region=around.region,
            identity=around.caller.arn if around.caller else "",
            store=session.settings.store,
            credentials_left=left,
            trouble=around.trouble,
        )

    # Actions ------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether an action can be taken: it is there at all, and makes sense now."""
        known = find(action, parameters)
        if known is None:
            return super().check_action(action, parameters)
        return keys_in_use().has(known.call) and self.allows(action, parameters)

    def allows(self, action: str, parameters: tuple[object, ...]) -> bool:  # noqa: ARG002
        """Whether an action makes sense as things stand; screens say more."""
        return True

    def action_move(self, where: str) -> None:
        """Move the cursor of whatever has the focus."""
        focused = self.focused
        if isinstance(focused, Lines):
            focused.move_cursor(where)

    # The filter ---------------------------------------------------------------------------------

    def action_filter(self) -> None:
        """Ask for the text that rows must contain."""
        field = self.query_one("#filter", Input)
        field.display = True
        # At once: `focus` would wait its turn, and keys that follow would miss the field.
        self.set_focus(field)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Show what fits so far."""
        if event.input.id == "filter":
            self.wanted = event.value
            self.show()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep the filter and go back to the rows."""
        if event.input.id == "filter":
            event.input.display = bool(self.wanted)
            self._focus_table()

    def clear_filter(self) -> bool:
        """Show everything again; False if everything was shown."""
        field = self.query_one("#filter", Input)
        if not field.display:
            return False
        field.value = ""
        field.display = False
        self._focus_table()
        return True

    def _focus_table(self) -> None:
        for table in self.query(LineTable):
            if table.can_focus:
                self.set_focus(table)
                return

    async def action_back(self) -> None:
        """Clear the filter, else leave the screen unless it is the first."""
        if not self.clear_filter() and len(self.app.screen_stack) > 1:
            self.app.pop_screen()


def modes(session: Session) -> tuple[str, ...]:
    """What kind of AWS this is, and what may be done, in words."""
    settings, welcome = session.settings, session.welcome
    endpoints = session.surroundings.endpoints
    is_embedded = settings.simulation is not None or (welcome and welcome.endpoint_url)
    if is_embedded or (endpoints and endpoints.simulated):
        found = ["SIMULATED"]
    elif endpoints.custom if endpoints else settings.endpoint_url or settings.endpoints:
        found = ["CUSTOM ENDPOINT"]
    else:
        found = ["LIVE"]
    if settings.read_only:
        found.append("READ-ONLY")
    elif settings.recovery:
        found.append("RECOVERY ARMED")
    return tuple(found)
