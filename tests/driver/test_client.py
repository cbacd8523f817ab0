"""What the app hears when its driver does not do as it was asked."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from drs_tui.driver import client
from drs_tui.driver.client import DriverClient
from drs_tui.driver.orders import DriverUnreachable, Welcome
from drs_tui.driver.places import places_of
from drs_tui.driver.wire import read_line, settings_to_text, write_line
from tests.driver.drills import settings_in


async def test_an_older_driver_that_does_not_give_way_is_said_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_in(tmp_path)
    welcome = Welcome(1, "0.0.1", settings.store, "driver.log", datetime.now(UTC), 100)
    answers = {
        "welcome": {"settings": settings_to_text(settings), "welcome": welcome.to_data()},
        "stop": None,
    }

    async def stay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(write_line({"answer": answers[read_line(line)["ask"]]}))
        writer.close()

    server = await asyncio.start_unix_server(stay, path=str(places_of(settings).socket))
    monkeypatch.setattr(client, "START_SECONDS", 0.05)
    async with server:
        with pytest.raises(DriverUnreachable, match="asked to give way, and has not ended"):
            await DriverClient(settings).welcome()
