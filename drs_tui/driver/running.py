"""The background driver if one runs: asked, never started."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from drs_tui.config import Settings
from drs_tui.driver.orders import DriverUnreachable, NoDriver, Welcome
from drs_tui.driver.places import places_of
from drs_tui.driver.wire import (
    LONGEST_LINE,
    error_from_data,
    read_line,
    welcome_from_data,
    write_line,
)

ANSWER_SECONDS = 10.0
"""How long an answer may take, in real time, unless it is known to wait for a network."""


async def running_driver(settings: Settings) -> Welcome | None:
    """What the driver of this user and store says of itself; None when none runs.

    Raises:
        DriverUnreachable: it runs, and does not answer as a driver does.
    """
    try:
        answer = await ask_running(settings, {"ask": "welcome"})
    except NoDriver:
        return None
    return welcome_from_data(answer["welcome"])


async def ask_running(
    settings: Settings,
    question: Mapping[str, object],
    seconds: float = ANSWER_SECONDS,
    *,
    holder: str = "",
) -> Any:
    """The answer of the driver of this user and store, on a connection of its own.

    That is the background driver, unless the `holder` of a run's lease is another process here.

    Raises:
        NoDriver: none runs.
        DriverUnreachable: it runs, and does not answer as a driver does.
        DriverError: what it says to the question.
    """
    places = places_of(settings)
    try:
        async with asyncio.timeout(seconds):
            reader, writer = await asyncio.open_unix_connection(
                str(places.socket_of_holder(holder)), limit=LONGEST_LINE
            )
            try:
                writer.write(write_line(question))
                await writer.drain()
                line = await reader.readline()
            finally:
                writer.close()
    except (FileNotFoundError, ConnectionRefusedError) as error:
        raise NoDriver(
            f"no background driver of yours runs on this machine for {settings.store}"
        ) from error
    except TimeoutError as error:
        raise DriverUnreachable(f"the driver did not answer in time; see {places.log}") from error
    except (OSError, ValueError) as error:
        raise DriverUnreachable(f"the driver cannot be asked: {error}; see {places.log}") from error
    if not line:
        raise DriverUnreachable(f"the driver ended before it answered; see {places.log}")
    answer = read_line(line)
    if "error" in answer:
        raise error_from_data(answer["error"])
    return answer.get("answer")
