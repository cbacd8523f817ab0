"""Checking what a wave launched: each check is tried until it passes or its time is up.

A check that was begun and has no end, since its driver died say, is simply made again: none of
them changes what it looks at, and a command of the plan's has to bear being run twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from drs_tui.audit.recorder import Recorder
from drs_tui.aws.connection import Aws
from drs_tui.aws.errors import AwsError
from drs_tui.clock import Clock
from drs_tui.engine.bounds import Bounds
from drs_tui.engine.environments import check_environment
from drs_tui.engine.news import DRIVER
from drs_tui.engine.probing import Found, Prober, failed, obstacle, passed, refused, unknown
from drs_tui.engine.remote_scripts import script
from drs_tui.engine.shared_reads import SharedRead
from drs_tui.engine.sources import Sources
from drs_tui.engine.targets import Part
from drs_tui.model.events import Draft, EventType, Json
from drs_tui.model.launch_checks import (
    BASTION,
    Check,
    CheckOutcome,
    CommandCheck,
    Ec2StatusCheck,
    HttpCheck,
    InstanceCheck,
    PostLaunchCheck,
    ProbingCheck,
    SsmAgentCheck,
    TcpCheck,
    check_words,
    probe_of,
    within_seconds,
)
from drs_tui.model.machines import Agent, Ec2Instance, Invocation
from drs_tui.model.masking import masked
from drs_tui.model.observed import Job
from drs_tui.model.state.run import Run
from drs_tui.model.state.servers import ServerState
from drs_tui.model.verification import (
    WHOLE_WAVE,
    DueCheck,
    check_state,
    checks_of,
    deadline,
    launched,
)

AT_ONCE = 20
"""Tries over the network or by Systems Manager under way at the same time, of all of a run."""

MOST_BEGUN_AT_ONCE = 500
"""Checks that one event can begin; the others follow."""

FEWEST_TRIES = 2
"""A first try that took all the time there was, to open a connection say, is not the last."""

PAUSE_SECONDS = 5.0
"""Drill seconds between two tries over the network."""

LONG_PAUSE_SECONDS = 15.0
"""The same where each try is a call to AWS."""

SCRIPT_SECONDS = 60
"""How long a script of Systems Manager's may run, in drill seconds, and then wait to be told."""

_NO_INSTANCE = "DRS names no recovery instance of it"
_LONGEST_SAID = 500
"""Letters of what a check found that are recorded."""


def started(run: Run, due: Sequence[DueCheck]) -> dict[str, Json]:
    """The data of `check.started` for checks of one wave."""
    wave = run.plan.wave(due[0].wave)
    windows = {server.id: server.is_windows for server in wave.servers}
    windows[WHOLE_WAVE] = any(windows.values())
    checks = checks_of(wave)
    return {
        "wave": wave.name,
        "checks": [
            {
                "check": each.index,
                "server": each.server_id,
                "words": check_words(checks[each.index]),
                "within_ms": 1000
                * within_seconds(checks[each.index], is_windows=windows.get(each.server_id, False)),
            }
            for each in due[:MOST_BEGUN_AT_ONCE]
        ],
    }


