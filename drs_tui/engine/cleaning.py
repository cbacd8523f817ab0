"""Clean-up in one account and Region: terminating what a drill launched there, nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from drs_tui.audit.recorder import Recorder
from drs_tui.aws.connection import Aws
from drs_tui.aws.errors import EXPIRED_CODES, AwsError, AwsRefused, AwsThrottled
from drs_tui.aws.looking import JOBS_MAY_TAKE, recent_jobs
from drs_tui.clock import Clock
from drs_tui.engine.initiators import wrong_termination
from drs_tui.engine.news import DRIVER, Look, news
from drs_tui.engine.own_jobs import SEARCH_SECONDS, WAVE_TAG
from drs_tui.engine.pace import CEILING_SECONDS, poll_seconds
from drs_tui.engine.targets import Part
from drs_tui.model.checks.account import check_still_there
from drs_tui.model.events import Draft, EventType, Json
from drs_tui.model.machines import Ec2Instance
from drs_tui.model.observed import CallerIdentity, Job, RecoveryInstance
from drs_tui.model.state.cleanup import Refusal
from drs_tui.model.state.run import Run
from drs_tui.model.status import CleanupStatus
from drs_tui.model.termination import (
    RUN_TAG,
    Leftovers,
    Sight,
    job_of_stray,
    leftovers,
    machine_id,
    refusal_by_protection,
)

MOST_AT_ONCE = 100
"""Instances a TerminateRecoveryInstances call: it takes 200, but a job holds 100 servers."""

PATIENCE = timedelta(minutes=30)
"""How long a clean-up is tried, in drill time."""

LAST_PATIENCE = timedelta(minutes=5)
"""How long what nobody can hurry is waited for once nothing else is left: volumes to be deleted,
an instance that DRS does not list."""

FEWEST_LOOKS = 20
"""What patience takes beside its time: where drill time flies, one call can take half an hour."""

PROTECTIONS_AT_ONCE = 4
"""DescribeInstanceAttribute calls under way at the same time; EC2 tells of one instance a call."""

_PASSING_REFUSALS = frozenset(
    {
        "ConflictException",
        "InvalidInstanceID.NotFound",
        "ResourceNotFoundException",
        "ServiceQuotaExceededException",
        "ValidationException",
    }
)
"""A server is in a job, an instance has gone since it was listed, or too much runs at once: look
again, with patience."""


class CleanupEnded(Exception):
    """A clean-up can't go on; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a clean-up ended in one target."""

    outcome: CleanupStatus
    """DUE: all that was asked for is gone, and other instances are left."""

    remaining: tuple[str, ...]
    left: Leftovers
    words: str = ""


