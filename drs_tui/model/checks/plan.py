"""What a plan asks for, held against what can be done here."""

from __future__ import annotations

from drs_tui.model.plan import Plan
from drs_tui.model.readiness import Finding, Verdict


def check_approvals(plan: Plan, *, store_is_shared: bool) -> list[Finding]:
    """Name the gates that nobody could pass, as those who have to can't reach the audit store."""
    return [
        Finding(
            Verdict.BLOCKS,
            "approvals",
            wave.name,
            "its gate needs somebody beside the operator, and nobody else can reach an audit "
            "store on this machine",
            "name a DynamoDB store with --store, or let the gate be passed by one person",
        )
        for wave in plan.waves
        if wave.gate is not None and wave.gate.needs_others and not store_is_shared
    ]
