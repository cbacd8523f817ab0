"""A run: live, watched or replayed, all from one source of states."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from textual import work
from textual.containers import Container
from textual.message import Message
from textual.widget import Widget

from drs_tui.model.expectation.estimates import NOTHING_EXPECTED, Estimates, estimates
from drs_tui.model.plan import Mode
from drs_tui.model.state.run import Run
from drs_tui.tui.actions import Where, bindings
from drs_tui.tui.dialogs.reading import Reading
from drs_tui.tui.later import RUN_STYLES
from drs_tui.tui.rows.decision import decision_lines, open_questions, replayed_lines
from drs_tui.tui.rows.details import server_lines
from drs_tui.tui.rows.result import result_lines
from drs_tui.tui.rows.run import banner, error_lines, failed_servers, title
from drs_tui.tui.rows.status import Status
from drs_tui.tui.rows.steps import steps_lines
from drs_tui.tui.rows.timeline import LEGEND
from drs_tui.tui.screens.base import DrsScreen, modes
from drs_tui.tui.screens.deciding import Deciding
from drs_tui.tui.screens.replaying import Replaying
from drs_tui.tui.session import Session
from drs_tui.tui.sources.live import LiveSource
from drs_tui.tui.sources.replayed import ReplaySource
from drs_tui.tui.text import line
from drs_tui.tui.widgets.event_log import EventLog
from drs_tui.tui.widgets.line_table import LineTable
from drs_tui.tui.widgets.lines import Panel
from drs_tui.tui.widgets.server_table import ServerTable
from drs_tui.tui.widgets.timeline import Timeline
from drs_tui.tui.widgets.transport import Transport
from drs_tui.tui.widgets.wave_strip import WaveStrip

WIDE = 120
"""Cells from which log and timeline stand beside each other."""

SERVERS_SHARE = 0.62
"""Of the room between waves and decision, at most."""

FAILURE_ROWS = 4
"""Lines for what failed, where there is room for more than one."""

EXPECT_SECONDS = 1.0
"""Real seconds for which what is expected is taken for granted."""

PARTED = (
    "Another driver has gone on with this run without what this machine recorded last. The run is "
    "shown as the audit store has it now; the rest stays in this machine's journal."
)


class RunTitle(Panel):
    """What the run is and how it stands."""


class ErrorLine(Panel):
    """What failed, in AWS's words."""


class DecisionBar(Panel):
    """What is wanted now, with its keys."""


