"""Sealing a run while it is driven, beside everything else: nothing ever waits for it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import AsyncExitStack

from drs_tui.audit.recorder import Recorder
from drs_tui.audit.seal import CommandSealer, Sealer
from drs_tui.audit.store import StoreError, StoreUnavailable
from drs_tui.aws.seals import KmsSealer, S3Sealer, service_for_seals
from drs_tui.clock import Clock
from drs_tui.config import SealSettings
from drs_tui.engine.news import DRIVER
from drs_tui.model.events import Draft, EventType
from drs_tui.model.seals import Seal, SealError, Statement
from drs_tui.model.times import format_time

LOOK_SECONDS = 1.0
"""Real seconds between looks at whether a seal is due."""

TRIES = 3
PAUSE_SECONDS = 2.0
"""Between tries, in real time; what fails to the last is recorded, and tried at the next event
that is to be sealed."""

_log = logging.getLogger(__name__)


def sealers_of(settings: SealSettings, stack: AsyncExitStack, clock: Clock) -> tuple[Sealer, ...]:
    """Everyone who seals, by the settings; `stack` closes what they open, `clock` is real time."""
    sealers: list[Sealer] = []
    if settings.command:
        sealers.append(CommandSealer(settings.command))
    if settings.s3:
        s3 = service_for_seals("s3", settings, stack, clock)
        sealers.append(S3Sealer(s3, settings.s3, settings.retain_days))
    if settings.kms:
        sealers.append(KmsSealer(service_for_seals("kms", settings, stack, clock), settings.kms))
    return tuple(sealers)


class Sealing:
    """Has a run sealed by everyone who seals whenever something happened that is worth it."""

    def __init__(
        self,
        recorder: Recorder,
        sealers: Sequence[Sealer],
        *,
        drill_clock: Clock,
        real_clock: Clock,
    ) -> None:
        """Go on where the run's earlier drivers stopped."""
        self.trouble = ""
        """Why the run is not sealed as it should be; empty when it is."""

        self._recorder = recorder
        self._sealers = sealers
        self._drill_clock = drill_clock
        self._real_clock = real_clock
        self._tried = max((seal.statement.seq for seal in recorder.run.seals), default=0)
        self._turn = asyncio.Lock()

    async def run(self) -> None:
        """Seal whenever it is due, until cancelled or until somebody else drives the run."""
        while True:
            try:
                await self.catch_up()
            except StoreError as error:
                # What drives the run hears of it too, and says so.
                _log.warning("%s is not sealed any more: %s", self._recorder.run.run_id, error)
                return
            await self._real_clock.sleep(LOOK_SECONDS)

    async def catch_up(self) -> None:
        """Seal the run as it stands if that is due, and record what came of it.

        Raises:
            StoreError: somebody else drives the run.
        """
        async with self._turn:
            run = self._recorder.run
            if run.seal_due <= self._tried:
                return
            try:
                # A hash goes out only once its events are where everyone looks for them.
                await self._recorder.deliver()
            except StoreUnavailable:
                return
            self._tried = run.seq
            moment = format_time(self._real_clock.now())
            statement = Statement(
                run.run_id, run.seq, run.head_hash, moment, run.simulated, run.is_evidence
            )
            seals = await asyncio.gather(*(self._seal(each, statement) for each in self._sealers))
            failed = [f"by {seal.kind}: {seal.words}" for seal in seals if not seal.ok]
            self.trouble = f"not sealed {'; '.join(failed)}" if failed else ""
            now = self._drill_clock.now()
            await self._recorder.insist(
                [Draft(EventType.RUN_SEALED, now, DRIVER, seal.to_data()) for seal in seals]
            )

    async def _seal(self, sealer: Sealer, statement: Statement) -> Seal:
        where = sealer.where(statement)
        for left in reversed(range(TRIES)):
            try:
                receipt = await sealer.seal(statement)
                return Seal(sealer.kind, where, statement, ok=True, receipt=receipt)
            except SealError as error:
                words = str(error)
                _log.warning("%s is not sealed by %s: %s", statement.run_id, sealer.kind, words)
            if left:
                await self._real_clock.sleep(PAUSE_SECONDS)
        return Seal(sealer.kind, where, statement, ok=False, words=words)
