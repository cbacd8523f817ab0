"""Where the app is and as whom: what is known of it, and how that is found out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from drs_tui.driver.orders import DriverError
from drs_tui.tui.reads import ReadError

if TYPE_CHECKING:
    from drs_tui.model.endpoints import Endpoints
    from drs_tui.model.observed import CallerIdentity
    from drs_tui.tui.session import Session


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where the app is and as whom, as far as it is known."""

    account: str = ""
    region: str = ""
    caller: CallerIdentity | None = None
    """Who calls in AWS."""

    endpoints: Endpoints | None = None
    """Where AWS is called; None while it is not known."""

    credentials_end_at: datetime | None = None
    """None where they don't end, are renewed, or nobody says when."""

    trouble: str = ""
    """Why there is no driver, no store or no caller identity."""


async def find_surroundings(session: Session, found: Callable[[], object]) -> None:
    """Meet the driver and ask AWS who calls; `found` is told whenever the session knows more."""
    settings = session.settings
    if settings.simulation is not None:
        # It is the driver that simulates what is called.
        await _meet_driver(session, found)
        await find_caller(session, found)
    elif settings.read_only:
        # A driver that is not needed for reading is not started for it.
        await find_caller(session, found)
    else:
        await asyncio.gather(_meet_driver(session, found), find_caller(session, found))


async def find_caller(session: Session, found: Callable[[], object]) -> None:
    """Ask AWS who calls, and until when."""
    try:
        caller, region = await session.reads.caller()
        endpoints = await session.reads.endpoints()
        ends_at = await session.reads.credentials_end_at()
    except ReadError as error:
        session.surroundings = replace(session.surroundings, trouble=str(error))
    else:
        session.surroundings = replace(
            session.surroundings,
            account=caller.account,
            region=region,
            caller=caller,
            endpoints=endpoints,
            credentials_end_at=ends_at,
        )
    found()


async def _meet_driver(session: Session, found: Callable[[], object]) -> None:
    try:
        session.welcome = await session.driver.welcome()
    except DriverError as error:
        session.surroundings = replace(session.surroundings, trouble=str(error))
    found()


async def embedded_url(session: Session) -> str:
    """Where the driver's own simulator listens; empty where it has none.

    Raises:
        ReadError: the driver does not say.
    """
    if session.settings.simulation is None:
        return ""
    # Never ask without: what is meant for the simulator would go to AWS.
    try:
        session.welcome = await session.driver.welcome()
    except DriverError as error:
        raise ReadError(str(error)) from error
    return session.welcome.endpoint_url
