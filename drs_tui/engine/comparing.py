"""Holding the networks of what a wave launched against those where the plan has its drills."""

from __future__ import annotations

from dataclasses import dataclass

from drs_tui.audit.recorder import Recorder
from drs_tui.aws.connection import Aws
from drs_tui.aws.errors import AwsError
from drs_tui.clock import Clock
from drs_tui.engine.news import DRIVER
from drs_tui.model.checks.isolation import outside_of
from drs_tui.model.events import Draft, EventType
from drs_tui.model.machines import Ec2Instance
from drs_tui.model.state.run import Run
from drs_tui.model.status import ServerResult

TRIES = 3
TRY_AGAIN_SECONDS = 10.0
"""Drill seconds; EC2 may show an instance a little later than DRS does."""


@dataclass(frozen=True, slots=True)
class Comparer:
    """Looks at the real interfaces of one run's drill instances."""

    recorder: Recorder
    aws: Aws
    clock: Clock
    """Drill time."""

    async def compare(self, name: str) -> None:
        """Record whether all that a wave launched is where it may be; not to know is not to be.

        Raises:
            LeaseLost, NotTheWriter: somebody else drives the run now.
            StoreUnavailable: the run's events cannot be written; it has to be compared again.
        """
        job_id = self.recorder.run.waves[name].job_id
        words = ""
        for tries_left in reversed(range(TRIES)):
            try:
                words = not_isolated(self.recorder.run, name, await self._instances(name))
            except AwsError as error:
                words = f"where its instances are is not known: {error}"
            if not words or not tries_left:
                break
            await self.clock.sleep(TRY_AGAIN_SECONDS)
        compared = {"wave": name, "job_id": job_id, "words": words}
        draft = Draft(EventType.ISOLATION_COMPARED, self.clock.now(), DRIVER, compared)
        await self.recorder.record([draft])

    async def _instances(self, name: str) -> list[Ec2Instance]:
        """What runs of a wave's servers: by DRS's word, and by EC2's tags."""
        servers = self.recorder.run.of_wave(name)
        known = [server.instance_id for server in servers if server.instance_id]
        tagged = await self.aws.ec2.instances_of_servers([server.id for server in servers])
        found = [*tagged, *await self.aws.ec2.instances(known)]
        unique = {instance.id: instance for instance in found}
        return [each for each in unique.values() if not (each.is_ending or each.is_helper)]


def not_isolated(run: Run, name: str, instances: list[Ec2Instance]) -> str:
    """What is outside the plan's isolation, or was not found, in words; empty: nothing."""
    by_id = {instance.id: instance for instance in instances}
    by_server = {instance.server_id: instance for instance in instances if instance.server_id}
    names = {server.id: server.name for server in run.of_wave(name)}
    found = []
    for instance in instances:
        outside = outside_of(instance, run.plan.isolation)
        if outside:
            named = names.get(instance.server_id, "")
            found.append(f"{named} {instance.id}".strip() + f": {', '.join(outside)}")
    for server in run.of_wave(name):
        launched = server.result is ServerResult.LAUNCHED
        if launched and server.instance_id not in by_id and server.id not in by_server:
            found.append(f"{server.name}: EC2 does not show the instance that was launched")
    return "; ".join(found)
