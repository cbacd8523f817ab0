"""Credentials that end while a run is driven with them."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from drs_tui.aws.errors import AwsNotSent
from drs_tui.clock import ManualClock
from drs_tui.driver.expiring import LOOK_SECONDS, Expiring
from drs_tui.model.observed import Credentials

RENEWED = Credentials(renews=True)


async def turns() -> None:
    """Let whoever waits go on until it waits again."""
    for _ in range(10):
        await asyncio.sleep(0)


async def renewed() -> Credentials:
    return RENEWED


async def test_the_end_of_one_targets_credentials_is_told_a_quarter_of_an_hour_before() -> None:
    clock = ManualClock()
    ends_at = clock.now() + timedelta(minutes=15, seconds=20)

    async def mortal() -> Credentials:
        return Credentials(renews=False, ends_at=ends_at, source="env")

    expiring = Expiring([renewed, mortal], clock)
    looking = asyncio.create_task(expiring.run())
    await turns()
    assert expiring.trouble == ""
    told = []
    for _ in range(32):
        clock.advance(LOOK_SECONDS)
        await turns()
        told.append(expiring.trouble)
    looking.cancel()
    assert told[0] == "credentials end in 14m 50s"
    assert told[20] == "credentials end in 4m 50s"
    assert told[-1].startswith("credentials have ended")


async def test_what_the_sdk_renews_is_looked_at_again_once_it_is_replaced() -> None:
    clock = ManualClock()
    ended = Credentials(renews=False, ends_at=clock.now(), source="given")
    held = [RENEWED]
    looks = 0

    async def read() -> Credentials:
        nonlocal looks
        looks += 1
        return held[-1]

    expiring = Expiring([read], clock)
    looking = asyncio.create_task(expiring.run())
    await turns()
    clock.advance(10 * LOOK_SECONDS)
    await turns()
    assert (looks, expiring.trouble) == (1, "")
    held.append(ended)
    expiring.renewed()
    await turns()
    assert expiring.trouble.startswith("credentials have ended")
    looking.cancel()


async def test_credentials_that_can_not_be_read_are_trouble_until_they_can() -> None:
    answers = [AwsNotSent("the token is gone", operation="any", code="SSOTokenLoadError")]

    async def sometimes() -> Credentials:
        if answers:
            raise answers.pop()
        return RENEWED

    expiring = Expiring([sometimes], ManualClock())
    assert await expiring.look()
    assert expiring.trouble == "the token is gone"
    assert not await expiring.look()
    assert expiring.trouble == ""
