"""What the app asks AWS for itself, of a simulator over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from drs_tui.aws.drs import Drs
from drs_tui.clock import SystemClock
from drs_tui.model.observed import SourceServer
from drs_tui.simulator.server import Simulator, SimulatorSettings
from drs_tui.tui.aws_reads import AwsReads
from tests.tui.sample import settings


class Held:
    """Lists of source servers, which come when they are let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Hold whatever is listed from now on."""
        self.count = 0
        self.begun, self.let_go = asyncio.Event(), asyncio.Event()
        listed = Drs.source_servers

        async def held(drs: Drs, ids: Sequence[str] | None = None) -> list[SourceServer]:
            self.count += 1
            self.begun.set()
            await self.let_go.wait()
            return await listed(drs, ids)

        monkeypatch.setattr(Drs, "source_servers", held)


@pytest.fixture
async def held(monkeypatch: pytest.MonkeyPatch) -> Held:
    return Held(monkeypatch)


@pytest.fixture
async def reads(tmp_path: Path) -> AsyncIterator[AwsReads]:
    """Of a simulator of its own."""

    async def no_embedded() -> str:
        return ""

    async with Simulator(SimulatorSettings(), SystemClock()) as simulator:
        url = simulator.endpoint_url
        made = AwsReads(replace(settings(tmp_path), endpoint_url=url), no_embedded)
        yield made
        await made.close()


async def test_servers_that_several_ask_for_at_once_are_listed_once(
    reads: AwsReads, held: Held
) -> None:
    asked = asyncio.gather(reads.servers(), reads.servers())
    await held.begun.wait()
    # Whoever would list them once more does so before this is answered.
    await reads.caller()
    held.let_go.set()
    first, second = await asked
    assert first.servers == second.servers != ()
    assert held.count == 1

    await reads.servers()
    assert held.count == 2


async def test_one_who_does_not_want_them_any_more_takes_them_from_nobody(
    reads: AwsReads, held: Held
) -> None:
    impatient, patient = (asyncio.create_task(reads.servers()) for _ in range(2))
    await held.begun.wait()
    await reads.caller()
    impatient.cancel()
    held.let_go.set()
    assert (await patient).servers
    assert impatient.cancelled()
    assert held.count == 1
