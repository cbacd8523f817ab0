"""A launch cleans up earlier instances of a server, so a live recovery must not be there."""

from __future__ import annotations

from drs_tui.model.observed import SourceServer
from drs_tui.model.plan import Mode
from drs_tui.model.readiness import Facts, Finding, Verdict


def check_live_recovery(server: SourceServer, name: str, facts: Facts, mode: Mode) -> list[Finding]:
    """Name what a launch of `server` would terminate."""
    found = []
    mine = [i for i in facts.instances if i.server_id == server.id]
    for instance in mine:
        if instance.is_drill is True:
            continue
        found.append(
            Finding(
                Verdict.BLOCKS,
                "live recovery",
                name,
                f"{instance.ec2_instance_id or instance.id} is a recovery instance of this server "
                f"and not known to be a drill's: a {mode.value} would terminate it",
                "finish that recovery (failback, then disconnect) before you launch this server",
            )
        )
    its_own = server.last_launch_job in facts.own_jobs
    if not mine and server.last_launch_type == "RECOVERY" and not its_own:
        found.append(
            Finding(
                Verdict.BLOCKS,
                "live recovery",
                name,
                "its last launch was a real recovery, and DRS no longer lists the instance: "
                f"a {mode.value} would terminate it all the same",
                "make sure in EC2 that the recovery's instance is gone, then drill it by hand once",
            )
        )
    found += [
        Finding(
            Verdict.WARNS,
            "earlier drill",
            name,
            f"the drill instance {instance.ec2_instance_id or instance.id} still runs, "
            "and this launch terminates it",
            "clean up the earlier drill, or acknowledge that it ends here",
        )
        for instance in mine
        if instance.is_drill is True and instance.job_id not in facts.own_jobs
    ]
    return found
