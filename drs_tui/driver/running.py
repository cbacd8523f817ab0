"""The background driver if one runs: asked, never started."""

from __future__ import annotations

import asyncio

from drs_tui.config import Settings
from drs_tui.driver.orders import DriverUnreachable, Welcome
from drs_tui.driver.places import places_of
from drs_tui.driver.wire import LONGEST_LINE, read_line, welcome_from_data, write_line


async def running_driver(settings: Settings) -> Welcome | None:
    """What the driver of this user and store says of itself; None when none runs.

    Raises:
        DriverUnreachable: it runs, and does not answer as a driver does.
    """
    places = places_of(settings)
    try:
        reader, writer = await asyncio.open_unix_connection(str(places.socket), limit=LONGEST_LINE)
    except (FileNotFoundError, ConnectionRefusedError):
        return None
    except OSError as error:
        raise DriverUnreachable(f"{places.socket}: {error.strerror}") from error
    try:
        writer.write(write_line({"ask": "welcome"}))
        await writer.drain()
        answer = read_line(await reader.readline())
        return welcome_from_data(answer["answer"]["welcome"])
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise DriverUnreachable(f"it does not answer as a driver does; see {places.log}") from error
    finally:
        writer.close()
