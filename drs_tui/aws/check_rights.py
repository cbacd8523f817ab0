"""Whether whoever starts a run may do what it takes: ask, launch, terminate."""

from __future__ import annotations

from collections.abc import Mapping

from drs_tui.aws.connection import Aws
from drs_tui.aws.errors import AwsError, AwsRefused
from drs_tui.aws.looking import tried
from drs_tui.model.checks.launched import services_of
from drs_tui.model.checks.rights import Right, policy_source, questions, role_of
from drs_tui.model.observed import CallerIdentity
from drs_tui.model.plan import Plan
from drs_tui.model.readiness import Finding, Unread, Verdict


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


async def rights_to_launch(
    aws: Aws, caller: CallerIdentity, server_id: str
) -> Mapping[str, Right] | Unread:
    """What IAM says of launching a source server and of terminating; nothing is tried."""
    source = policy_source(caller.arn)
    if not source:
        return Unread(f"IAM tells it of users and roles, and {caller.arn} is neither")
    role = role_of(caller.arn)
    named = await tried(aws.iam.role_arn, role) if role else ""
    if isinstance(named, Unread):
        return named
    source = named or source
    return await tried(aws.iam.rights, source, questions(source, aws.region, server_id))
