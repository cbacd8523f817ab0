"""The rows of the run screen, as pure functions of a run and a moment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from drs_tui.model.data_loss import is_on_demand, lost_ms
from drs_tui.model.expectation.estimates import NOTHING_EXPECTED, Estimates
from drs_tui.model.expectation.eta import Estimate
from drs_tui.model.expectation.outlook import OVER
from drs_tui.model.launch_checks import bad
from drs_tui.model.outcome import misses_objectives
from drs_tui.model.plan import Mode
from drs_tui.model.state.run import Run
from drs_tui.model.state.servers import ServerState
from drs_tui.model.state.waves import WaveState
from drs_tui.model.status import (
    CleanupStatus,
    Objectives,
    Phase,
    RunStatus,
    ServerResult,
    WaveStatus,
)
from drs_tui.model.times import format_duration, round_duration
from drs_tui.tui import signs
from drs_tui.tui.cells import Column, Row
from drs_tui.tui.keys import offered
from drs_tui.tui.rows.bars import bar, steps
from drs_tui.tui.rows.checks import checks_cell, checks_said, server_sign
from drs_tui.tui.rows.expected import progress_bar, run_left, time_left
from drs_tui.tui.rows.steps import IN_A_STEP, step_note
from drs_tui.tui.text import Line, Span, Tone, cut, line, width_of, wrapped

WAVE_COLUMNS = (
    Column("", 1),
    Column("Wave", 16),
    Column("", 12),
    Column("", 18, from_width=110),
    Column("Servers", 7, right=True),
    Column("State", 11),
    Column("Elapsed", 7, right=True),
    Column("", 10, grow=1),
)

SERVER_COLUMNS = (
    Column("", 1),
    Column("Server", 16, grow=2),
    Column("Wave", 11, grow=1),
    Column("Phase", 20),
    Column("AWS status", 11),
    Column("Elapsed", 7, right=True),
    Column("Progress", 10, from_width=112),
    Column("Instance", 19, from_width=100),
    Column("Source server", 19, from_width=150),
    Column("What DRS said last", 18, grow=2, from_width=120),
)

HELD_BACK = signs.Sign("◇", "held back", "warn")
"""A wave that could be launched and waits for room within DRS's quotas."""

_LAST_STEP = Phase.READY.step


def banner(run: Run, width: int) -> list[Line]:
    """What a real recovery has above its title, so that nobody takes it for a drill."""
    if run.mode is not Mode.RECOVERY:
        return []
    text = f" REAL RECOVERY of {cut(run.plan.name, 24)}: this is not a drill "
    side = max(0, width - len(text)) // 2
    # Not `‼`: some terminals draw it two cells wide, and a line of them would not fit.
    return [(Span(cut("!" * side + text + "!" * (width - side - len(text)), width), "alarm"),)]


def title(run: Run, now: datetime, width: int, expected: Estimates = NOTHING_EXPECTED) -> Line:
    """What it is, how it stands, how long it has taken of what it may take, and takes yet.

    The name gives way when it does not all fit into `width` cells.
    """
    left = run_left(run, now, expected)
    rest = (Span("  "), state(run).span, *elapsed(run, now), *left, *_cleanup(run))
    kind = badge(run.mode)
    name = cut(run.plan.title or run.plan.name or run.run_id, width - width_of((kind, *rest)) - 1)
    return (kind, Span(" "), Span(name, "strong"), *rest)


def badge(mode: Mode) -> Span:
    """Whether this is a drill; a recovery must not look like one."""
    if mode is Mode.RECOVERY:
        return Span(" ‼ REAL RECOVERY ‼ ", "alarm")
    return Span(" DRILL ", "badge")


def state(run: Run) -> signs.Sign:
    """The sign of the run as a whole."""
    if run.stopping and run.outcome is None and run.status is RunStatus.RUNNING:
        return signs.Sign("⊘", "stopping, nothing more launches", "warn")
    return signs.RUN[run.status]


def elapsed(run: Run, now: datetime) -> Line:
    """Time taken, held against the plan's objective."""
    taken = run.elapsed_seconds(now)
    limit = run.plan.rto_seconds
    if limit is None:
        return line(f"  {format_duration(taken)}")
    spent = run.rto_ms / 1000 if run.rto_ms is not None else taken
    tone: Tone = "bad" if spent > limit else "plain"
    over = " ▲ over" if spent > limit else ""
    standing = Objectives.MISSED if misses_objectives(run) else run.objectives
    objective = signs.sign_of(signs.OBJECTIVES, standing.value)
    met = f"  {objective.symbol} {objective.word}" if objective.word else ""
    return line(
        (f"  {format_duration(spent)} of RTO {round_duration(limit)}{over}", tone),
        (met, objective.tone),
    )


