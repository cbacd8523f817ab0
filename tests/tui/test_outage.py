"""A watched drill whose table goes out of reach, over real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from drs_tui.audit.opening import open_store
from drs_tui.audit.store import RunStore
from drs_tui.audit.verify import verify_run
from drs_tui.clock import SystemClock
from drs_tui.driver.host import Host
from drs_tui.driver.orders import Standing
from drs_tui.model.run import fold
from drs_tui.model.status import RunStatus, WaveStatus
from drs_tui.tui.sources.live import LiveSource
from tests.audit.dynamodb_server import dynamodb_server
from tests.driver.drills import calls, plan_path, settings_in, started
from tests.driver.tenacity import Gateway, until


@pytest.fixture
def server() -> Iterator[int]:
    """The port of a DynamoDB server."""
    with dynamodb_server() as endpoint:
        port = urlsplit(endpoint).port
        assert port
        yield port


class Beside:
    """A driver's answers without the socket in between."""

    def __init__(self, host: Host) -> None:
        self._host = host

    async def standing(self, run_id: str) -> Standing | None:
        return self._host.standing(run_id)


@pytest.mark.parametrize("mode", ["refuse", "stall"])
async def test_a_drill_that_goes_on_detached_is_watched_to_its_end_and_then_in_the_table(
    tmp_path: Path, server: int, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Gateway(server) as gateway:
        address = f"dynamodb:drs-tui?region=us-east-1&endpoint=http://127.0.0.1:{gateway.port}"
        settings = settings_in(tmp_path, store=address, lease_term_seconds=3)
        async with started(settings, plan_path("three-tier")) as drill:
            host, run_id, own = drill.world.host, drill.run_id, await open_store(address)

            async def opened() -> RunStore:
                return own

            source = LiveSource(run_id, opened, Beside(host), SystemClock())
            heard: list[int] = []
            following = asyncio.create_task(source.follow(lambda: heard.append(source.count)))
            await until(
                lambda: (
                    source.run is not None
                    and source.run.waves["database"].status is WaveStatus.IN_PROGRESS
                )
            )
            monkeypatch.setattr("drs_tui.audit.dynamodb_table.CALL_SECONDS", 0.5)
            monkeypatch.setattr("drs_tui.audit.dynamodb_table.MOST_ATTEMPTS", 2)
            gateway.mode = mode
            await until(lambda: source.away is not None)
            assert source.away is not None
            assert not source.away.is_detached
            await host.detach(run_id, "ana", "the table is gone")
            await until(lambda: source.away is not None and source.away.is_detached)
            await until(lambda: source.run is not None and source.run.outcome is not None)
            assert source.beat().is_driven
            assert len(calls(tmp_path, "StartRecovery")) == 3

            monkeypatch.undo()
            gateway.mode = "through"
            run = await drill.ended()
            await until(lambda: source.away is None and source.count == run.seq)
            await until(lambda: not source.beat().is_driven)
            following.cancel()
            stored = [event async for event in own.events(run_id)]
            verdict = await verify_run(own, run_id)
            await own.close()
    assert run.outcome is RunStatus.SUCCEEDED
    assert verdict.ok
    assert list(source.events) == stored
    assert source.run == fold(stored)
    assert heard == sorted(heard)
    assert not source.has_parted
