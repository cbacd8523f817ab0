"""The log follows the newest event until somebody scrolls up."""

from __future__ import annotations

from textual.app import App, ComposeResult

from drs_tui.tui.widgets.event_log import EventLog
from tests.tui.sample import seal_all, succeeding

EVENTS = seal_all(succeeding().drafts)


class Host(App[None]):
    CSS = "EventLog { border-top: solid $border; }"

    def compose(self) -> ComposeResult:
        yield EventLog()


def last_line(log: EventLog) -> str:
    return log.render_line(log.size.height - 1).text


async def test_new_events_are_followed() -> None:
    async with Host().run_test(size=(80, 10)) as pilot:
        log = pilot.app.query_one(EventLog)
        log.show(EVENTS, 40, {})
        log.show(EVENTS, len(EVENTS), {})
        assert "the run succeeded" in last_line(log)


async def test_who_scrolled_up_stays_there_and_is_told_what_came() -> None:
    async with Host().run_test(size=(80, 10)) as pilot:
        log = pilot.app.query_one(EventLog)
        log.show(EVENTS, 40, {})
        log.move_cursor("top")
        before = last_line(log)
        log.show(EVENTS, len(EVENTS), {})
        assert last_line(log) == before
        assert log.border_title == f"Events, {len(EVENTS) - log.size.height} newer below"
        log.move_cursor("bottom")
        assert "the run succeeded" in last_line(log)


async def test_events_lay_nothing_out_anew() -> None:
    async with Host().run_test(size=(80, 10)) as pilot:
        log = pilot.app.query_one(EventLog)
        log.show(EVENTS, 40, {})
        await pilot.pause()
        size = log.virtual_size
        log.show(EVENTS, len(EVENTS), {})
        assert log.virtual_size == size


async def test_going_back_in_a_replay_goes_back_in_the_log() -> None:
    async with Host().run_test(size=(80, 10)) as pilot:
        log = pilot.app.query_one(EventLog)
        log.show(EVENTS, len(EVENTS), {})
        log.show(EVENTS, 1, {})
        assert "started this drill" in log.render_line(0).text


async def test_the_newest_stays_in_sight_when_the_log_gets_smaller() -> None:
    async with Host().run_test(size=(80, 30)) as pilot:
        log = pilot.app.query_one(EventLog)
        log.show(EVENTS, len(EVENTS), {})
        await pilot.resize_terminal(80, 10)
        await pilot.pause()
        painted = pilot.app.export_screenshot(simplify=True)
        assert "the&#160;run&#160;succeeded" in painted