def _cleanup(run: Run) -> Line:
    sign = signs.sign_of(signs.CLEANUP, run.cleanup.status.value)
    return line((f"  {sign.symbol} {sign.word}", sign.tone)) if sign.word else ()


def wave_rows(run: Run, now: datetime, expected: Estimates = NOTHING_EXPECTED) -> list[Row]:
    """One row a wave, in plan order."""
    return [_wave_row(run, wave, now, expected.waves.get(wave.name)) for wave in run.waves.values()]


def _wave_row(run: Run, wave: WaveState, now: datetime, expected: Estimate | None) -> Row:
    sign = signs.WAVE[wave.status]
    servers = run.of_wave(wave.name)
    launched = sum(s.result is ServerResult.LAUNCHED for s in servers)
    over = wave.status.is_final
    reached = _LAST_STEP * launched if over else sum(_step(server) for server in servers)
    tone: Tone = sign.tone if over else "work"
    if wave.is_stepping and not over:
        sign = IN_A_STEP
    elif wave.held is not None and not run.paused:
        sign = HELD_BACK
    again = f"attempt {wave.attempt}" if wave.attempt > 1 else ""
    if wave.status is not WaveStatus.IN_PROGRESS:
        expected = None
    left = time_left(expected, now) if expected is not None else None
    told = ", ".join(filter(None, (again, _data_age(run, wave))))
    noted = step_note(run, wave) or left or Span(told, "dim")
    return Row(
        wave.name,
        (
            line((sign.symbol, sign.tone)),
            line((wave.name, "dim" if wave.status is WaveStatus.PENDING else "plain")),
            bar(reached, _LAST_STEP * len(servers), 12, tone)
            if expected is None
            else progress_bar(expected, 12),
            line((" ".join(_signs(servers)), tone)),
            line(f"{launched} of {len(servers)}"),
            line((sign.word, sign.tone)),
            line(wave_elapsed(wave, now)),
            line(("timed out", "bad") if wave.timed_out else noted),
        ),
    )


def _data_age(run: Run, wave: WaveState) -> str:
    """About how old the data was that a wave was launched from; nothing of snapshots on demand."""
    servers = [s for s in run.of_wave(wave.name) if s.intended_at and not is_on_demand(run, s)]
    lost = [ms for server in servers if (ms := lost_ms(run, server)) is not None]
    return f"data {format_duration(max(lost) / 1000).split()[0]} old" if lost else ""


def _signs(servers: Iterable[ServerState]) -> Iterator[str]:
    return (signs.PHASE[server.shown_phase].symbol for server in servers)


def wave_elapsed(wave: WaveState, now: datetime) -> str:
    """How long a wave has taken since its first launch, or been held back before; else nothing."""
    since = wave.started_at or (wave.held.since if wave.held is not None else None)
    if since is None:
        return ""
    end = wave.finished_at or now
    return format_duration((end - since).total_seconds())


def server_rows(run: Run, now: datetime, expected: Estimates = NOTHING_EXPECTED) -> list[Row]:
    """One row a server, in plan order."""
    return [
        _server_row(run, server, wave, now, expected.servers.get(server.id))
        for wave in run.waves.values()
        for server in run.of_wave(wave.name)
    ]


def _server_row(
    run: Run, server: ServerState, wave: WaveState, now: datetime, expected: Estimate | None
) -> Row:
    phase = server.shown_phase
    if server.result is not ServerResult.OPEN or phase in OVER:
        expected = None
    sign = server_sign(run, server)
    idle = phase is Phase.PENDING
    optional = Span("" if server.is_critical else " (opt)", "dim")
    status_tone: Tone = "dim" if server.result is ServerResult.OPEN else signs.PHASE[phase].tone
    instance = server.instance_id + (" gone" if server.instance_state == "gone" else "")
    said: tuple[str, Tone] = (server.error, "bad") if server.error else (server.last_log, "dim")
    said = checks_said(server) or said
    return Row(
        server.id,
        (
            line((sign.symbol, sign.tone)),
            line((server.name, "dim" if idle else "plain"), optional),
            line((server.wave, "dim")),
            checks_cell(run, server) or _phase_cell(server, sign, expected, now),
            line((server.launch_status or ("" if idle else "not said"), status_tone)),
            line(server_elapsed(server, wave, now)),
            progress_bar(expected, 10) if expected is not None else (),
            line(instance),
            line((server.id, "dim")),
            line(said),
        ),
    )


