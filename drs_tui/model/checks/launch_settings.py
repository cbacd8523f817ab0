"""What a server's launch settings would do to a machine that is there already."""

from __future__ import annotations

from drs_tui.model.plan import Mode, PlanServer
from drs_tui.model.readiness import NOT_ASKED, Facts, Finding, Unread, Verdict


def check_launch_into(planned: PlanServer, name: str, facts: Facts, mode: Mode) -> list[Finding]:
    """Name the instance whose volumes a launch would exchange, unless the plan names it."""
    settings = facts.settings.get(planned.id or "", NOT_ASKED)
    if isinstance(settings, Unread):
        # In a disaster nobody waits for what is usually not so.
        return [
            Finding(
                Verdict.UNKNOWN if mode is Mode.RECOVERY else Verdict.BLOCKS,
                "launch settings",
                name,
                "whether it launches into an existing instance, and into which network, is not "
                f"known, as its launch settings could not be read: {settings.words}",
                "let the caller read them (drs:GetLaunchConfiguration), or look again later",
            )
        ]
    into = settings.into_instance_id
    if not into or into == planned.launch_into:
        return []
    return [
        Finding(
            Verdict.WARNS if mode is Mode.RECOVERY else Verdict.BLOCKS,
            "launch into",
            name,
            f"its launch settings launch into the existing instance {into}: a {mode.value} would "
            "exchange the volumes of that machine",
            "take that out of the server's launch settings, or write "
            f"`launch_into: {into}` beside the server in the plan",
        )
    ]
