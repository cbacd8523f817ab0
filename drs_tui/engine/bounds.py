"""What has to hold before each launch whatever its servers are like: account, endpoints, policy."""

from __future__ import annotations

from dataclasses import dataclass

from drs_tui.aws.connection import Aws
from drs_tui.clock import Clock
from drs_tui.model.checks.account import check_still_there
from drs_tui.model.checks.policy import check_policy_of_wave
from drs_tui.model.endpoints import EMBEDDED
from drs_tui.model.readiness import Finding
from drs_tui.model.state import Run
from drs_tui.policy.file import site


@dataclass(frozen=True, slots=True)
class Bounds:
    """Looks at them anew for the runs of one store."""

    aws: Aws
    clock: Clock
    """Drill time."""

    store: str
    """Its address."""

    async def check(self, run: Run, wave: str) -> list[Finding]:
        """What stands in the way of the next launch of a wave.

        Raises:
            AwsError: who calls there can't be asked.
        """
        caller = await self.aws.sts.caller_identity()
        endpoints = await self.aws.endpoints(run.vpc_hosts)
        found = check_still_there(run, caller, endpoints)
        if run.endpoint_url != EMBEDDED:
            # No policy is about a simulator that nothing but its own driver can reach.
            rules = site(self.store, self.clock.now(), run.change)
            found += check_policy_of_wave(rules, run, wave)
        return found

    def forbids_commands(self, run: Run) -> str:
        """Why the site's policy lets no command be started on this machine; empty if it does."""
        if run.endpoint_url == EMBEDDED:
            return ""
        rules = site(self.store, self.clock.now(), run.change)
        forbidden = rules.policy is not None and not rules.policy.allows_commands
        return rules.trouble or ("the policy forbids local commands" if forbidden else "")
