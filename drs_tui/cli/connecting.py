"""How commands reach AWS: what the settings say, and a plan where they say nothing."""

from __future__ import annotations

from drs_tui.aws.connection import Connection
from drs_tui.config import Settings
from drs_tui.model.plan import Target


def connection_for(settings: Settings, target: Target) -> Connection:
    """The connection to a plan's target under these settings."""
    return Connection(
        region=settings.region or target.region,
        profile=settings.profile or target.profile,
        role_arn=target.role_arn,
        endpoint_url=settings.endpoint_url,
        endpoints=dict(settings.endpoints),
    )
