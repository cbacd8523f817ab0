"""Asking simulated machines over a network that is simulated too."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from random import Random
from urllib.parse import urlencode

from drs_tui.engine.probing import Found, failed, passed
from drs_tui.model.launch_checks import HttpCheck
from drs_tui.simulator.account import Account
from drs_tui.simulator.probes import answer
from tests.simulation.loop import VirtualClock
from tests.simulation.plans import REGION


class SimulatedProber:
    """Asks the account itself."""

    def __init__(self, account: Account, clock: VirtualClock, random: Random) -> None:
        self._account = account
        self._clock = clock
        self._random = random

    async def tcp(self, address: str, port: int) -> Found:
        await asyncio.sleep(self._random.uniform(0.005, 2.0))
        query = urlencode({"region": REGION, "address": address, "about": str(port)})
        said = json.loads(answer(self._account, query, self._clock.now()).body)
        return passed(said["words"]) if said["answers"] else failed(said["words"])

    async def http(self, address: str, check: HttpCheck) -> Found:
        return await self.tcp(address, check.port)

    async def command(
        self, argv: Sequence[str], environment: Mapping[str, str], _folder: str
    ) -> Found:
        return await self.tcp(environment["DRS_TUI_ADDRESS"], 0)
