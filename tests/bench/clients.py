"""Clients of DRS side by side: this program's, and the SDKs as they come."""

from __future__ import annotations

import gc
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from drs_tui.aws.account import Signers
from drs_tui.aws.connection import Connection, warm_up
from drs_tui.aws.drs import Drs
from drs_tui.aws.service import Service, Timeouts
from drs_tui.aws.session import Session
from drs_tui.aws.sts import Sts
from drs_tui.clock import SystemClock
from tests.bench.stalls import watched

PYTHONS_OWN = gc.get_threshold()
"""When garbage is collected unless a program says otherwise, as `warm_up` does."""

CREDENTIALS = {
    "aws_access_key_id": "bench",
    "aws_secret_access_key": "bench",
    "region_name": "us-east-1",
}


@asynccontextmanager
async def our_drs(url: str) -> AsyncIterator[Drs]:
    """DRS as this program calls it, as often as it likes."""
    warm_up()
    async with AsyncExitStack() as stack:
        session, clock, timeouts = Session(Connection(endpoint_url=url)), SystemClock(), Timeouts()
        sts = Sts(Service("sts", session, stack, clock, timeouts))
        yield Drs(Service("drs", session, stack, clock, timeouts), Signers(sts))


@asynccontextmanager
async def stock_client(url: str, parsers: object = None) -> AsyncIterator[Any]:
    """Aiobotocore's own client of DRS, with its own `parsers` unless others are given."""
    from aiobotocore.session import AioSession

    session = AioSession()
    if parsers is not None:
        session.register_component("response_parser_factory", parsers)
    async with session.create_client("drs", endpoint_url=url, **CREDENTIALS) as client:
        yield client


@dataclass(frozen=True, slots=True)
class Taken:
    """What some calls took, in seconds."""

    wall: float
    cpu: float
    stall: float
    """The longest for which the event loop was held up, as computed."""


async def taken(work: Callable[[], Awaitable[object]]) -> Taken:
    """Measure it in this process, whose event loop runs."""
    with watched() as stalls:
        wall, cpu = time.perf_counter(), time.process_time()
        await work()
        return Taken(time.perf_counter() - wall, time.process_time() - cpu, stalls.worst_cpu)


async def in_turn(
    ways: Mapping[str, Callable[[], Awaitable[object]]],
    rounds: int,
    *,
    as_they_come: Collection[str],
) -> dict[str, list[Taken]]:
    """Measure each way once a round; the first round only fills the caches.

    In the ways of others, `as_they_come`, garbage is collected when Python does by itself.
    """
    found: dict[str, list[Taken]] = {name: [] for name in ways}
    own = gc.get_threshold()
    for number in range(rounds + 1):
        for name, work in ways.items():
            gc.set_threshold(*(PYTHONS_OWN if name in as_they_come else own))
            measured = await taken(work)
            if number:
                found[name].append(measured)
    return found