class Checker:
    """Makes the checks of one run in one of its targets."""

    def __init__(
        self,
        recorder: Recorder,
        aws: Aws,
        clock: Clock,
        prober: Prober,
        bounds: Bounds,
        *,
        part: Part,
        sources: Sources,
    ) -> None:
        """Ask AWS through `aws` and the network through `prober`, in the drill time of `clock`.

        `part` is what the run has there; `sources` are the source servers of all of it.
        """
        self._recorder = recorder
        self._part = part
        self._sources = sources
        self._clock = clock
        self._prober = prober
        self._bounds = bounds
        self._drs = aws.drs
        self._ssm = aws.ssm
        self._tries = asyncio.Semaphore(AT_ONCE)
        self._instances = SharedRead(aws.ec2.instances, lambda i: i.id, clock)
        self._statuses = SharedRead(aws.ec2.instance_checks, lambda i: i.id, clock)
        self._agents = SharedRead[Agent](aws.ssm.agents, lambda a: a.instance_id, clock)
        self._jobs = SharedRead[Job](aws.drs.jobs, lambda j: j.id, clock)

    @property
    def _run(self) -> Run:
        return self._part.run

    async def make(self, due: DueCheck) -> None:
        """Try a check that was begun until it passes or its time is up, and record which.

        Raises:
            LeaseLost, NotTheWriter: somebody else drives the run now.
            StoreUnavailable: the end can't be written; it has to be made again.
        """
        check = checks_of(self._run.plan.wave(due.wave))[due.index]
        tries = 0
        while (state := check_state(self._run, due)) is not None and state.outcome is None:
            tries += 1
            found = await self._try(check, due)
            left = (deadline(state) - self._clock.now()).total_seconds()
            if found.is_settled or (left <= 0 and tries >= FEWEST_TRIES):
                await self._record(due, check, found, tries)
                return
            await self._clock.sleep(max(0.0, min(_pause(check), left)))

    async def _record(self, due: DueCheck, check: Check, found: Found, tries: int) -> None:
        data: dict[str, Json] = {
            "wave": due.wave,
            "check": due.index,
            "server": due.server_id,
            "what": check_words(check),
            "outcome": found.outcome.value,
            "words": masked(_readable(found.words))[:_LONGEST_SAID],
            "tries": tries,
        }
        now = self._clock.now()
        await self._recorder.record([Draft(EventType.CHECK_FINISHED, now, DRIVER, data)])

    # One try ------------------------------------------------------------------------------------

    async def _try(self, check: Check, due: DueCheck) -> Found:
        try:
            if due.server_id != WHOLE_WAVE:
                return await self._of_server(check, self._run.servers[due.server_id])
            return await self._of_wave(check, due.wave)
        except AwsError as error:
            return unknown(f"it could not be asked: {error}")

    async def _of_wave(self, check: Check, wave: str) -> Found:
        """Try the wave's servers in turn: one that passes is enough."""
        found = []
        for server in launched(self._run, wave):
            one = await self._of_server(check, server)
            one = Found(one.outcome, f"{server.name}: {one.words}", one.is_settled)
            if one.outcome is CheckOutcome.PASSED:
                return one
            found.append(one)
        words = "; ".join(one.words for one in found) or "nothing of the wave is launched"
        outcomes = {one.outcome for one in found}
        outcome = outcomes.pop() if len(outcomes) == 1 else CheckOutcome.FAILED
        return Found(outcome, words, is_settled=all(one.is_settled for one in found))

    async def _of_server(self, check: Check, server: ServerState) -> Found:
        if isinstance(check, Ec2StatusCheck):
            return await self._status(server)
        instance = await self._instance(server)
        if isinstance(instance, Found):
            return instance
        match check:
            case InstanceCheck():
                return passed(f"{instance.id} is {instance.state}")
            case SsmAgentCheck():
                return await self._agent(instance)
            case PostLaunchCheck():
                return await self._post_launch(server)
            case TcpCheck() | HttpCheck() | CommandCheck() if check.vantage == BASTION:
                async with self._tries:
                    return await self._from_here(check, server, instance)
            case TcpCheck() | HttpCheck() | CommandCheck():
                async with self._tries:
                    return await self._through_ssm(check, server, instance)

    async def _instance(self, server: ServerState) -> Ec2Instance | Found:
        """A server's recovery instance as EC2 has it now, or why there is none to be asked."""
        if not server.instance_id:
            return failed(_NO_INSTANCE)
        instance = await self._instances.of(server.instance_id)
        if instance is None:
            return failed(f"EC2 does not know {server.instance_id}")
        if instance.server_id not in ("", server.id):
            return refused(f"by its tag {instance.id} is an instance of {instance.server_id}")
        if instance.is_gone or instance.state == "shutting-down":
            return failed(f"{instance.id} is {instance.state}", is_settled=True)
        return instance

    async def _status(self, server: ServerState) -> Found:
        if not server.instance_id:
            return failed(_NO_INSTANCE)
        # Side by side: what is asked for together is read together.
        instance, status = await asyncio.gather(
            self._instance(server), self._statuses.of(server.instance_id)
        )
        if isinstance(instance, Found):
            return instance
        if status is None:
            return failed(f"EC2 tells of no status checks of {instance.id}")
        if status.are_passed:
            return passed("both status checks are passed")
        if instance.state != "running":
            return failed(f"{instance.id} is {instance.state}")
        return failed(f"the system's check is {status.system}, the instance's {status.instance}")

    async def _agent(self, instance: Ec2Instance) -> Found:
        agent = await self._agents.of(instance.id)
        if agent is not None and agent.is_online:
            return passed("the agent is online")
        return failed(f"the agent of {instance.id} {_absence(agent)}")

    async def _post_launch(self, server: ServerState) -> Found:
        job = await self._jobs.of(server.job_id)
        parts = [part for part in job.servers if part.server_id == server.id] if job else []
        actions = [action for part in parts for action in part.launch_actions]
        if not actions:
            return failed("DRS tells of no post-launch action")
        wanted = [action for action in actions if not action.is_optional]
        broken = [action for action in wanted if action.status == "FAILED"]
        if broken:
            said = "; ".join(f"{a.name} failed: {a.reason or 'no reason given'}" for a in broken)
            return failed(said, is_settled=True)
        left = [action.name for action in wanted if action.status != "SUCCEEDED"]
        if left:
            return failed(f"still running: {', '.join(left)}")
        return passed(f"{len(wanted)} of {len(wanted)} succeeded")

    # From the bastion ---------------------------------------------------------------------------

    async def _from_here(
        self,
        check: ProbingCheck,
        server: ServerState,
        instance: Ec2Instance,
    ) -> Found:
        stopped = await self._obstacle(server, instance)
        if stopped is not None:
            return stopped
        address = instance.private_address
        match check:
            case TcpCheck():
                return await self._prober.tcp(address, check.port)
            case HttpCheck():
                return await self._prober.http(address, check)
            case CommandCheck():
                forbidden = self._bounds.commands_forbidden(self._run)
                if forbidden:
                    return refused(forbidden)
                environment = check_environment(self._run, server, instance)
                folder = self._run.plan.folder
                return await self._prober.command(check.argv, environment, folder)

    async def _obstacle(self, server: ServerState, instance: Ec2Instance) -> Found | None:
        """Hold an address against those of every source server of the run."""
        return obstacle(instance, server.id, await self._sources.servers())

    # Through Systems Manager --------------------------------------------------------------------

    async def _through_ssm(
        self,
        check: ProbingCheck,
        server: ServerState,
        instance: Ec2Instance,
    ) -> Found:
        """Have it tried on the instance itself, or on a probe, which could reach production too."""
        probe = probe_of(check.vantage)
        where = self._probe_id(probe) if probe else instance.id
        if isinstance(where, Found):
            return where
        if where != instance.id and not isinstance(check, CommandCheck):
            stopped = await self._obstacle(server, instance)
            if stopped is not None:
                return stopped
        agent = await self._agents.of(where)
        if agent is None or not agent.is_online:
            return failed(f"the agent of {where} {_absence(agent)}")
        document, lines = script(
            check, instance.private_address, is_windows=agent.platform == "Windows"
        )
        command_id = await self._ssm.send_script(
            where,
            document,
            lines,
            seconds=SCRIPT_SECONDS,
            comment=f"drs-tui check of {server.name}",
            account=self._run.account,
            last_check=self._recorder.assert_lease,
        )
        return self._judged(await self._ended(command_id, where), where)

    def _probe_id(self, probe: str) -> str | Found:
        """The instance that a plan probes from: by its own id, or as a server of the run."""
        named = [s for s in self._run.servers.values() if probe in (s.id, s.name)]
        if named:
            return named[0].instance_id or failed(f"the probe {probe} has no recovery instance yet")
        if probe.startswith("i-"):
            return probe
        return refused(f"no server of this run is named {probe}, to probe from")

    async def _ended(self, command_id: str, instance_id: str) -> Invocation | None:
        """A command once it has ended; as it is after a while, or None if it never showed."""
        until = self._clock.monotonic() + 2 * SCRIPT_SECONDS
        invocation = None
        while self._clock.monotonic() < until:
            await self._clock.sleep(PAUSE_SECONDS)
            invocation = await self._ssm.invocation(command_id, instance_id)
            if invocation is not None and invocation.is_ended:
                break
        return invocation

    def _judged(self, invocation: Invocation | None, where: str) -> Found:
        note = "SIMULATED, nothing was run: " if self._drs.is_simulator else ""
        if invocation is None or not invocation.is_ended:
            return unknown(f"{note}the command on {where} has not ended")
        said = " ".join(f"{invocation.output} {invocation.error}".split())
        if invocation.status == "Success":
            return passed(f"{note}it succeeded on {where}{f': {said}' if said else ''}")
        return failed(f"{note}{invocation.status} on {where}: {said or 'it said nothing'}")


def _readable(words: str) -> str:
    """What a host said of itself is data: nothing of it may move a cursor."""
    return "".join(letter if letter.isprintable() else " " for letter in words)


def _absence(agent: Agent | None) -> str:
    return "has not reported" if agent is None else f"is {agent.ping or 'of unknown state'}"


def _pause(check: Check) -> float:
    is_cheap = isinstance(check, ProbingCheck) and check.vantage == BASTION
    return PAUSE_SECONDS if is_cheap else LONG_PAUSE_SECONDS
