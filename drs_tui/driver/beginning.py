"""The first events of a run: what it is, who started it, what preflight found."""

from __future__ import annotations

from collections.abc import Sequence

from drs_tui import __version__
from drs_tui.aws.connection import Connection
from drs_tui.aws.survey import Survey
from drs_tui.clock import Clock
from drs_tui.driver.orders import StartOrder
from drs_tui.engine.news import DRIVER
from drs_tui.model.differences import Since
from drs_tui.model.endpoints import EMBEDDED, Endpoints
from drs_tui.model.events import Draft, EventType, Json
from drs_tui.model.launch_traits import traits_to_data
from drs_tui.model.plan_data import plan_to_data
from drs_tui.model.policy import Policy
from drs_tui.model.principals import Requester, principal_of
from drs_tui.model.state.targets import RunTarget


def first_drafts(
    order: StartOrder,
    found: Survey,
    since: Since | None,
    starter: Requester,
    *,
    connections: Sequence[Connection],
    endpoints: Endpoints,
    policy: Policy | None,
    personal_roles: Sequence[str],
    drill_clock: Clock,
    embedded_url: str,
) -> list[Draft]:
    """What a run begins with, all of it as of now.

    Args:
        order: What was asked for.
        found: The plan as AWS knows it, and what was found.
        since: What is different since the plan's last successful drill; None without one.
        starter: Who asked.
        connections: How its targets are reached, in their order.
        endpoints: Where their services are called.
        policy: The site's, if it has one.
        personal_roles: Roles of which each session is a person.
        drill_clock: Time of events.
        embedded_url: Where the driver's own simulator listens; empty without one.
    """
    caller, now = found.caller, drill_clock.now()
    connection = connections[0]
    embedded = embedded_url and connection.endpoint_url == embedded_url
    target: dict[str, Json] = {"account": caller.account, "region": found.region}
    if connection.profile:
        target["profile"] = connection.profile
    resolved: dict[str, Json] = dict(plan_to_data(found.plan))  # type: ignore[arg-type]
    # Whoever can use the run's own role could have started it.
    arns = (starter.arn, caller.arn, *(place.arn for place in found.places))
    started_as = {principal_of(arn, personal_roles) for arn in arns} - {""}
    custom: list[Json] = [*endpoints.custom]
    vpc_hosts: list[Json] = [*order.reach.vpc_hosts]
    created: dict[str, Json] = {
        "plan": resolved,
        "mode": order.mode.value,
        "target": target,
        "endpoints": {"drs": EMBEDDED if embedded else connection.endpoint_of("drs") or ""},
        "service_urls": dict(endpoints.urls),
        "custom_endpoints": custom,
        "vpc_hosts": vpc_hosts,
        "simulated": endpoints.simulated,
        "evidence": endpoints.is_evidence,
        "windows": list(found.windows),
        "launch_settings": traits_to_data(found.traits),
        "caller": {"arn": caller.arn, "account": caller.account, "user_id": caller.user_id},
        "by": starter.to_data(),
        "started_as": sorted(started_as),
        "personal_roles": list(personal_roles),
        "tool": {"name": "drs-tui", "version": __version__},
        "speed_percent": int(drill_clock.speed * 100),
        "reason": order.reason,
        "change": order.change,
        "cleanup_policy": order.cleanup_policy,
        "end_instances": list(order.end_instances),
    }
    if found.places:
        created["targets"] = [
            RunTarget(
                place.account,
                place.region,
                there.profile or "",
                there.role_arn or "",
                place.target.account or "",
                tuple(w.name for w in found.plan.waves if found.plan.target_of(w) == place.target),
            ).to_data()
            for place, there in zip(found.places, connections, strict=True)
        ]
    if policy is not None:
        created["policy"] = {"path": policy.path, "sha256": policy.sha256}
    if order.keep_for_seconds is not None:
        created["keep_for_seconds"] = order.keep_for_seconds
    warnings = found.report.warnings
    preflighted: dict[str, Json] = {
        "verdict": found.report.verdict.value,
        "checks": len(found.report.findings),
        "findings": [finding.to_data() for finding in warnings],
    }
    if since is not None:
        preflighted["compared_with"] = since.run_id
        preflighted["differences"] = [f"{d.thing}: {d.words}" for d in since.differences]
    drafts = [
        Draft(EventType.RUN_CREATED, now, starter.name, created),
        Draft(EventType.RUN_PREFLIGHTED, now, DRIVER, preflighted),
    ]
    if warnings:
        keys: list[Json] = [finding.key for finding in warnings]
        drafts.append(Draft(EventType.RUN_ACKNOWLEDGED, now, starter.name, {"findings": keys}))
    return drafts
