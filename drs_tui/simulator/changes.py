"""What calls have changed in a Region beside its jobs and instances."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Steering(StrEnum):
    """What a call did to the data replication of a source server."""

    STARTED = "started"
    STOPPED = "stopped"
    DISCONNECTED = "disconnected"


@dataclass(frozen=True, slots=True)
class Steered:
    """The last such call."""

    steering: Steering
    at: datetime


@dataclass(slots=True)
class Changes:
    """What a Region would be without, had nobody called it."""

    initialized: bool = True
    """Whether the Region is ready for DRS."""
    replication: dict[str, Steered] = field(default_factory=dict)
    """By source server id."""
    launch_settings: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The members of a LaunchConfiguration that were set, by source server id."""
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    """All tags of a resource whose tags were changed, by ARN."""
    extended: dict[str, str] = field(default_factory=dict)
    """The staging source server's ARN of each source server made by extending one, by id."""
    deleted: list[str] = field(default_factory=list)
    """Ids of deleted source servers and jobs."""
    automations: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What began each execution of a Systems Manager automation, by its id."""
    commands: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What began each Systems Manager command, by its id."""
    count: int = 0
    """How often anything here has changed."""

    def initialize(self) -> None:
        """Make the Region ready for DRS."""
        self.initialized = True
        self.count += 1

    def steer(self, server_id: str, steering: Steering, at: datetime) -> None:
        """Keep what a call did to a source server's replication."""
        self.replication[server_id] = Steered(steering, at)
        self.count += 1

    def delete(self, identity: str) -> None:
        """Forget a source server or a job."""
        self.deleted.append(identity)
        self.count += 1

    def retag(self, arn: str, tags: Mapping[str, str]) -> None:
        """Keep all tags that a resource has now."""
        self.tags[arn] = dict(tags)
        self.count += 1

    def set_launch(self, server_id: str, members: Mapping[str, Any]) -> None:
        """Keep members of a source server's launch configuration."""
        self.launch_settings.setdefault(server_id, {}).update(members)
        self.count += 1

    def to_json(self) -> dict[str, Any]:
        """In terms of JSON, to be kept."""
        return {
            "initialized": self.initialized,
            "replication": {
                server: [steered.steering.value, steered.at.isoformat()]
                for server, steered in self.replication.items()
            },
            "launch_settings": self.launch_settings,
            "tags": self.tags,
            "extended": self.extended,
            "deleted": self.deleted,
            "automations": self.automations,
            "commands": self.commands,
            "count": self.count,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Changes:
        """Read what `to_json` wrote.

        Raises:
            KeyError, TypeError, ValueError, AttributeError: it didn't write that.
        """
        replication = {
            server: Steered(Steering(steering), datetime.fromisoformat(at))
            for server, (steering, at) in kept["replication"].items()
        }
        return cls(**{**kept, "replication": replication})
