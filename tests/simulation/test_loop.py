"""Virtual time passes in order, and at once."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from tests.simulation.loop import (
    START,
    NothingWillHappenError,
    VirtualClock,
    VirtualLoop,
    run_virtually,
)


def test_sleepers_wake_in_order_and_time_is_what_they_slept() -> None:
    loop = VirtualLoop()
    clock = VirtualClock(loop)
    woken: list[tuple[str, float]] = []

    async def sleeper(name: str, seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append((name, clock.monotonic()))

    async def main() -> None:
        await asyncio.gather(sleeper("year", 31_536_000), sleeper("hour", 3600), sleeper("now", 0))

    run_virtually(loop, main())

    assert [name for name, _ in woken] == ["now", "hour", "year"]
    assert woken[-1][1] == pytest.approx(31_536_000)
    assert clock.now() == START + timedelta(days=365)


def test_a_timeout_of_the_loop_is_virtual_too() -> None:
    loop = VirtualLoop()

    async def main() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(120):
                await asyncio.Event().wait()

    run_virtually(loop, main())
    assert loop.time() == pytest.approx(120)


def test_waiting_for_what_cannot_come_is_an_error_and_no_standstill() -> None:
    with pytest.raises(NothingWillHappenError):
        run_virtually(VirtualLoop(), asyncio.Event().wait())


def test_what_nobody_awaits_is_heard_of() -> None:
    loop = VirtualLoop()

    async def fails() -> None:
        raise ValueError("unheard")

    async def main() -> None:
        task = asyncio.create_task(fails())
        await asyncio.sleep(1)
        del task

    run_virtually(loop, main())
    assert any("unheard" in complaint for complaint in loop.complaints)
