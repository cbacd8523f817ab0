"""`drs-tui plan new`: a plan made of the servers that DRS replicates."""

from __future__ import annotations

from contextlib import AsyncExitStack

from drs_tui.aws.connection import Aws, connection_to
from drs_tui.cli.asynchronous import run_async
from drs_tui.cli.failure import CliError
from drs_tui.cli.say import say, tell, tell_json
from drs_tui.cli.simulated import simulated_settings
from drs_tui.clock import SystemClock
from drs_tui.config import Settings
from drs_tui.model.exit_codes import SUCCEEDED
from drs_tui.model.observed import SourceServer
from drs_tui.model.plan import Target
from drs_tui.plans import DraftError, draft_plan, own_folder, write_draft
from drs_tui.simulator.server import Simulator, SimulatorSettings


def new(settings: Settings, name: str, *, by_tag: str | None, simulate: bool, as_json: bool) -> int:
    """Draft a plan of the fleet and write it into the first plan folder of one's own.

    Raises:
        CliError: there is nothing to plan for, or the file cannot be written.
    """
    if simulate:
        settings = simulated_settings(settings, scenario="calm", speed=1.0, seed=0)
    return run_async(_new(settings, name, by_tag, as_json))


async def _new(settings: Settings, name: str, by_tag: str | None, as_json: bool) -> int:
    folder = own_folder(settings.plan_folders)
    if folder is None:
        raise CliError("no plan folder of your own is set: set DRS_TUI_PLANS")
    servers, target = await _fleet(settings)
    try:
        draft = draft_plan(name, servers, by_tag=by_tag, target=target)
        path = write_draft(draft, folder)
    except DraftError as error:
        raise CliError(str(error)) from error
    if as_json:
        waves = {wave: [server.id for server in members] for wave, members in draft.waves.items()}
        tell_json({"path": str(path), "plan": name, "by_tag": draft.by_tag, "waves": waves})
        return SUCCEEDED
    tell(str(path))
    say(
        f"by the tag {draft.by_tag}:"
        if draft.by_tag
        else "in one wave, as no tag tells them apart:"
    )
    for wave, members in draft.waves.items():
        say(f"  {wave}: {', '.join(server.name for server in members)}")
    following = "run --simulate" if settings.simulation is not None else "preflight"
    say(f"look it over, then: drs-tui {following} {path}")
    return SUCCEEDED


async def _fleet(settings: Settings) -> tuple[list[SourceServer], Target]:
    """The source servers, and where they are."""
    async with AsyncExitStack() as stack:
        url = ""
        if settings.simulation is not None:
            simulator = Simulator(SimulatorSettings(), SystemClock())
            url = (await stack.enter_async_context(simulator)).endpoint_url
        aws = await stack.enter_async_context(Aws(connection_to(Target(), settings.reach, url)))
        caller = await aws.sts.caller_identity()
        return await aws.drs.source_servers(), Target(caller.account, aws.region)
