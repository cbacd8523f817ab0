"""What has to hold whatever the servers are like: account, endpoints, policy."""

from __future__ import annotations

from dataclasses import dataclass

from drs_tui.aws.connection import Aws
from drs_tui.clock import Clock
from drs_tui.model.checks.account import check_still_there
from drs_tui.model.checks.policy import check_policy_of_wave, local_commands_forbidden
from drs_tui.model.endpoints import EMBEDDED
from drs_tui.model.parts import part_of
from drs_tui.model.policy import Site
from drs_tui.model.readiness import Finding
from drs_tui.model.state.run import Run
from drs_tui.policy.file import site


@dataclass(frozen=True, slots=True)
class Bounds:
    """Looks at them anew for the runs of one store."""

    aws: Aws
    clock: Clock
    """Drill time."""

    store: str
    """Its address."""

    setting_forbids: str = ""
    """Why the settings let no local command be started here; empty if they do."""

    async def check(self, run: Run, wave: str) -> list[Finding]:
        """What stands in the way of the next launch of a wave.

        Raises:
            AwsError: who calls there can't be asked.
        """
        caller = await self.aws.sts.caller_identity()
        endpoints = await self.aws.endpoints(run.vpc_hosts)
        found = check_still_there(part_of(run, run.target_of(wave)), caller, endpoints)
        rules = self._site(run)
        if rules is not None:
            found += check_policy_of_wave(rules, run, wave)
        return found

    def commands_forbidden(self, run: Run) -> str:
        """Why no local command may be started for a run now; empty if one may."""
        rules = self._site(run)
        return self.setting_forbids or (local_commands_forbidden(rules) if rules else "")

    def _site(self, run: Run) -> Site | None:
        """The policy as it stands; none is about a simulator that only its own driver reaches."""
        if run.endpoint_url == EMBEDDED:
            return None
        return site(self.store, self.clock.now(), run.change)