def _phase_cell(
    server: ServerState, sign: signs.Sign, expected: Estimate | None, now: datetime
) -> Line:
    if expected is not None and not server.previous_snapshot:
        return line((f"{sign.word}  ", sign.tone), time_left(expected, now, short=True))
    match server.shown_phase:
        case Phase.PENDING:
            return line(("·", "dim"))
        case Phase.FAILED:
            return line((failed_words(server), "bad"))
        case Phase.NOT_LAUNCHED:
            return line(("not launched", "bad"))
        case _:
            bar_cells = steps(_step(server), _LAST_STEP, sign.tone)
            older = Span(" older data" if server.previous_snapshot else "", "warn")
            return (*bar_cells, *line(" ", (sign.word, sign.tone), older))


def _step(server: ServerState) -> int:
    return server.shown_phase.step


def failed_in(server: ServerState) -> str:
    """The last phase a failed server was in; empty when its job log named none."""
    before = [phase for phase, _ in server.phases if phase is not Phase.FAILED]
    return before[-1].value if before else ""


def failed_words(server: ServerState) -> str:
    """How a server failed: in which phase, or with an instance that runs and bills all the same.

    A failed mandatory post-launch action makes a launch FAILED after the fact (DRS user guide).
    """
    phase = failed_in(server)
    if server.instance_id or phase == Phase.READY.value:
        return "failed after launch"
    return f"failed in {phase}" if phase else "failed"


def server_elapsed(server: ServerState, wave: WaveState, now: datetime) -> str:
    """How long a server took, or has taken, from its launch to its end."""
    start = server.phases[0][1] if server.phases else wave.launched_at if server.job_id else None
    if start is None:
        return ""
    end = server_end(server, wave) or now
    return format_duration((end - start).total_seconds())


def server_end(server: ServerState, wave: WaveState) -> datetime | None:
    """When nothing more happened to a server; None while something may."""
    ended = server.began(Phase.READY) or server.began(Phase.FAILED)
    if ended is None and server.result is not ServerResult.OPEN:
        ended = server.began(Phase.NOT_LAUNCHED) or wave.finished_at
    return ended or (wave.finished_at if server.job_ended else None)


def failed_servers(run: Run) -> list[ServerState]:
    """The servers that did not come up, or of which AWS or a check reported something bad."""
    of_waves = (server for name in run.waves for server in run.of_wave(name))
    return [s for s in of_waves if s.result.is_failure or s.error or bad(s.checks)]


def error_lines(
    run: Run, selected: str | None, width: int, rows: int, *, is_replay: bool = False
) -> list[Line]:
    """What failed, in AWS's words: of the selected server, else of the first that failed.

    At most `rows` lines of `width` cells; how to read all of it is never cut. In a replay, the key
    that goes there goes on in time.
    """
    failed = failed_servers(run)
    place = next((n for n, server in enumerate(failed) if server.id == selected), 0)
    if not failed:
        return []
    server = failed[place]
    where = f" {failed_words(server)}" if server.result is ServerResult.FAILED else ""
    if where and server.instance_id:
        where += f", {server.instance_id} may run and bill"
    where = where or f" {server.result.value}" * server.result.is_failure
    unverified = checks_said(server)
    where = where or " not verified" * (unverified is not None)
    is_selected = server.id == selected
    other = "next" if is_selected else "go there"
    told = [
        f"{place + 1} of {len(failed)}" if len(failed) > 1 else "",
        offered("details", "in full") if is_selected else "",
        offered("failed_server", other) if len(failed) > is_selected and not is_replay else "",
    ]
    hint = f"  ({', '.join(filter(None, told))})" if any(told) else ""
    head = line(("✗ ", "bad"), (f"{cut(server.name, 30)}{where}", "strong"))
    said = unverified[0] if unverified else server.error or server.last_log or "AWS gave no reason"
    if rows == 1:
        room = width - width_of(head) - 2 - len(hint)
        return [(*head, *line(f": {cut(said, room)}", (hint, "dim")))]
    words = wrapped(said, width)
    if len(words) >= rows:
        words = [*words[: rows - 2], cut(f"{words[rows - 2]} …{words[rows - 1]}", width)]
    return [(*head, Span(hint, "dim")), *(line(part) for part in words)]


def instances_left(run: Run) -> list[str]:
    """The recovery instances of the run that are not known to be gone."""
    return [instance.id for instance in run.instances.values() if not instance.gone]


def can_clean_up(run: Run) -> bool:
    """Whether something the drill launched is known to be left, and nobody is terminating it."""
    left = run.cleanup.status in (CleanupStatus.DUE, CleanupStatus.FAILED)
    return run.outcome is not None and left and not run.imports
