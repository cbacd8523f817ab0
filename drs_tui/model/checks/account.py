"""The right account and Region: those that a plan names, and before a launch still the same."""

from __future__ import annotations

from drs_tui.model.endpoints import EMBEDDED, Endpoints
from drs_tui.model.observed import CallerIdentity
from drs_tui.model.plan import CommandStep, Plan
from drs_tui.model.readiness import Finding, Verdict
from drs_tui.model.state.run import Run


def check_account(plan: Plan, account: str, region: str) -> list[Finding]:
    """Compare the plan's target with the credentials' account and the Region in use."""
    found = []
    if plan.target.account and plan.target.account != account:
        found.append(
            Finding(
                Verdict.BLOCKS,
                "account",
                account,
                f"the credentials are for account {account}, the plan for {plan.target.account}",
                "choose another profile, or mend target.account",
            )
        )
    if plan.target.region and plan.target.region != region:
        found.append(
            Finding(
                Verdict.BLOCKS,
                "region",
                region,
                f"the Region is {region}, the plan's {plan.target.region}",
                "leave --region out, or mend target.region",
            )
        )
    if not found:
        found.append(
            Finding(Verdict.PASSES, "account", account or "unknown", f"account and Region {region}")
        )
    return found


def check_target_named(plan: Plan, account: str, *, is_required: bool) -> list[Finding]:
    """See that the plan names its account: one that doesn't would run in whichever is at hand."""
    if plan.target.account or not is_required:
        return []
    return [
        Finding(
            Verdict.BLOCKS,
            "account",
            "target.account",
            "the plan does not say which account it is for, and it would run in whichever the "
            f"credentials are for: now {account}",
            f'if that is the one, write target: {{account: "{account}"}} into the plan',
        )
    ]


def check_commands_there(plan: Plan) -> list[Finding]:
    """Name the commands that would act in another account than their wave, one of several.

    They are given the credentials that a role is taken on with, and never the role's own.
    """
    role = plan.target.role_arn
    return [
        Finding(
            Verdict.BLOCKS,
            "commands",
            wave.name,
            f"a command asks for AWS credentials (`aws: true`), and those of {role} are handed to "
            "no command: it would act in another account",
            "let the command take on the role itself, without `aws: true`",
        )
        for wave in plan.waves
        if role
        and any(isinstance(s, CommandStep) and s.aws for s in (*wave.before, *wave.afterwards))
    ]


def check_still_there(run: Run, caller: CallerIdentity, endpoints: Endpoints) -> list[Finding]:
    """Compare the account, and what answers there, with those that the run was begun with."""
    found = []
    if caller.account != run.account:
        found.append(
            Finding(
                Verdict.BLOCKS,
                "account",
                caller.account,
                f"the credentials are for account {caller.account} now, and the run is in "
                f"{run.account}",
                f"put the credentials of {run.account} back, then check again",
            )
        )
    if run.endpoint_url != EMBEDDED and endpoints.simulated != run.simulated:
        now, then = ("a simulator", "AWS") if endpoints.simulated else ("AWS", "a simulator")
        found.append(
            Finding(
                Verdict.BLOCKS,
                "endpoint",
                "drs",
                f"the run was begun with {then}, and it is {now} that answers now",
                "put the endpoint back that it was begun with, then check again",
            )
        )
    found += [
        Finding(
            Verdict.BLOCKS,
            "endpoint",
            service,
            f"it is called at {endpoints.urls.get(service)} now, which is not AWS's own endpoint; "
            f"the run was begun with {run.service_urls.get(service) or 'that'}",
            "take the custom endpoint out of the settings and the environment, then check again",
        )
        for service in endpoints.custom
        if run.is_evidence
    ]
    return found
