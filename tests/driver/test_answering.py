"""A new driver answers who it is before all that driving takes is loaded."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from drs_tui.clock import SystemClock
from drs_tui.driver.host import Host
from drs_tui.driver.process import Service
from drs_tui.driver.wire import read_line, write_line
from drs_tui.driver.world import open_ground, open_host
from tests.driver.drills import DEADLINE_SECONDS, settings_in


async def test_it_says_who_it_is_first_and_answers_the_rest_when_it_can(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    host: asyncio.Future[Host] = asyncio.get_running_loop().create_future()
    async with asyncio.timeout(DEADLINE_SECONDS), open_ground(settings) as ground:
        service = Service(
            settings, ground, host, tmp_path / "log", clock=SystemClock(), ended=asyncio.Event()
        )
        path = str(tmp_path / "s")
        async with await asyncio.start_unix_server(service.serve, path=path):
            welcome = (await asked(path, "welcome"))["answer"]["welcome"]
            assert welcome["endpoint_url"] == ground.embedded_url
            assert welcome["active_runs"] == []
            assert not service.wanted.is_set()

            standing = asyncio.create_task(asked(path, "standing", run_id="01RUN"))
            await service.wanted.wait()
            assert not standing.done()
            async with open_host(settings, ground, lambda _: None) as opened:
                host.set_result(opened)
                assert await standing == {"answer": None}


async def asked(path: str, question: str, **what: str) -> dict[str, Any]:
    """What is answered over a connection of its own."""
    reader, writer = await asyncio.open_unix_connection(path)
    writer.write(write_line({"ask": question, **what}))
    answer = read_line(await reader.readline())
    writer.close()
    await writer.wait_closed()
    return answer
