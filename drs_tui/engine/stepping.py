"""The steps around a wave: commands and automations, each started once and watched to its end."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import socket
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from drs_tui.audit.lease import LeaseLapsed
from drs_tui.audit.recorder import Recorder
from drs_tui.audit.store import StoreError, StoreUnavailable
from drs_tui.aws.connection import Aws
from drs_tui.aws.errors import AwsError, AwsNotSent, AwsRefused, AwsThrottled, AwsUnclear
from drs_tui.clock import Clock
from drs_tui.engine.bounds import Bounds
from drs_tui.engine.commands import Command, CommandNotStarted, given_environment, run_command
from drs_tui.engine.environments import aws_environment, step_environment
from drs_tui.engine.news import DRIVER
from drs_tui.engine.waiting import RETRY_SECONDS, in_reach, is_off
from drs_tui.model.automations import Automation
from drs_tui.model.events import Draft, EventType, Json
from drs_tui.model.masking import masked, readable
from drs_tui.model.plan import CommandStep, SsmStep
from drs_tui.model.state.run import Run
from drs_tui.model.steps import StepKind, StepOutcome, StepUnderWay, When, step_at, title_of
from drs_tui.model.times import format_duration
from drs_tui.plans.programs import UnsafeProgram, safe_program

LOOK_SECONDS = 5.0
"""Drill seconds between two looks at an automation."""

LONGEST_OUTPUT = 8_000
"""Letters of what an automation says of itself that are kept."""

_KEYS = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION",
)

_STOPPED = "the run was stopped before it was started"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Stepper:
    """Runs the steps of one run in one of its targets."""

    recorder: Recorder
    aws: Aws
    clock: Clock
    """Drill time."""

    bounds: Bounds

    async def run(self, name: str, when: When, index: int) -> None:
        """Run a step of a wave to its end, or go on with it if it was started already.

        Raises:
            LeaseLost, NotTheWriter: somebody else drives the run now.
            StoreUnavailable: its start cannot be written; nothing was started.
        """
        run = self.recorder.run
        begun = run.waves[name].under_way
        step = step_at(run.plan.wave(name), when, index)
        place = _Place(name, when, index)
        match step:
            case CommandStep() if begun is None:
                await self._start_command(place, step)
            case CommandStep():
                await self._ended(place, StepOutcome.UNKNOWN, _unknown(begun))
            case SsmStep():
                await self._automation(place, step, begun)
            case _:
                words = "the plan has no such step that runs by itself"
                await self._ended(place, StepOutcome.UNKNOWN, words)

    # Local commands -----------------------------------------------------------------------------

    async def _start_command(self, place: _Place, step: CommandStep) -> None:
        if not await in_reach(self.recorder, self.clock, is_off):
            return
        title = title_of(step)
        await self._record_start(place, StepKind.RUN, title, step.timeout_seconds)
        try:
            # Whoever takes the run over must see that it was started, or would start it again.
            may_run = await in_reach(self.recorder, self.clock, lambda run: run.stopping)
        except asyncio.CancelledError:
            await self._end_at_last(place, StepOutcome.NOT_STARTED, "its driver was stopped")
            raise
        if may_run:
            await self._run_command(place, step, title)
        else:
            await self._ended(place, StepOutcome.NOT_STARTED, _STOPPED)

    async def _run_command(self, place: _Place, step: CommandStep, title: str) -> None:
        run = self.recorder.run
        try:
            command = self._command(run, place, step)
            end = await run_command(command, lambda pid: self._note_process(place, pid))
        except (CommandNotStarted, UnsafeProgram, AwsNotSent) as error:
            words = f"{title}: nothing was started: {error}"
            await self._ended(place, StepOutcome.FAILED, words)
            return
        except asyncio.CancelledError:
            words = f"{title} was ended with its driver, before it was done"
            await self._end_at_last(place, StepOutcome.UNKNOWN, words)
            raise
        if end.exit_code == 0:
            outcome, words = StepOutcome.SUCCEEDED, ""
        elif end.exit_code is None:
            limit = format_duration(step.timeout_seconds)
            outcome = StepOutcome.TIMED_OUT
            words = f"{title} was ended, with all that it started, after {limit}"
        else:
            last = f": {end.output.splitlines()[-1]}" if end.output else ""
            outcome, words = StepOutcome.FAILED, f"{title} {end.words}{last}"
        code: dict[str, Json] = {} if end.exit_code is None else {"exit_code": end.exit_code}
        await self._ended(place, outcome, words, output=end.output, **code)

    def _command(self, run: Run, place: _Place, step: CommandStep) -> Command:
        forbidden = self.bounds.commands_forbidden(run)
        if forbidden:
            raise UnsafeProgram(forbidden)
        program, *arguments = step.argv or ("",)
        extra = step_environment(run, run.waves[place.wave], place.when)
        connection = self.aws.connection
        simulated, given = connection.is_loopback, self.aws.given
        if step.aws:
            extra |= aws_environment(connection, run.target_of(place.wave).region, given)
        # Keys that the driver happens to have must not win over a profile that is meant, nor over
        # those that it was given since.
        dropped = _KEYS if connection.profile or given else ()
        environ = {name: value for name, value in os.environ.items() if name not in dropped}
        return Command(
            argv=(safe_program(program, run.plan.folder), *arguments),
            environment=given_environment(
                environ, with_aws=step.aws and not simulated, extra=extra
            ),
            folder=run.plan.folder,
            seconds=step.timeout_seconds,
        )

    async def _note_process(self, place: _Place, pid: int) -> None:
        process = f"process {pid} on {socket.gethostname()}"
        # It is for people alone: a full disk is no reason to end the command.
        with suppress(StoreUnavailable):
            await self.recorder.record(
                [self._about(EventType.STEP_OBSERVED, place, process=process)]
            )

    # Automations --------------------------------------------------------------------------------

    async def _automation(self, place: _Place, step: SsmStep, begun: StepUnderWay | None) -> None:
        may_be_sent = begun is not None
        if begun is None:
            if not await in_reach(self.recorder, self.clock, is_off):
                return
            token = str(UUID(hex=secrets.token_hex(16), version=4))
            title, limit = title_of(step), step.timeout_seconds
            await self._record_start(place, StepKind.SSM, title, limit, token=token)
            begun = self.recorder.run.waves[place.wave].under_way
            assert begun is not None
        ends = begun.since + timedelta(seconds=step.timeout_seconds)
        execution = begun.execution
        if not execution:
            execution = await self._start_automation(
                place, step, begun.token, ends, may_be_sent=may_be_sent
            )
        if execution:
            await self._watch_automation(place, step, execution, ends)

    async def _start_automation(
        self, place: _Place, step: SsmStep, token: str, ends: datetime, *, may_be_sent: bool
    ) -> str:
        """Start it, once by its token; empty if that has come to an end without an execution."""
        trouble = "its driver ended before it knew the answer" if may_be_sent else ""
        tried = may_be_sent
        while True:
            if self.recorder.run.stopping and not may_be_sent:
                await self._ended(place, StepOutcome.NOT_STARTED, _STOPPED)
                return ""
            if tried and self.clock.now() >= ends:
                await self._not_started(place, step, trouble, may_be_sent=may_be_sent)
                return ""
            tried, wait = True, RETRY_SECONDS
            try:
                await self.recorder.settle()
                execution = await self.aws.automations.start(
                    step.document,
                    step.parameters,
                    token=token,
                    account=self.recorder.run.target_of(place.wave).account,
                    last_check=self.recorder.assert_lease,
                )
            except (StoreUnavailable, LeaseLapsed, AwsNotSent) as error:
                trouble = str(error)
            except AwsUnclear as error:
                may_be_sent, trouble = True, str(error)
            except AwsThrottled as error:
                trouble, wait = str(error), max(error.retry_after_seconds or 0.0, wait)
            except AwsRefused as error:
                await self._not_started(place, step, str(error), may_be_sent=may_be_sent)
                return ""
            else:
                observed = self._about(EventType.STEP_OBSERVED, place, execution=execution)
                await self.recorder.insist([observed])
                return execution
            await self.clock.sleep(wait)

    async def _not_started(
        self, place: _Place, step: SsmStep, why: str, *, may_be_sent: bool
    ) -> None:
        title = title_of(step)
        if may_be_sent:
            words = f"whether {title} was started is not known: {why}"
            await self._ended(place, StepOutcome.UNKNOWN, words)
        else:
            await self._ended(place, StepOutcome.FAILED, f"{title} was not started: {why}")

    async def _watch_automation(
        self, place: _Place, step: SsmStep, execution: str, ends: datetime
    ) -> None:
        title = title_of(step)
        while True:
            trouble = ""
            try:
                found = await self.aws.automations.one(execution)
            except AwsError as error:
                trouble = f"; the last look failed: {error}"
            else:
                if found.is_ended:
                    await self._ended_as_found(place, title, found)
                    return
            if self.clock.now() >= ends:
                limit = format_duration(step.timeout_seconds)
                words = (
                    f"{title} has not ended after {limit}, and goes on in AWS as {execution}: look "
                    f"at it there before it is run again{trouble}"
                )
                await self._ended(place, StepOutcome.TIMED_OUT, words)
                return
            await self.clock.sleep(LOOK_SECONDS)

    async def _ended_as_found(self, place: _Place, title: str, found: Automation) -> None:
        output = masked(readable(found.output))[:LONGEST_OUTPUT]
        if found.has_succeeded:
            await self._ended(place, StepOutcome.SUCCEEDED, "", output=output)
            return
        why = f": {masked(readable(found.failure))}" if found.failure else ""
        words = f"{title} ended as {found.status}{why} ({found.id})"
        await self._ended(place, StepOutcome.FAILED, words, output=output)

    # Recording ----------------------------------------------------------------------------------

    async def _record_start(
        self, place: _Place, kind: StepKind, title: str, limit_seconds: int, **data: Json
    ) -> None:
        started: dict[str, Json] = {
            "kind": kind.value,
            "text": title,
            "timeout_ms": limit_seconds * 1000,
            **data,
        }
        await self.recorder.record([self._about(EventType.STEP_STARTED, place, **started)])

    async def _end_at_last(self, place: _Place, outcome: StepOutcome, words: str) -> None:
        """Record an end while this driver is being stopped, if that is possible still."""
        try:
            await self.recorder.record([self._end(place, outcome, words)])
        except StoreError as error:
            # Who drives the run next asks: the step has no end on record.
            _log.warning("%s: %s: %s", self.recorder.run.run_id, words, error)

    async def _ended(self, place: _Place, outcome: StepOutcome, words: str, **data: Json) -> None:
        await self.recorder.insist([self._end(place, outcome, words, **data)])

    def _end(self, place: _Place, outcome: StepOutcome, words: str, **data: Json) -> Draft:
        said: dict[str, Json] = {"words": words} if words else {}
        return self._about(EventType.STEP_DONE, place, outcome=outcome.value, **said, **data)

    def _about(self, event: EventType, place: _Place, **data: Json) -> Draft:
        about: dict[str, Json] = {
            "wave": place.wave,
            "step": place.index,
            "when": place.when.value,
        }
        return Draft(event, self.clock.now(), DRIVER, {**about, **data})


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a step stands."""

    wave: str
    when: When
    index: int


def _unknown(begun: StepUnderWay | None) -> str:
    title = begun.text if begun is not None else "the command"
    words = f"{title} was started, and its driver ended before it did: its end is not known"
    if begun is not None and begun.process:
        words += f"; it was {begun.process}, and may be running still"
    return words
