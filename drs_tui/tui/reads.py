"""What screens want to know of AWS."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from drs_tui.aws.survey import Survey
    from drs_tui.model.endpoints import Endpoints
    from drs_tui.model.keys import Keys
    from drs_tui.model.machines import LaunchSettings
    from drs_tui.model.observed import CallerIdentity, SourceServer
    from drs_tui.model.plan import Mode, Plan
    from drs_tui.model.readiness import Progress, Report
    from drs_tui.tui.billing import Landscape


class ReadError(Exception):
    """AWS could not be asked, or refused; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Inventory:
    """The source servers of an account and Region, as DRS listed them."""

    servers: tuple[SourceServer, ...]
    as_of: datetime
    """DRS's own time."""


class Reads(Protocol):
    """What screens want to know of AWS; each call raises `ReadError`."""

    async def prepare(self) -> None:
        """Load what asking takes; nobody is asked."""

    async def caller(self) -> tuple[CallerIdentity, str]:
        """Whose credentials are in use, and the Region."""

    async def endpoints(self) -> Endpoints:
        """Where they are called, and whether that is AWS."""

    async def credentials_end_at(self) -> datetime | None:
        """When the credentials end; None where they don't, are renewed, or nobody says when."""

    async def renew(self, profile: str, keys: Keys | None) -> None:
        """Sign with these what was signed with a profile's credentials; None: look again."""

    async def servers(self) -> Inventory:
        """The source servers of the account and Region."""

    async def launch_settings(self, server_id: str) -> LaunchSettings:
        """How DRS would launch a source server."""

    async def landscape(self, recorded: Sequence[str]) -> Landscape:
        """The recovery instances of the account and Region, and the jobs that launched them.

        EC2 is asked about `recorded` instances too, whether DRS lists them or not.
        """

    async def outlooks(self, plans: Sequence[Plan], mode: Mode) -> list[Report | ReadError]:
        """The plans held against the source servers alone, which costs little; raises nothing."""

    async def survey(self, plan: Plan, mode: Mode, progress: Progress) -> Survey:
        """A plan, to be run in this mode, held against what AWS says."""

    async def close(self) -> None:
        """Close connections."""
