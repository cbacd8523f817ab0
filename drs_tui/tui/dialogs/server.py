"""A source server in full: what is known of it, and how DRS would launch it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from textual import work
from textual.message import Message

from drs_tui.model.machines import LaunchSettings
from drs_tui.tui.dialogs.reading import Reading, as_json
from drs_tui.tui.keys import keys_in_use
from drs_tui.tui.reads import ReadError
from drs_tui.tui.rows.fleet import FleetServer, source_lines
from drs_tui.tui.rows.launch_settings import launch_settings_lines
from drs_tui.tui.text import Line, line


class ServerDetails(Reading):
    """Shows what is known at once, and the launch settings when DRS has said them."""

    class Answered(Message):
        """DRS was asked for the launch settings."""

        def __init__(self, settings: LaunchSettings | None, trouble: str) -> None:
            """Carry them, or why there are none."""
            super().__init__()
            self.settings = settings
            self.trouble = trouble

    def __init__(self, item: FleetServer, ask: Callable[[str], Awaitable[LaunchSettings]]) -> None:
        """Show `item`; `ask` asks DRS for the launch settings of a source server."""
        self._item = item
        self._ask = ask
        self._settings: LaunchSettings | None = None
        super().__init__(item.server.name, self._lines("Asking DRS…"))
        for key in keys_in_use().of("raw"):
            self._bindings.bind(key, "raw", show=False)

    def _lines(self, words: str) -> list[Line]:
        lines = [*source_lines(self._item), (), line(("Launch settings", "work"))]
        if self._settings is None:
            return [*lines, line((f"  {words}", "dim"))]
        return [*lines, *launch_settings_lines(self._settings)]

    def more_keys(self) -> Line:
        """The key of what AWS answered."""
        key = keys_in_use().shown("raw")
        return line((f"   {key} as AWS wrote it", "dim"))

    def on_mount(self) -> None:
        """Ask DRS."""
        self._read()

    @work(name="read launch settings")
    async def _read(self) -> None:
        try:
            settings = await self._ask(self._item.server.id)
        except ReadError as error:
            self.post_message(self.Answered(None, str(error)))
        else:
            self.post_message(self.Answered(settings, ""))

    def on_server_details_answered(self, event: Answered) -> None:
        """Show the launch settings."""
        event.stop()
        self._settings = event.settings
        self.show(self._lines(f"▲ {event.trouble}"))

    def action_raw(self) -> None:
        """Show what AWS answered."""
        server, settings = self._item.server, self._settings
        answers = {"DescribeSourceServers": server.raw}
        if settings is not None:
            answers["GetLaunchConfiguration"] = settings.raw
        self.app.push_screen(as_json(server.id, answers))