@dataclass(slots=True)
class Cleaner:
    """Terminates the drill instances that one run has in one of its targets, in one clean-up."""

    recorder: Recorder
    aws: Aws
    clock: Clock
    """Drill time."""

    part: Part
    """What the run has there."""

    left: Leftovers = field(default_factory=Leftovers)
    """What the last look found, of what was asked for."""

    _at_once: int = MOST_AT_ONCE
    _has_begun: bool = False
    """Whether the account was made sure of since the credentials last changed."""

    _protected: dict[str, Refusal] = field(default_factory=dict)
    """By instance id, what EC2 said it protects, or did not say."""

    _helpless_since: datetime | None = None
    """Since when nothing is left that is ending, or that a call could end."""

    _helpless_looks: int = 0

    async def clean_up(self, tell_refusals: Callable[[], Awaitable[None]]) -> Ended:
        """Terminate until EC2 says that all of the run's drill instances and volumes are gone.

        When only some were asked for, the others stay as they are. What must not be terminated is
        named with the reason, and then the clean-up has failed; `tell_refusals` is called before
        that, while the rest goes.

        Instance ids are never reused, so after an unclear answer it is safe to look and to ask
        again for what is left and in no TERMINATE job.

        Raises:
            LeaseLost, NotTheWriter: somebody else drives the run now, and looks before it
                terminates anything.
            StoreUnavailable: the run's events cannot be written.
        """
        # Not since it was asked for: whoever goes on after a dead driver has to try, too.
        began = self.clock.now()
        looks = 0
        while True:
            looks += 1
            trouble = ""
            try:
                ended = await self._look_and_send(tell_refusals)
                if ended is not None:
                    return ended
            except CleanupEnded as error:
                return self._failed(str(error))
            except AwsThrottled as error:
                trouble = str(error)
                await self.clock.sleep(error.retry_after_seconds or CEILING_SECONDS)
            except AwsRefused as error:
                trouble = str(error)
                self._has_begun = self._has_begun and error.code not in EXPIRED_CODES
                if error.code == "ServiceQuotaExceededException":
                    # The account's quotas may be lower than usual, or nearly used up.
                    self._at_once = max(self._at_once // 2, 1)
                if error.code not in _PASSING_REFUSALS | EXPIRED_CODES:
                    return self._failed(f"what is left is not known: {error}")
            except AwsError as error:
                trouble = str(error)
            if self.clock.now() - began > PATIENCE and looks >= FEWEST_LOOKS:
                limit = PATIENCE.seconds // 60
                return self._failed(trouble or f"not gone after {limit} minutes")
            await self.clock.sleep(poll_seconds(self._run, self.clock.now()))

    @property
    def _run(self) -> Run:
        return self.part.run

    async def _look_and_send(self, tell_refusals: Callable[[], Awaitable[None]]) -> Ended | None:
        """Look once, and send what can be sent; its end once nothing more is to be done."""
        if not self._has_begun:
            await self._make_sure_of_the_account()
        unheard, may_show = self._run.cleanup.unheard_since is not None, self._may_show_late()
        if unheard or not self._has_begun:
            await self._find_lost_jobs()
        self._has_begun = True
        everything = await self._look()
        only = self._run.cleanup.only
        launching = bool(self._launching()) or may_show
        self.left = everything
        if only:
            self.left = everything.of(only, self._volumes(only))
        if self.left.is_nothing and (only or not launching):
            all_gone = everything.is_nothing and not launching
            outcome = CleanupStatus.DONE if all_gone else CleanupStatus.DUE
            return Ended(outcome, everything.instance_ids, self.left)
        await self._terminate_what_may_be()
        if self.left.free or self.left.ending or self._ending() or (launching and not only):
            self._helpless_since, self._helpless_looks = None, 0
            await tell_refusals()
            return None
        return self._failed("") if self._gives_up() else None

    def _gives_up(self) -> bool:
        """Whether all that is left has to stay, or has stayed too long."""
        now = self.clock.now()
        self._helpless_since = self._helpless_since or now
        self._helpless_looks += 1
        may_change = self.left.volumes or any(not r.is_settled for r in self.left.refused)
        is_patient = now - self._helpless_since <= LAST_PATIENCE
        return not (may_change and (is_patient or self._helpless_looks < FEWEST_LOOKS))

    # Looking ------------------------------------------------------------------------------------

    async def _make_sure_of_the_account(self) -> None:
        """See that these are credentials of the run's account: in another nothing is ever left."""
        caller = await self.aws.sts.caller_identity()
        if self._run.account and caller.account != self._run.account:
            raise CleanupEnded(
                f"the credentials are of account {caller.account}, and the run launched in "
                f"{self._run.account}: choose its --profile; nothing was terminated"
            )

    async def _make_sure_who_answers(self) -> None:
        """See that what was asked is what launched: anything else knows of nothing that is left."""
        endpoints = await self.aws.endpoints(self._run.vpc_hosts)
        caller = CallerIdentity(self._run.account, "", "")
        elsewhere = check_still_there(self._run, caller, endpoints)
        if elsewhere:
            words = "; ".join(f"{each.thing}: {each.reason}" for each in elsewhere)
            raise CleanupEnded(f"{words}. Nothing was terminated; {elsewhere[0].remedy}")

    async def _find_lost_jobs(self) -> None:
        """Take note of launches whose answer was lost: what they left is this run's as well."""
        run = self.recorder.run
        age = self.clock.now() - (run.created_at or self.clock.now())
        found: list[dict[str, Json]] = [
            {
                "job_id": job.id,
                "status": job.status,
                "initiated_by": job.initiated_by,
                # By its wave it is known in which of several targets it is.
                **({"wave": job.tags.get(WAVE_TAG, "")} if run.several else {}),
            }
            for job in await recent_jobs(self.aws, age)
            if job.tags.get(RUN_TAG) == run.run_id and job.id not in run.jobs
        ]
        if found:
            now = self.clock.now()
            drafts = [Draft(EventType.JOB_OBSERVED, now, DRIVER, each) for each in found]
            await self.recorder.record(drafts)

    async def _look(self) -> Leftovers:
        """Ask DRS, then EC2 what is there, record the news, and sort what is left."""
        ids = list(self._run.servers)
        jobs = await self.aws.drs.jobs(list(self._run.jobs)) if self._run.jobs else []
        wrong = wrong_termination(self._run, jobs)
        if wrong:
            raise CleanupEnded(wrong)
        running = [job.id for job in jobs if not self._run.jobs[job.id].is_ended]
        logs = {job_id: await self.aws.drs.job_log(job_id) for job_id in running}
        # After the jobs: what a job that has ended terminated must not be taken for left over.
        # And EC2 after DRS: what DRS has just forgotten EC2 knows to be terminated.
        listed = await self.aws.drs.recovery_instances(server_ids=ids)
        machines = await self._machines(listed)
        await self._make_sure_who_answers()
        look = Look(
            jobs=jobs,
            logs=logs,
            instances=listed,
            machines=machines,
            launched_by=self._strays(listed, machines, jobs),
        )
        drafts = news(self._run, look, self.clock.now())
        if drafts:
            await self.recorder.record(drafts)
        volumes = await self.aws.ec2.volumes(self._volumes(self._run.instances))
        return leftovers(self._run, Sight(listed, machines, volumes))

    async def _machines(self, listed: Sequence[RecoveryInstance]) -> Mapping[str, Ec2Instance]:
        """All that EC2 has of the run's servers, whatever DRS calls their launches, by id."""
        run = self._run
        found = await self.aws.ec2.instances_of_servers(list(run.servers))
        ids = {machine_id(each, None) for each in listed if each.job_id in run.jobs}
        ids |= {each.machine_id for each in run.instances.values()}
        ids |= {each.instance_id for each in run.servers.values()} - {""}
        # Whose tag somebody has removed.
        found += await self.aws.ec2.instances(sorted(ids - {machine.id for machine in found}))
        return {machine.id: machine for machine in found}

    def _strays(
        self,
        listed: Sequence[RecoveryInstance],
        machines: Mapping[str, Ec2Instance],
        jobs: Sequence[Job],
    ) -> Mapping[str, str]:
        """What the run launched and DRS does not list, by its id, with its job."""
        known = {machine_id(each, None) for each in listed}
        found = {
            machine.id: job_of_stray(self._run, machine, jobs)
            for machine in machines.values()
            if machine.id not in known and not machine.is_gone
        }
        return {stray: job_id for stray, job_id in found.items() if job_id}

    def _volumes(self, instance_ids: Collection[str]) -> list[str]:
        """Every volume that these instances of the run were ever seen with."""
        instances = [i for i in self._run.instances.values() if i.id in instance_ids]
        return list(dict.fromkeys(v for instance in instances for v in instance.volume_ids))

    def _may_show_late(self) -> bool:
        """Whether DRS may not show yet what a call launched whose end nobody wrote down."""
        since = self._run.cleanup.unheard_since
        return since is not None and self.clock.now() - since < timedelta(seconds=SEARCH_SECONDS)

    def _launching(self) -> list[str]:
        """Jobs of waves that were given up: what they bring up yet has to go too."""
        cleaning = self._run.cleanup.job_ids
        return [j.id for j in self._run.jobs.values() if not j.is_ended and j.id not in cleaning]

    def _ending(self) -> set[str]:
        """What our own TERMINATE jobs are at work on."""
        jobs, of_job = self._run.jobs, self._run.cleanup.instances_of
        return {i for job_id, ids in of_job.items() if not jobs[job_id].is_ended for i in ids}

    async def _held_by_jobs(self) -> set[str]:
        jobs = await recent_jobs(self.aws, JOBS_MAY_TAKE)
        return {s.server_id for job in jobs if not job.is_ended for s in job.servers}

    # Terminating --------------------------------------------------------------------------------

    async def _terminate_what_may_be(self) -> None:
        ending = self._ending()
        free = [instance for instance in self.left.free if instance.id not in ending]
        held = await self._held_by_jobs() if free else set()
        free = [instance for instance in free if instance.server_id not in held]
        for batch in _batches(free, min(self._at_once, max(len(free), 1))):
            await self._ask_whether_protected(batch)
            self.left = self.left.refusing(self._protected)
            unprotected = [instance for instance in batch if instance.id not in self._protected]
            if unprotected:
                await self._terminate(unprotected)

    async def _ask_whether_protected(self, batch: Sequence[RecoveryInstance]) -> None:
        limit = asyncio.Semaphore(PROTECTIONS_AT_ONCE)

        async def ask(instance: RecoveryInstance) -> bool | None:
            async with limit:
                return await self.aws.ec2.is_protected(machine_id(instance, None))

        answers = await asyncio.gather(*map(ask, batch))
        for instance, answer in zip(batch, answers, strict=True):
            self._protected.pop(instance.id, None)
            refusal = refusal_by_protection(instance, is_protected=answer)
            if refusal is not None:
                self._protected[instance.id] = refusal

    async def _terminate(self, batch: Sequence[RecoveryInstance]) -> None:
        await self._record(EventType.CLEANUP_INTENDED, instances=[each.id for each in batch])
        await self.recorder.settle()
        ids = await self._still_free([each.id for each in batch])
        if not ids:
            return
        sending = asyncio.ensure_future(self._send(ids))
        try:
            started = await asyncio.shield(sending)
        except asyncio.CancelledError:
            # What was sent can't be called back, and its job is this run's.
            await self.recorder.record([await sending])
            raise
        await self.recorder.insist([started])

    async def _still_free(self, ids: Sequence[str]) -> list[str]:
        """Look again directly before the call: to write down the intent can take its time."""
        listed = await self.aws.drs.recovery_instances(instance_ids=ids)
        machines = await self.aws.ec2.instances([machine_id(each, None) for each in listed])
        sight = Sight(listed, {machine.id: machine for machine in machines})
        free = {instance.id for instance in leftovers(self._run, sight).free}
        return [instance_id for instance_id in ids if instance_id in free]

    async def _send(self, ids: Sequence[str]) -> Draft:
        job = await self.aws.drs.terminate_recovery_instances(
            ids, account=self._run.account, last_check=self.recorder.assert_lease
        )
        started: dict[str, Json] = {"job_id": job.id, "instances": list(ids)}
        return Draft(EventType.CLEANUP_STARTED, self.clock.now(), DRIVER, started)

    # Ending -------------------------------------------------------------------------------------

    def _failed(self, why: str) -> Ended:
        known = tuple(each.id for each in self._run.instances.values() if not each.gone)
        words = "; ".join(filter(None, (why, self.left.words)))
        launching = self._launching()
        if launching:
            words += f"; still launching: {', '.join(launching)}"
        return Ended(CleanupStatus.FAILED, self.left.instance_ids or known, self.left, words)

    async def _record(self, event: EventType, **data: Json) -> None:
        await self.recorder.record([Draft(event, self.clock.now(), DRIVER, data)])


def _batches(
    instances: Sequence[RecoveryInstance], size: int
) -> Iterator[Sequence[RecoveryInstance]]:
    for start in range(0, len(instances), size):
        yield instances[start : start + size]
