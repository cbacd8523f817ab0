"""What preflight says of the checks that come after a launch."""

from __future__ import annotations

from drs_tui.model.launch_checks import (
    BASTION,
    ProbingCheck,
    SsmAgentCheck,
    probe_of,
)
from drs_tui.model.plan import Plan
from drs_tui.model.readiness import Finding, Verdict
from drs_tui.model.verification import checks_of


def services_of(plan: Plan) -> list[str]:
    """The services beside DRS that the checks of a plan ask: EC2 for all, as that has the address.

    Post-launch actions are DRS's own, but of an instance that EC2 has to know.
    """
    checks = [check for wave in plan.waves for check in checks_of(wave)]
    through_ssm = [
        check
        for check in checks
        if isinstance(check, SsmAgentCheck)
        or (isinstance(check, ProbingCheck) and check.vantage != BASTION)
    ]
    return [*(["EC2"] if checks else []), *(["Systems Manager"] if through_ssm else [])]


def check_probes(plan: Plan) -> list[Finding]:
    """Name the probes of a resolved plan that nobody can find."""
    known = {name for _, server in plan.servers() for name in (server.id, server.name)}
    return [
        Finding(
            Verdict.BLOCKS,
            "checks",
            wave.name,
            f"a check is made from {probe}, and no server of the plan has that name",
            "name a server of the plan, or an instance id (i-…)",
        )
        for wave in plan.waves
        for check in checks_of(wave)
        if isinstance(check, ProbingCheck)
        and (probe := probe_of(check.vantage))
        and not probe.startswith("i-")
        and probe not in known
    ]
