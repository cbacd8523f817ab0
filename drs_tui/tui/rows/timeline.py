"""The timeline: for each server, which phase it was in when, as a bar of characters."""

from __future__ import annotations

from datetime import datetime, timedelta

from drs_tui.model.state.run import Run
from drs_tui.model.state.servers import ServerState
from drs_tui.model.state.waves import WaveState
from drs_tui.model.status import Phase, ServerResult
from drs_tui.model.times import format_duration
from drs_tui.tui.cells import Column, Row
from drs_tui.tui.rows.run import server_end
from drs_tui.tui.text import Line, Span, Tone, line

NAME_WIDTH = 18

COLUMNS = (Column("", NAME_WIDTH), Column("", 20, grow=1))

_MARKS: dict[Phase, tuple[str, Tone]] = {
    Phase.QUEUED: ("·", "dim"),
    Phase.CLEANUP: ("┄", "dim"),
    Phase.SNAPSHOT: ("░", "work"),
    Phase.CONVERSION: ("▒", "work"),
    Phase.LAUNCH: ("▓", "work"),
    Phase.POST_LAUNCH: ("▚", "work"),
    Phase.READY: ("━", "good"),
    Phase.FAILED: ("✗", "bad"),
    Phase.NOT_LAUNCHED: ("✗", "bad"),
}

_FAILED = (Phase.FAILED, Phase.NOT_LAUNCHED)

LEGEND = "· queued  ░ snapshot  ▒ conversion  ▓ launch  ━ ready  ✗ failed"


def timeline_rows(run: Run, now: datetime, width: int) -> list[Row]:
    """A scale, then a row a wave with its servers below it, in a table of `width` cells."""
    start = run.created_at
    cells = max(10, width - NAME_WIDTH - 2)
    if start is None:
        return []
    end = max(run.finished_at or now, start + timedelta(minutes=1))
    scale = _Scale(start, end, cells)
    rows = [Row("", (line(("", "dim")), scale.ruler()))]
    for wave in run.waves.values():
        rows.append(Row(f"wave {wave.name}", (line((wave.name, "strong")), _wave_bar(wave, scale))))
        rows += [
            Row(s.id, (line(f"  {s.name}"), _server_bar(s, wave, scale)))
            for s in run.of_wave(wave.name)
        ]
    return rows


class _Scale:
    """From moments to cells."""

    def __init__(self, start: datetime, end: datetime, cells: int) -> None:
        self.start = start
        self.end = end
        self.cells = cells
        self._seconds = (end - start).total_seconds()

    def cell(self, moment: datetime) -> int:
        share = (moment - self.start).total_seconds() / self._seconds
        return min(self.cells, max(0, int(share * self.cells)))

    def ruler(self) -> Line:
        """Marks at round durations since the start."""
        step = next((s for s in _ROUND if self._seconds / s * 8 <= self.cells), _ROUND[-1])
        text = ""
        for seconds in range(0, int(self._seconds) + 1, step):
            at = int(seconds / self._seconds * self.cells)
            label = "0" if not seconds else format_duration(seconds).replace(" 00s", "")
            if at >= len(text) and at + len(label) + 1 <= self.cells:
                text = text.ljust(at) + f"╷{label} "
        return line((text, "dim"))


_ROUND = (15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400)


def _wave_bar(wave: WaveState, scale: _Scale) -> Line:
    if wave.started_at is None:
        return ()
    first = scale.cell(wave.started_at)
    last = max(first + 1, scale.cell(wave.finished_at or scale.end))
    inner = "─" * max(0, last - first - 2)
    drawn = f"├{inner}┤" if wave.finished_at and last - first > 1 else f"├{inner}─"
    return line(" " * first, (drawn[: last - first], "dim"))


def _server_bar(server: ServerState, wave: WaveState, scale: _Scale) -> Line:
    marks = list(server.phases)
    if not marks or wave.launched_at is None:
        return ()
    if wave.launched_at < marks[0][1]:
        marks.insert(0, (Phase.QUEUED, wave.launched_at))
    ended = server_end(server, wave)
    if ended and server.result.is_failure and marks[-1][0] not in _FAILED:
        marks.append((Phase.FAILED, ended))
    spans: list[Span] = [Span(" " * scale.cell(marks[0][1]))]
    at = scale.cell(marks[0][1])
    for index, (phase, _) in enumerate(marks):
        mark, tone = _MARKS.get(phase, ("?", "warn"))
        over = phase in _FAILED
        until = marks[index + 1][1] if index + 1 < len(marks) else _until(server, wave, scale)
        # A phase too short for a cell is left out, but an end is always shown.
        cells = 1 if over else scale.cell(until) - at
        if cells > 0:
            spans.append(Span(mark * cells, tone))
            at += cells
    return tuple(spans)


def _until(server: ServerState, wave: WaveState, scale: _Scale) -> datetime:
    if server.result is ServerResult.LAUNCHED:
        return wave.finished_at or scale.end
    return server_end(server, wave) or scale.end
