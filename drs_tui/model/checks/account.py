"""Whether a plan runs where it is meant to."""

from __future__ import annotations

from drs_tui.model.plan import Plan
from drs_tui.model.readiness import Finding, Verdict


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
