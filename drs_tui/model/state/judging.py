"""How a wave and a run ended: from launch statuses, checks and steps, never from a job's end."""

from __future__ import annotations

from drs_tui.model.state.run import Run
from drs_tui.model.status import RunStatus, WaveStatus
from drs_tui.model.verification import is_up, is_whole_up


def judge_wave(run: Run, name: str) -> WaveStatus:
    """The outcome of a wave from its servers' launch statuses and checks: never from the job's.

    A wave of optional servers only is judged by those: nothing launched is never a success. Neither
    is a drill that runs where the plan has none.
    """
    servers = run.of_wave(name)
    counted = [s for s in servers if s.is_critical] or list(servers)
    wave = run.waves[name]
    up = sum(is_up(run, server) for server in counted)
    if up and up == len(counted) and is_whole_up(run, wave) and not wave.is_outside:
        return WaveStatus.SUCCEEDED
    return WaveStatus.PARTIAL if up else WaveStatus.FAILED


def judge_run(run: Run) -> RunStatus:
    """The outcome of a run whose waves have all ended; a failed step is no success either."""
    if run.cancelled:
        return RunStatus.CANCELLED
    statuses = [wave.status for wave in run.waves.values()]
    if statuses and all(status is WaveStatus.SUCCEEDED for status in statuses):
        return RunStatus.PARTIAL if run.failed_steps() else RunStatus.SUCCEEDED
    if any(status in (WaveStatus.SUCCEEDED, WaveStatus.PARTIAL) for status in statuses):
        return RunStatus.PARTIAL
    return RunStatus.FAILED
