"""Whether whoever starts a run may ask AWS what the checks after launch will ask."""

from __future__ import annotations

from drs_tui.aws.connection import Aws
from drs_tui.aws.errors import AwsError, AwsRefused
from drs_tui.model.checks.launched import services_of
from drs_tui.model.plan import Plan
from drs_tui.model.readiness import Finding, Verdict


async def check_rights(aws: Aws, plan: Plan) -> list[Finding]:
    """Read a little of each service that a plan's checks need; one finding for what is refused."""
    reads = {"EC2": aws.ec2.try_instance_checks, "Systems Manager": aws.ssm.try_agents}
    found = []
    for service in services_of(plan):
        try:
            await reads[service]()
        except AwsError as error:
            refused = isinstance(error, AwsRefused)
            found.append(
                Finding(
                    Verdict.WARNS if refused else Verdict.UNKNOWN,
                    "checks",
                    service,
                    f"the checks after launch could not ask {service}: {error}",
                    "let the caller read it, or say `checks: []`: launched, not verified",
                )
            )
    return found
