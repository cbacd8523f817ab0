"""Facts about one ready server, `s-1`, of which a test changes what it is about."""

from __future__ import annotations

from typing import Any

from drs_tui.model.checks.launch import check_launch
from drs_tui.model.machines import (
    SOURCE_SERVER_TAG,
    Ec2Instance,
    Interface,
    LaunchSettings,
    LaunchTemplate,
    Networks,
    Subnet,
)
from drs_tui.model.observed import RecoveryInstance, SourceServer
from drs_tui.model.plan import Isolation, Mode, Wave
from drs_tui.model.readiness import Facts, Finding, Verdict
from tests.model.story import wave_of

READY = SourceServer("s-1", "orders-db", replication_state="CONTINUOUS", lag_ms=3000)
PLAIN = LaunchSettings(
    "s-1", template_id="lt-1", copies_private_ip=False, has_post_launch_actions=False
)
INSIDE = Subnet("subnet-drill", "vpc-drill", free_addresses=100)
NETWORKS = Networks(
    {"lt-1": LaunchTemplate("lt-1", 2, True, interfaces=(Interface("subnet-drill"),))},
    {"subnet-drill": INSIDE},
)

ANYWHERE = Isolation()
BLOCKED_BY_LIVE = [(Verdict.BLOCKS, "live recovery")]
IS_READY = [(Verdict.PASSES, "server")]


def facts_of(server: SourceServer = READY, **changes: Any) -> Facts:
    """Everything is known, and nothing speaks against a launch, but for `changes`."""
    usual: dict[str, Any] = {"instances": (), "machines": (), "settings": {"s-1": PLAIN}}
    usual |= {"networks": NETWORKS, "executions": ()}
    return Facts({server.id: server}, **{**usual, **changes})


def found(
    facts: Facts,
    mode: Mode = Mode.DRILL,
    wave: Wave | None = None,
    isolation: Isolation = ANYWHERE,
) -> list[Finding]:
    """All that is found about launching the server."""
    return check_launch([wave or wave_of("db", "s-1")], facts, mode, isolation)


def checked(
    facts: Facts, mode: Mode = Mode.DRILL, wave: Wave | None = None
) -> list[tuple[Verdict, str]]:
    """Verdict and check of all that is found."""
    return [(finding.verdict, finding.check) for finding in found(facts, mode, wave)]


def listed(instance_id: str = "i-1", server_id: str = "s-1", **members: Any) -> RecoveryInstance:
    """A recovery instance that DRS lists."""
    return RecoveryInstance(instance_id, server_id, instance_id, "RUNNING", **members)


def machine(instance_id: str = "i-1", server_id: str = "s-1", **members: Any) -> Ec2Instance:
    """An instance as EC2 has it, with DRS's tag."""
    tags = {SOURCE_SERVER_TAG: server_id, **members.pop("tags", {})}
    return Ec2Instance(instance_id, members.pop("state", "running"), tags=tags, **members)
