"""One read for what many ask for at about the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from drs_tui.aws.errors import AwsRefused
from drs_tui.clock import ManualClock
from drs_tui.engine.shared_reads import GATHER_SECONDS, SharedRead


class Library:
    """Answers reads, and counts them."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.asked: list[list[str]] = []
        self.error: Exception | None = None
        self.reads = SharedRead(self.read, lambda word: word[0], self.clock)

    async def read(self, ids: Sequence[str]) -> list[str]:
        self.asked.append(list(ids))
        if self.error is not None:
            raise self.error
        return [f"{each} is there" for each in ids if each != "z"]

    async def a_moment(self) -> None:
        for _ in range(5):
            await asyncio.sleep(0)
        self.clock.advance(GATHER_SECONDS)


async def test_what_is_asked_for_within_a_moment_is_read_at_once() -> None:
    library = Library()
    asking = [asyncio.create_task(library.reads.of(each)) for each in "abab"]
    await library.a_moment()
    told = await asyncio.gather(*asking)
    assert told == ["a is there", "b is there", "a is there", "b is there"]
    assert library.asked == [["a", "b"]]


async def test_what_is_asked_for_later_is_read_anew() -> None:
    library = Library()
    for _ in range(2):
        asking = asyncio.create_task(library.reads.of("a"))
        await library.a_moment()
        await asking
    assert library.asked == [["a"], ["a"]]


async def test_what_the_answer_lacks_is_none() -> None:
    library = Library()
    asking = asyncio.create_task(library.reads.of("z"))
    await library.a_moment()
    assert await asking is None


async def test_everybody_who_asked_hears_of_a_failure_and_the_next_read_is_a_new_one() -> None:
    library = Library()
    library.error = AwsRefused("no", operation="DescribeInstances")
    asking = [asyncio.create_task(library.reads.of(each)) for each in "ab"]
    await library.a_moment()
    for task in asking:
        with pytest.raises(AwsRefused):
            await task
    library.error = None
    again = asyncio.create_task(library.reads.of("a"))
    await library.a_moment()
    assert await again == "a is there"


async def test_one_who_gives_up_leaves_the_others_waiting() -> None:
    library = Library()
    first, second = (asyncio.create_task(library.reads.of("a")) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await library.a_moment()
    assert await second == "a is there"
