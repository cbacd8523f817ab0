"""The recovery instances that launches bring up and later jobs remove."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class RecoveryInstance:
    """An instance that a launch brought up, or will bring up."""

    recovery_instance_id: str
    source_server_id: str
    job_id: str
    is_drill: bool
    point_in_time: datetime
    launched_at: datetime
    is_protected: bool = False
    """Whether EC2's termination protection keeps it."""
    is_stopped: bool = False
    """Whether its launch left it stopped, as its launch configuration wanted."""
    boots: bool = True
    """Whether it ever passes EC2's status checks."""
    serves_at: datetime | None = None
    """Before when its applications don't answer though it has booted; None: they do then."""
    shutting_down_at: datetime | None = None
    terminated_at: datetime | None = None
    """When EC2 terminates it."""
    reversed_at: datetime | None = None
    """When it began to replicate back to its origin."""
    disconnected_at: datetime | None = None
    gone_at: datetime | None = None
    """When DRS forgets it, which EC2 need not do."""

    def is_listed(self, now: datetime) -> bool:
        """Whether DRS knows it at that moment."""
        return self.launched_at <= now and (self.gone_at is None or now < self.gone_at)

    def exists(self, now: datetime) -> bool:
        """Whether EC2 has it and it costs money, listed by DRS or not."""
        return self.launched_at <= now and (self.terminated_at is None or now < self.terminated_at)

    def ec2_state(self, now: datetime) -> str:
        """The ec2InstanceState of a listed instance."""
        if self.terminated_at is not None and now >= self.terminated_at:
            return "TERMINATED"
        if self.shutting_down_at is not None and now >= self.shutting_down_at:
            return "SHUTTING-DOWN"
        return "STOPPED" if self.is_stopped else "RUNNING"
