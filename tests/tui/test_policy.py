"""What the site's policy forbids is read in full on the smallest screen that shows everything."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from drs_tui.model.checks.policy import check_policy
from drs_tui.model.plan import Gate, Mode, Plan, Wave
from drs_tui.model.policy import ChangeWindow, Hours, Policy, Site
from drs_tui.model.readiness import Finding, Report
from drs_tui.tui.screens.preflight import PreflightScreen, Remedy
from drs_tui.tui.widgets.line_table import LineTable
from tests.tui.conftest import MakeApp
from tests.tui.looking import shows, until
from tests.tui.sample import FakeDriver, FakeReads

SATURDAYS = ChangeWindow((Hours(frozenset({5}), 8 * 60, 20 * 60),))
POLICIES = {
    "account": (Policy("p", "h", accounts=("999999999999",)), "allows account 999999999999"),
    "region": (Policy("p", "h", regions=("eu-west-1",)), "allows eu-west-1, not us-east-1"),
    "store": (Policy("p", "h", stores=("dynamodb:drills",)), "runs recorded in dynamodb:drills"),
    "change": (Policy("p", "h", change="CHG[0-9]{7}"), "of the form CHG[0-9]{7}"),
    "window": (Policy("p", "h", change_window=SATURDAYS), "sat 08:00-20:00 (UTC)"),
    "approvers": (Policy("p", "h", least_approvers=2), "before 2 people have approved"),
}


def blocked_by(policy: Policy) -> list[Finding]:
    site = Site(datetime(2026, 11, 23, 9, 0, tzinfo=UTC), "sqlite:/runs.db", "", policy)
    plan = Plan("three-tier", (Wave("database", gate=Gate("Go on")),))
    return check_policy(site, plan, Mode.DRILL, "123456789012", "us-east-1")


@pytest.mark.parametrize(("policy", "words"), POLICIES.values(), ids=POLICIES)
async def test_the_reason_is_read_in_full_and_nothing_can_be_started(
    make_app: MakeApp, reads: FakeReads, driver: FakeDriver, policy: Policy, words: str
) -> None:
    reads.report = Report(tuple(blocked_by(policy)))
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, shows(app, LineTable, "three-tier"))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, PreflightScreen))
        await until(pilot, shows(app, Remedy, "→ "))
        await until(pilot, shows(app, Remedy, words))
        await pilot.press("s")
        await pilot.pause()
        assert isinstance(app.screen, PreflightScreen)
    assert driver.started == []
