"""The simulator alone, for any client, until it is told to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from drs_tui.clock import SystemClock
from drs_tui.simulator.server import Simulator, SimulatorSettings


async def serve(settings: SimulatorSettings, speed: float, announce: Callable[[str], None]) -> None:
    """Serve by the wall clock, jobs `speed` times as fast as real ones, until cancelled.

    `announce` is told in words where it listens, and how to try it.

    Raises:
        ValueError: the scenario, the speed or the state file can't be used.
        OSError: the address can't be listened on, or a file not be written.
    """
    async with Simulator(settings, SystemClock(), speed=speed) as simulator:
        announce(
            f"Simulated DRS, scenario {settings.scenario}, at {simulator.endpoint_url} "
            f"({speed:g} times as fast as AWS). Nothing here is real."
        )
        announce(
            "Try: AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any aws drs describe-source-servers "
            f"--region us-east-1 --endpoint-url {simulator.endpoint_url}"
        )
        await asyncio.Event().wait()
