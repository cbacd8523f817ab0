"""Whether the account has room for a launch."""

from __future__ import annotations

from collections.abc import Sequence

from drs_tui.model.plan import MAX_SERVERS_PER_WAVE, Wave
from drs_tui.model.readiness import Facts, Finding, Verdict

CONCURRENT_JOBS = 20
SERVERS_IN_ALL_JOBS = 500
"""DRS quotas per account and Region, as documented."""


def check_headroom(waves: Sequence[Wave], facts: Facts) -> list[Finding]:
    """Check the DRS quotas for launching `waves` now, one job each."""
    running = [job for job in facts.jobs if not job.is_ended]
    found = [
        Finding(
            Verdict.BLOCKS,
            "quota",
            wave.name,
            f"{len(wave.servers)} servers, and DRS takes {MAX_SERVERS_PER_WAVE} in one job",
            "split the wave",
        )
        for wave in waves
        if len(wave.servers) > MAX_SERVERS_PER_WAVE
    ]
    jobs_left = CONCURRENT_JOBS - len(running)
    if jobs_left < 1:
        found.append(
            Finding(
                Verdict.BLOCKS,
                "quota",
                "jobs",
                f"{len(running)} jobs are running, and DRS runs {CONCURRENT_JOBS} at once",
                "wait for a job to end",
            )
        )
    busy = sum(len(job.servers) for job in running)
    largest = max((len(wave.servers) for wave in waves), default=0)
    if busy + largest > SERVERS_IN_ALL_JOBS:
        found.append(
            Finding(
                Verdict.BLOCKS,
                "quota",
                "servers in jobs",
                f"{busy} servers are in jobs and {largest} would join them; "
                f"DRS takes {SERVERS_IN_ALL_JOBS}",
                "wait for a job to end",
            )
        )
    if not found:
        found.append(
            Finding(
                Verdict.PASSES,
                "quota",
                "jobs",
                f"{jobs_left} of {CONCURRENT_JOBS} jobs and "
                f"{SERVERS_IN_ALL_JOBS - busy} of {SERVERS_IN_ALL_JOBS} servers in jobs are free",
            )
        )
    return found