class RunScreen(Replaying, Deciding, DrsScreen):
    """Everything about one run; it only watches."""

    CSS_PATH = RUN_STYLES

    PLACES = (Where.RUN, Where.REPLAY, Where.APP)
    BINDINGS = bindings(Where.REPLAY, Where.RUN)
    AUTO_FOCUS = "ServerTable"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (34, "-high")]

    class Moved(Message):
        """The source has another state."""

        def can_replace(self, message: Message) -> bool:
            """One look at the source is enough for all that changed before it."""
            return isinstance(message, RunScreen.Moved)

    def __init__(self, session: Session, source: LiveSource | ReplaySource) -> None:
        """Show what `source` says."""
        super().__init__(session)
        self.source = source
        self.run_id = source.run_id if isinstance(source, LiveSource) else None
        self.asked = 0
        self.sent = None
        self._known: tuple[object, ...] = ()
        self._said_parted = False
        self._expected = NOTHING_EXPECTED
        self._expected_of = 0
        """The last event by which that was reckoned; a replay can go back."""
        self._expected_at: float | None = None

    @property
    def run_state(self) -> Run | None:
        """The run as of now."""
        return self.source.run

    def parts(self) -> Iterable[Widget]:
        """Top to bottom: title, waves, servers beside log and timeline, what is wanted."""
        yield RunTitle()
        yield WaveStrip()
        with Container(id="middle"):
            yield ServerTable()
            yield EventLog()
            yield Timeline()
        yield ErrorLine()
        yield DecisionBar()
        yield Transport()

    def on_mount(self) -> None:
        """Follow the source."""
        self.query_one(Timeline).border_title = f"Timeline  {LEGEND}"
        self.query_one(Transport).display = isinstance(self.source, ReplaySource)
        self._follow()

    @work(name="follow the run")
    async def _follow(self) -> None:
        await self.source.follow(lambda: self.post_message(self.Moved()))

    def on_run_screen_moved(self, event: Moved) -> None:
        """Show the new state."""
        event.stop()
        if not self._said_parted and self.source.has_parted:
            self._said_parted = True
            self.notify(PARTED, title="Taken over", severity="warning", timeout=20, markup=False)
        if self.is_current:  # Else it is shown when it comes to the front again.
            self.show()

    # Showing ------------------------------------------------------------------------------------

    def show(self) -> None:
        """Show the run as of now; each widget draws only what differs."""
        super().show()
        source = self.source
        run, now, beat = source.run, source.now(), source.beat()
        if run is None:
            reading = line((" Reading the run…", "dim"))
            words = line((f" ▲ {source.trouble}", "warn")) if source.trouble else reading
            self.query_one(RunTitle).show([words])
            return
        width = self.size.width
        self.set_class(run.mode is Mode.RECOVERY, "-recovery")
        expected = self._expects(run, now)
        self.query_one(RunTitle).show([*banner(run, width), title(run, now, width, expected)])
        self.query_one(WaveStrip).show_run(run, now, expected)
        servers = self.query_one(ServerTable)
        servers.show_run(run, now, expected, self.wanted)
        self._share_height(servers)
        names = {server.id: server.name for server in run.servers.values()}
        self.query_one(EventLog).show(source.events, source.count, names)
        self.query_one(Timeline).show_run(run, now)
        self._show_failure(run)
        room = max(20, width - 2)
        if isinstance(source, ReplaySource):
            self.query_one(Transport).show_player(source.player)
            lines = replayed_lines(run, room)
        else:
            sent = self.sent_to(self.wanted_now())
            lines = decision_lines(run, beat, source.away, self.asked, room, now=now, sent=sent)
        self.query_one(DecisionBar).show(lines)
        known = (run.seq, beat.is_driven, len(open_questions(run, self.away)), self.sent)
        if known != self._known:
            self._known = known
            self.refresh_bindings()

    def _expects(self, run: Run, now: datetime) -> Estimates:
        """What is expected of the run, reckoned once a second: of many servers it takes a while."""
        real = self.session.clock.monotonic()
        if run.seq < self._expected_of:
            self._expected, self._expected_at = NOTHING_EXPECTED, None
        if self._expected_at is None or real - self._expected_at >= EXPECT_SECONDS:
            self._expected = estimates(run, now, self._expected)
            self._expected_at = real
        self._expected_of = run.seq
        return self._expected if run.outcome is None else NOTHING_EXPECTED

    def _show_failure(self, run: Run) -> None:
        rows = 1 if self.has_class("-low") else FAILURE_ROWS
        selected = self.query_one(ServerTable).selected
        is_replay = isinstance(self.source, ReplaySource)
        room = max(20, self.size.width - 2)
        lines = error_lines(run, selected, room, rows, is_replay=is_replay)
        self.query_one(ErrorLine).show(lines)

    def _share_height(self, servers: ServerTable) -> None:
        # As high as its rows, but the log keeps its share: grids can't say that.
        room = self.query_one("#middle").size.height
        height = min(len(servers.rows) + 2, max(4, int(room * SERVERS_SHARE)))
        if servers.styles.height is None or servers.styles.height.value != height:
            servers.styles.height = height

    def status(self) -> Status:
        """The run's own account, Region and mode, and how fresh what is shown is."""
        run, source, session = self.run_state, self.source, self.session
        if run is None:
            return super().status()
        beat = source.beat()
        is_replay = isinstance(source, ReplaySource)
        found = ["REPLAY"] if is_replay else []
        found.append(
            "LIVE" if run.is_evidence else "SIMULATED" if run.simulated else "CUSTOM ENDPOINT"
        )
        if run.imports:
            found.append("IMPORTED")
        if not is_replay and beat.is_driven and not session.drives(beat.holder):
            found.append("WATCHING")
        found += [mode for mode in modes(session) if mode in ("READ-ONLY", "RECOVERY ARMED")]
        polls = not is_replay and any(wave.is_open for wave in run.waves.values())
        return Status(
            modes=tuple(found),
            account=run.account,
            region=f"{run.region} +{len(run.several) - 1}" if run.several else run.region,
            identity=run.started_by,
            store=source.replay.origin
            if isinstance(source, ReplaySource)
            else session.settings.store,
            beat=beat if polls or beat.trouble else None,
            away=self.away,
            trouble=source.trouble,
        )

    def on_line_table_cursor_moved(self, event: LineTable.CursorMoved) -> None:
        """Show what failed on the server under the cursor."""
        event.stop()
        run = self.run_state
        if run is not None:
            self._show_failure(run)

    def on_resize(self) -> None:
        """Share the new room, if this is still in front by then."""
        self.call_after_refresh(self.show_in_front)
        self.refresh_bindings()

    # Actions ------------------------------------------------------------------------------------

    def allows(self, action: str, parameters: tuple[object, ...]) -> bool:
        """The other panel only where one hides the other."""
        if action == "lower_panel":
            return self.size.width < WIDE
        return super().allows(action, parameters)

    def action_details(self) -> None:
        """All that is known of the server under the cursor."""
        run = self.run_state
        server = run.servers.get(self.query_one(ServerTable).selected or "") if run else None
        if run is not None and server is not None:
            events = self.source.events[: self.source.count]
            self.app.push_screen(Reading(server.name, server_lines(run, server, events)))

    def action_steps(self) -> None:
        """What is done around the launches, and what it printed."""
        run = self.run_state
        if run is not None:
            self.app.push_screen(Reading("Steps", steps_lines(run, self.source.now())))

    def action_result(self) -> None:
        """What the run came to, or how it stands, in full."""
        run = self.run_state
        if run is not None:
            self.app.push_screen(Reading("Result", result_lines(run, self.source.now())))

    def action_failed_server(self) -> None:
        """The cursor to the next server that failed."""
        run = self.run_state
        servers = self.query_one(ServerTable)
        failed = [server.id for server in failed_servers(run)] if run else []
        shown = [row.key for row in servers.rows if row.key in failed]
        if not shown:
            self.notify("No server has failed." if not failed else "The filter hides what failed.")
            return
        at = shown.index(servers.selected) + 1 if servers.selected in shown else 0
        servers.select(shown[at % len(shown)])

    def action_lower_panel(self) -> None:
        """The timeline instead of the log, or the log again."""
        self.query_one("#middle").toggle_class("-timeline")
        if self.focused is not None and not self.focused.display:
            self.query_one(ServerTable).focus()
        self.call_after_refresh(self.show_in_front)

    def action_other_panel(self) -> None:
        """The cursor from the servers to the log or the timeline, and back."""
        panels = [self.query_one(ServerTable), self.query_one(EventLog), self.query_one(Timeline)]
        shown = [panel for panel in panels if panel.display and panel.size.height]
        place = shown.index(self.focused) if self.focused in shown else 0
        shown[(place + 1) % len(shown)].focus()
