"""Starting a run: what has to be true before, and the events that it begins with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from drs_tui.audit.last_success import differences_since
from drs_tui.audit.store import RunStore, StoreError
from drs_tui.aws.connection import Aws, connection_to
from drs_tui.aws.survey import Survey
from drs_tui.aws.survey_places import survey_places
from drs_tui.clock import Clock
from drs_tui.config import Settings
from drs_tui.driver.beginning import first_drafts
from drs_tui.driver.orders import StartBlocked, StartOrder, StartUnconfirmed
from drs_tui.driver.signing import Signing
from drs_tui.model.differences import Since, unknown_since
from drs_tui.model.endpoints import all_of
from drs_tui.model.events import Draft
from drs_tui.model.observed import CallerIdentity
from drs_tui.model.plan import Plan, Target
from drs_tui.model.policy import Site
from drs_tui.model.principals import Requester
from drs_tui.model.readiness import Report, Verdict
from drs_tui.plans.programs import check_commands
from drs_tui.policy.file import site


@dataclass(frozen=True, slots=True)
class Starting:
    """Holds orders to start a run against what AWS, the site and the store say."""

    settings: Settings
    store: RunStore
    signing: Signing
    drill_clock: Clock
    embedded_url: str
    """Where this process's own simulator listens; empty without one."""

    async def drafts(
        self, plan: Plan, order: StartOrder, reached: Mapping[Target, Aws]
    ) -> list[Draft]:
        """What a run of a plan begins with; `reached` are the plan's targets, in their order.

        Raises:
            StartBlocked: preflight stands in the way; nothing was recorded.
            StartUnconfirmed: there are warnings that the order does not acknowledge.
            AwsError: AWS can't be asked.
        """
        rules = self._site(order)
        found = await survey_places(
            reached,
            plan,
            order.mode,
            store_is_shared=self.settings.store_is_shared,
            site=rules,
            ends=frozenset(order.end_instances),
            on_this_machine=check_commands(plan, order.mode, self.settings.commands_forbidden),
        )
        _refuse(found.report, order)
        starter = await self._starter(plan, order, found.caller)
        doors = list(reached.values())
        endpoints = all_of([await aws.endpoints(order.reach.vpc_hosts) for aws in doors])
        since = await self._since(found, evidence=endpoints.is_evidence)
        return first_drafts(
            order,
            found,
            since,
            starter,
            connections=[aws.connection for aws in doors],
            endpoints=endpoints,
            policy=rules.policy if rules else None,
            personal_roles=self.settings.personal_roles,
            drill_clock=self.drill_clock,
            embedded_url=self.embedded_url,
        )

    def _site(self, order: StartOrder) -> Site | None:
        """What the site allows; None with the simulator of this process, which reaches nothing."""
        if self.embedded_url:
            return None
        return site(self.settings.store, self.drill_clock.now(), order.change)

    async def _starter(self, plan: Plan, order: StartOrder, caller: CallerIdentity) -> Requester:
        """Who started a run, before they took on a role that its plan names."""
        first = plan.targets[0]
        if first.role_arn is not None:
            target = replace(first, role_arn=None)
            connection = connection_to(target, order.reach, self.embedded_url)
            async with self.signing.open(connection) as aws:
                caller = await aws.sts.caller_identity()
        return replace(order.by, arn=caller.arn, user_id=caller.user_id)

    async def _since(self, found: Survey, *, evidence: bool) -> Since | None:
        """What is different since the plan's last successful drill, or that nobody can say."""
        where = found.caller.account, found.region
        try:
            return await differences_since(
                self.store, found.plan, found.traits, *where, evidence=evidence
            )
        except StoreError as error:
            return unknown_since(self.drill_clock.now(), str(error))


def _refuse(report: Report, order: StartOrder) -> None:
    if report.verdict is Verdict.BLOCKS:
        words = "; ".join(f"{f.thing}: {f.reason}" for f in report.blocks)
        raise StartBlocked(f"preflight stands in the way: {words}", report)
    keys = [f.key for f in report.warnings] if order.acknowledge_all else order.acknowledged
    left = report.unacknowledged(keys)
    if left:
        words = "; ".join(f"{f.thing}: {f.reason}" for f in left)
        raise StartUnconfirmed(f"preflight warns: {words}", report)
