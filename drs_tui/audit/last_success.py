"""A plan's last successful drill, for what is different since."""

from __future__ import annotations

from collections.abc import Mapping

from drs_tui.audit.store import RunStore
from drs_tui.model.differences import Since, compare
from drs_tui.model.launch_traits import Traits
from drs_tui.model.plan import Mode, Plan
from drs_tui.model.run import apply
from drs_tui.model.state.run import Run
from drs_tui.model.status import RunStatus

MOST_HEADERS = 200
"""Of a plan's runs, how many are looked through, the newest first."""


async def differences_since(
    store: RunStore,
    plan: Plan,
    traits: Mapping[str, Traits],
    account: str,
    region: str,
    *,
    evidence: bool,
) -> Since | None:
    """What is different since the last drill of a plan that succeeded; None without one.

    Args:
        store: Where it is recorded.
        plan: As resolved now.
        traits: How its servers would be launched now.
        account: Where it is to be drilled.
        region: Beside that.
        evidence: Whether AWS answers: a drill of a simulator says nothing of AWS, nor vice versa.

    Raises:
        StoreError: the store can't be read.
    """
    before = await _last_success(store, plan.name, account, region, evidence=evidence)
    return compare(before, plan, traits) if before is not None else None


async def _last_success(
    store: RunStore, plan: str, account: str, region: str, *, evidence: bool
) -> Run | None:
    """The newest that succeeded there, as it began."""
    page = await store.list(
        active=False, plan_id=plan, status=RunStatus.SUCCEEDED.value, limit=MOST_HEADERS
    )
    for header in page.headers:
        there = (header.account, header.region) == (account, region)
        if there and header.mode == Mode.DRILL.value and header.evidence is evidence:
            async for event in store.events(header.run_id):
                return apply(None, event)
    return None
