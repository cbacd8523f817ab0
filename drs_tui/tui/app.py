"""The application: its modes, what opens what, and how it ends."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from textual import work
from textual.app import SystemCommand
from textual.binding import Binding
from textual.message import Message
from textual.notifications import SeverityLevel
from textual.screen import Screen

from drs_tui.audit.store import RunStore
from drs_tui.clock import Clock, SystemClock
from drs_tui.config import Settings
from drs_tui.driver.orders import Driver
from drs_tui.signals import BY_SIGNAL
from drs_tui.tui.actions import Where, bindings, find
from drs_tui.tui.ascii import speaks_utf8
from drs_tui.tui.aws_reads import AwsReads
from drs_tui.tui.calls import osc9
from drs_tui.tui.dialogs.too_small import TooSmall, has_room
from drs_tui.tui.keys import Keys, keys_in_use, use
from drs_tui.tui.later import DIALOG_STYLES, RUN_STYLES, import_the_rest
from drs_tui.tui.reads import Reads
from drs_tui.tui.renewing import Renewing
from drs_tui.tui.screens.base import DrsScreen, OpenReplay, OpenRun
from drs_tui.tui.session import Session
from drs_tui.tui.surroundings import embedded_url, find_caller, find_surroundings
from drs_tui.tui.terminal import AsciiDriver, TerminalDriver
from drs_tui.tui.text import cut
from drs_tui.tui.themes import NIGHT, has_no_colour, theme_for

if TYPE_CHECKING:
    from drs_tui.replay.playing import Replay
    from drs_tui.tui.active import ActiveRun
    from drs_tui.tui.screens.run import RunScreen
    from drs_tui.tui.sources.live import LiveSource

ANSWERED_SOON_SECONDS = 0.25
"""How long AWS, or a driver that starts, is waited for before plans are read."""

NOTIFIED_CELLS, TITLE_CELLS = 400, 60
"""The most that is said in passing: more would cover what it is about."""

MODES = {
    "plans": ("drs_tui.tui.screens.plans", "PlansScreen"),
    "runs": ("drs_tui.tui.screens.runs", "RunsScreen"),
    "servers": ("drs_tui.tui.screens.servers", "ServersScreen"),
    "instances": ("drs_tui.tui.screens.instances", "InstancesScreen"),
}
"""The lists, by the modes in which they are at the bottom: module and class."""


class DrsTui(Renewing):
    """Plans, runs and servers; a run or a replay on a screen of its own."""

    TITLE = "drs-tui"
    CSS_PATH = "styles/screens.tcss"
    BINDINGS = [
        *bindings(Where.APP),
        # Whatever is in front, and whatever key the user quits with.
        Binding("ctrl+q", "app.quit", show=False, priority=True),
    ]
    ENABLE_COMMAND_PALETTE = True

    class Signalled(Message):
        """A signal came that ends the app."""

        def __init__(self, number: int) -> None:
            """Carry the signal's number."""
            super().__init__()
            self.number = number

    class RunsMoved(Message):
        """The runs under way were looked at."""

        def __init__(self, runs: tuple[ActiveRun, ...], calls: Sequence[str]) -> None:
            """Carry them, and in words what somebody is to be called for."""
            super().__init__()
            self.runs = runs
            self.calls = calls

    def __init__(
        self,
        settings: Settings,
        open_store: Callable[[], Awaitable[RunStore]],
        driver: Driver,
        clock: Clock | None = None,
        *,
        open_run: str | None = None,
        replay: Replay | None = None,
        reads: Reads | None = None,
    ) -> None:
        """Open nothing yet; `clock` is real time.

        `open_run` is shown first, or `replay`, which needs neither store nor driver.
        """
        if open_run is None and replay is None:
            # Otherwise Textual begins with a screen of its own, lays it out and paints it.
            self.DEFAULT_MODE = "plans"  # type: ignore[misc]
        ascii_only = settings.ascii_only
        if ascii_only is None:
            ascii_only = not speaks_utf8(os.environ)
        super().__init__(
            AsciiDriver if ascii_only else TerminalDriver,
            # Without colours a theme of shades would tell states by shades.
            ansi_color=True if has_no_colour(os.environ) else None,
        )
        use(Keys(settings.keys, read_only=settings.read_only))
        self._bindings = keys_in_use().bound(self._bindings)
        self.animation_level = "none"
        self.register_theme(NIGHT)
        self.theme = theme_for(settings.theme, os.environ)
        self.session = Session(
            settings=settings,
            driver=driver,
            reads=reads or AwsReads(settings, lambda: embedded_url(self.session)),
            clock=clock or SystemClock(),
            open_store=open_store,
        )
        self._open_run = open_run
        self._replay = replay
        self._runs: dict[str, RunScreen] = {}
        """The screens of the runs that were opened, by run id."""
        for mode in MODES:
            self.add_mode(mode, partial(self._new_screen, mode))

    def _new_screen(self, mode: str) -> DrsScreen:
        module, name = MODES[mode]
        screen: DrsScreen = getattr(import_module(module), name)(self.session)
        # Its parts are styled when they are mounted: Textual would read all styles anew for it,
        # twice, which takes longer than to draw it.
        screen._css_update_count = self._css_update_count  # noqa: SLF001
        return screen

    async def on_mount(self) -> None:
        """Show the first screen, then find out what the surroundings are."""
        self.app_resume_signal.subscribe(self, lambda _: self.refresh(layout=True))
        if self._replay is not None:
            await self._show_replay(self._replay)
        elif self._open_run is not None:
            await self._show_run(self._open_run)
        else:
            await self.switch_mode("plans")
        self._cover_if_too_small()
        if self._replay is None:
            self._look_around()
        else:
            self.session.plans_wanted.set()

    async def on_unmount(self) -> None:
        """Let go of store, driver and connections; what they do goes on without the app."""
        await self.session.close()

    # What the surroundings are ------------------------------------------------------------------

    @work(name="look around")
    async def _look_around(self) -> None:
        """One thing after the other, what is missed most first: each would slow the others."""
        if self._open_run is None:
            await self.session.plans_seen.wait()
        async with asyncio.TaskGroup() as group:
            asking = group.create_task(
                find_surroundings(self.session, self._show_again), name="find surroundings"
            )
            await self.session.reads.prepare()
            await asyncio.wait([asking], timeout=ANSWERED_SOON_SECONDS)
            self.session.plans_wanted.set()
            await asyncio.to_thread(import_the_rest)
            self.stylesheet.read_all([RUN_STYLES, DIALOG_STYLES])
            self._follow_runs()

    def look_for_caller(self) -> None:
        """Find out anew who calls, and until when."""
        self.session.surroundings = replace(self.session.surroundings, trouble="")
        finding = find_caller(self.session, self._show_again)
        self.run_worker(finding, name="look for the caller")

    def _show_again(self) -> None:
        # While the app ends there may be no screen any more.
        screen = self.screen_stack[-1] if self.screen_stack else None
        if isinstance(screen, DrsScreen):
            # By way of its own queue: it may not have its parts yet.
            screen.call_later(screen.show_in_front)

    # Screens ------------------------------------------------------------------------------------

    async def on_open_run(self, event: OpenRun) -> None:
        """Show a run on top of the list of runs."""
        from drs_tui.tui.screens.preflight import PreflightScreen

        if isinstance(self.screen, PreflightScreen):
            await self.pop_screen()
        await self._show_run(event.run_id)

    async def on_open_replay(self, event: OpenReplay) -> None:
        """Show a replay on top of the list of runs."""
        await self._show_replay(event.replay)

    async def _show_run(self, run_id: str) -> None:
        from drs_tui.tui.screens.run import RunScreen
        from drs_tui.tui.sources.live import LiveSource

        if run_id not in self._runs:
            session = self.session
            source = LiveSource(run_id, session.store, session.driver, session.clock)
            self._runs[run_id] = RunScreen(self.session, source)
            # Installed, so that it keeps its place while another run is in front.
            self.install_screen(self._runs[run_id], run_id)
        await self._show_on_runs(self._runs[run_id])

    async def _show_replay(self, replay: Replay) -> None:
        from drs_tui.tui.screens.run import RunScreen
        from drs_tui.tui.sources.replayed import ReplaySource

        source = ReplaySource(replay, self.session.clock)
        await self._show_on_runs(RunScreen(self.session, source))

    async def _show_on_runs(self, screen: RunScreen) -> None:
        await self.switch_mode("runs")
        while len(self.screen_stack) > 1:
            await self.pop_screen()
        await self.push_screen(screen)
        self._cover_if_too_small()

    def on_resize(self) -> None:
        """Cover the screens while they have no room; they keep whatever is open and typed."""
        # Later: Textual's own handler, which comes after this one, takes note of the size.
        self.call_later(self._cover_if_too_small)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether an action of the app can be taken: few can while nothing can be seen."""
        is_covered = bool(self.screen_stack) and isinstance(self.screen, TooSmall)
        if is_covered and find(action, parameters) is not None:
            return action in TooSmall.ACTIONS
        return super().check_action(action, parameters)

    def _cover_if_too_small(self) -> None:
        if self.screen_stack and not has_room(self.size) and not isinstance(self.screen, TooSmall):
            self.push_screen(TooSmall())

    # Several runs at once -----------------------------------------------------------------------

    @work(name="follow the runs under way")
    async def _follow_runs(self) -> None:
        from drs_tui.tui.active import ActiveRuns

        active = ActiveRuns(self.session, self._sources)

        def moved(calls: Sequence[str]) -> None:
            self.post_message(self.RunsMoved(active.runs, calls))

        await active.follow(moved)

    def _sources(self) -> list[LiveSource]:
        from drs_tui.tui.sources.live import LiveSource

        sources = [screen.source for screen in self._runs.values()]
        return [source for source in sources if isinstance(source, LiveSource)]

    async def on_drs_tui_runs_moved(self, event: RunsMoved) -> None:
        """Show the runs in the strip, and call for somebody if one wants it."""
        if event.runs != self.session.active:
            self.session.active = event.runs
            self._show_again()
        for words in event.calls:
            self._call(words)
        await self._close_ended(run.run_id for run in event.runs)

    def _call(self, words: str) -> None:
        how = self.session.settings.notify
        if how in ("both", "bell"):
            self.bell()
        if how in ("both", "osc9") and self._driver is not None:
            self._driver.write(osc9(words, os.environ))

    async def _close_ended(self, active: Iterable[str]) -> None:
        """Let go of the screens that nobody looks at, of runs that have ended."""
        shown = {screen for stack in self._screen_stacks.values() for screen in stack}
        for run_id in self._runs.keys() - set(active):
            screen = self._runs[run_id]
            if screen not in shown:
                del self._runs[run_id]
                self.uninstall_screen(screen)
                await screen.remove()

    async def action_next_run(self) -> None:
        """Show the next run under way; from elsewhere the first that wants something."""
        runs = self.session.active
        ids = [run.run_id for run in runs]
        if not ids:
            self.notify("No run is under way.")
            return
        shown = self.screen.run_id if isinstance(self.screen, DrsScreen) else None
        if shown in ids:
            following = ids[(ids.index(shown) + 1) % len(ids)]
        else:
            following = next((run.run_id for run in runs if run.wants), ids[0])
        if following != shown:
            await self._show_run(following)

    async def action_mode(self, mode: str) -> None:
        """Show a list; on its own screens its key goes back to the list itself."""
        if self.current_mode == mode:
            while len(self.screen_stack) > 1:
                await self.pop_screen()
        else:
            await self.switch_mode(mode)

    # Help and palette ---------------------------------------------------------------------------

    def action_help(self) -> None:
        """The keys of this view."""
        from drs_tui.tui.dialogs.reading import Reading, help_lines

        screen = self.screen
        places = screen.PLACES if isinstance(screen, DrsScreen) else (Where.APP,)
        body = help_lines(places)
        self.push_screen(Reading("Keys", body))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Every action that makes sense now, and the themes."""
        for active in screen.active_bindings.values():
            action = active.binding.action
            known = find(action, ())
            if known is not None and active.enabled and known.name != "command_palette":
                yield SystemCommand(
                    f"{known.title} ({keys_in_use().shown(known.call)})",
                    known.help,
                    lambda action=action: self._run_from_palette(screen, action),
                )
        yield SystemCommand("Theme", "Choose other colours", self.action_change_theme)

    def _run_from_palette(self, screen: Screen[object], action: str) -> None:
        self.call_later(screen.run_action, action)

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = False,  # noqa: ARG002
    ) -> None:
        """Say something in passing; what is said is data, and cut where it is too long to show."""
        words, title = cut(message, NOTIFIED_CELLS), cut(title, TITLE_CELLS)
        super().notify(words, title=title, severity=severity, timeout=timeout, markup=False)

    # Small things -------------------------------------------------------------------------------

    def action_picture(self) -> None:
        """Save the screen as an SVG file in the current folder."""
        stamp = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
        path = Path.cwd() / f"drs-tui-{stamp}.svg"
        try:
            path.write_text(self.export_screenshot(title="drs-tui"), encoding="utf-8")
        except OSError as error:
            self.notify(f"{path}: {error.strerror}", severity="error", markup=False)
        else:
            self.notify(str(path), title="Picture saved", markup=False)

    # Quitting -----------------------------------------------------------------------------------

    def action_help_quit(self) -> None:
        """Say how to leave: ctrl+c interrupts too much elsewhere to do so here."""
        self.notify("ctrl+q leaves; drills under way go on.", title="Quit?")

    async def action_quit(self) -> None:
        """Leave; ask first while this user's driver drives something, and only once."""
        from drs_tui.tui.dialogs.quitting import QuitDialog

        if isinstance(self.screen, QuitDialog) or self.session.welcome is None:
            self.exit(0)
            return
        self._ask_and_quit()

    @work(name="quit", exclusive=True, group="quit")
    async def _ask_and_quit(self) -> None:
        from drs_tui.tui.dialogs.quitting import ask_and_quit

        await ask_and_quit(self, self.session)

    def on_drs_tui_signalled(self, event: Signalled) -> None:
        """Leave without asking."""
        self.exit(return_code=BY_SIGNAL + event.number)

    # Crashing -----------------------------------------------------------------------------------

    def _fatal_error(self) -> None:
        """Leave with a traceback that shows no variables: one could hold a credential."""
        from rich.segment import Segments
        from rich.traceback import Traceback

        self.bell()
        traceback = Traceback(show_locals=False, width=None)
        self._exit_renderables.append(
            Segments(self.console.render(traceback, self.console.options))
        )
        self._close_messages_no_wait()
