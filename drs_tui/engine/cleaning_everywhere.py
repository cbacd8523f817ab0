"""Clean-up of a run wherever it launched something: side by side, and told as one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from drs_tui.audit.recorder import Recorder
from drs_tui.clock import Clock
from drs_tui.engine.cleaning import Cleaner, Ended
from drs_tui.engine.news import DRIVER
from drs_tui.model.events import Draft, EventType, Json
from drs_tui.model.state.cleanup import Refusal
from drs_tui.model.status import CleanupStatus


async def clean_up(recorder: Recorder, clock: Clock, cleaners: Sequence[Cleaner]) -> None:
    """Let each clean up its target, and record what that came to; `clock` is drill time.

    What is in the way in one target keeps nothing in another from being terminated.

    Raises:
        LeaseLost, NotTheWriter: somebody else drives the run now, and looks before it terminates
            anything.
        StoreUnavailable: the run's events cannot be written.
    """

    async def record(event: EventType, **data: Json) -> None:
        await recorder.record([Draft(event, clock.now(), DRIVER, data)])

    async def tell_refusals() -> None:
        """Record what has to stay, once, while the rest goes."""
        settled = tuple(r for each in cleaners for r in each.left.refused if r.is_settled)
        if settled and settled != recorder.run.cleanup.refused:
            await record(
                EventType.CLEANUP_OBSERVED,
                words="; ".join(refusal.words for refusal in settled),
                remaining=[i for each in cleaners for i in each.left.instance_ids],
                refused=_refused_data(settled),
            )

    only = recorder.run.cleanup.only
    asked = [each for each in cleaners if not only or each.part.run.cleanup.only]
    ends = [_untouched(each) for each in cleaners if each not in asked]
    tasks = [asyncio.create_task(each.clean_up(tell_refusals)) for each in asked]
    try:
        ends += await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    outcomes = [end.outcome for end in ends]
    worst = (CleanupStatus.FAILED, CleanupStatus.DUE, CleanupStatus.DONE)
    await record(
        EventType.CLEANUP_FINISHED,
        outcome=next(each for each in worst if each in outcomes).value,
        remaining=[instance_id for end in ends for instance_id in end.remaining],
        refused=_refused_data([refusal for end in ends for refusal in end.left.refused]),
        volumes=[volume for end in ends for volume in end.left.volumes],
        words="; ".join(end.words for end in ends if end.words),
    )


def _untouched(cleaner: Cleaner) -> Ended:
    """How a target stands that has none of the instances that were asked for."""
    run = cleaner.part.run
    there = tuple(each.id for each in run.instances.values() if not each.gone)
    is_open = there or any(not job.is_ended for job in run.jobs.values())
    return Ended(CleanupStatus.DUE if is_open else CleanupStatus.DONE, there, cleaner.left)


def _refused_data(refusals: Sequence[Refusal]) -> list[Json]:
    return [
        {"instance": r.instance_id, "server": r.server_id, "why": r.why, "remedy": r.remedy}
        for r in refusals
    ]
