"""`drs-tui run`: a run that is started from the command line."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, replace

from drs_tui.audit.requests import requester
from drs_tui.audit.store import StoreError
from drs_tui.cli.asynchronous import run_async
from drs_tui.cli.failure import CliError
from drs_tui.cli.left import left_running, left_words
from drs_tui.cli.plan import plan_at, plan_size
from drs_tui.cli.printer import PATIENCE_SECONDS, Printer
from drs_tui.cli.progress import Progress
from drs_tui.cli.readiness import finding_lines
from drs_tui.cli.say import ask, can_ask, say, tell, tell_json
from drs_tui.cli.stores import check_address, opened
from drs_tui.clock import SystemClock
from drs_tui.config import Settings
from drs_tui.driver.client import DriverClient
from drs_tui.driver.headless import run_headless
from drs_tui.driver.orders import StartBlocked, StartOrder, StartUnconfirmed, Welcome
from drs_tui.driver.stand_in import Terminal
from drs_tui.model.endpoints import EMBEDDED
from drs_tui.model.exit_codes import BLOCKED, FAILED, SUCCEEDED, UNDECIDED
from drs_tui.model.plan import Mode, Plan
from drs_tui.model.state.run import Run
from drs_tui.signals import BY_SIGNAL, leave_at_once


@dataclass(frozen=True, slots=True)
class Wishes:
    """What somebody wants of a run."""

    plan: str
    """A path or a name."""

    recovery: bool = False
    confirm: str | None = None
    reason: str = ""
    change: str = ""
    cleanup: str = ""
    end_instances: tuple[str, ...] = ()
    """EC2 ids of instances that a recovery may end."""

    keep_for_seconds: int | None = None
    yes: bool = False
    as_json: bool = False
    detach: bool = False


def run(settings: Settings, wishes: Wishes) -> int:
    """Start a run, here or in the background; returns the exit code."""
    refuse_read_only(settings)
    check_address(settings)
    path, plan = plan_at(settings, wishes.plan)
    mode = _mode(plan, wishes)
    _check_cleanup(settings, wishes, mode)
    order = StartOrder(
        plan_path=path,
        mode=mode,
        by=requester(os.environ),
        reason=wishes.reason,
        change=wishes.change,
        cleanup_policy=wishes.cleanup,
        end_instances=wishes.end_instances,
        keep_for_seconds=wishes.keep_for_seconds,
        acknowledge_all=wishes.yes,
    )
    if not wishes.yes:
        if not can_ask():
            say("nobody is here to say whether to start: add --yes. Nothing was launched.")
            return UNDECIDED
        if not ask(_question(settings, plan, mode)):
            say("not started")
            return FAILED
    if wishes.detach:
        return run_async(_detach(settings, order, wishes))
    code = drive_here(
        wishes.as_json,
        lambda terminal: run_async(run_headless(settings, order, terminal, yes=wishes.yes)),
    )
    if settings.simulation is None and code < BY_SIGNAL:
        run_async(_say_what_is_left(settings))
    return code


async def _say_what_is_left(settings: Settings) -> int:
    """Tell of every drill of the store that has left something running, this one too."""
    now = SystemClock().now()
    try:
        async with opened(settings) as store:
            async for run in left_running(store):
                say(f"{left_words(run, now)}: drs-tui cleanup {run.run_id}")
    except (CliError, StoreError) as error:
        say(f"what earlier drills have left running is not known: {error}")
    return SUCCEEDED


def drive_here(as_json: bool, drive: Callable[[Terminal], int]) -> int:
    """Drive a run in this process with `drive`, print its progress, and what became of it.

    Raises:
        KeyboardInterrupt: somebody interrupted it; what to do next is said by then.
    """
    progress = Progress(as_json=as_json)
    printer = Printer()
    terminal = Terminal(
        on_event=lambda event: printer.put(lambda: progress.see(event)),
        say=lambda words: printer.put(lambda: say(words)),
        ask=(lambda question: printer.ask(lambda: ask(question))) if can_ask() else None,
    )
    number = 0
    try:
        code = drive(terminal)
        number = max(code - BY_SIGNAL, 0)
        return code
    except KeyboardInterrupt:
        number = signal.SIGINT.value
        raise
    finally:
        printer.put(lambda: _say_interrupted(progress.run) if number else progress.conclude())
        if not printer.close(PATIENCE_SECONDS if number else None):
            leave_at_once(number)


def _say_interrupted(run: Run | None) -> None:
    if run is None:
        return
    if run.endpoint_url == EMBEDDED:
        say(f"stopped driving {run.run_id}: its simulated DRS ended with it")
    else:
        say(
            f"stopped driving {run.run_id}: DRS goes on with what it has begun, nothing more is "
            f"launched. Go on with: drs-tui attach {run.run_id} --take-over --reason TEXT"
        )


def refuse_read_only(settings: Settings) -> None:
    """Keep a command that changes something from running in read-only mode.

    Raises:
        CliError: the mode is on.
    """
    if settings.read_only:
        raise CliError("read-only mode is on, and this would change something; leave it out")


def _mode(plan: Plan, wishes: Wishes) -> Mode:
    if not wishes.recovery:
        if wishes.confirm is not None:
            raise CliError("--confirm goes with --recovery")
        if wishes.end_instances:
            raise CliError("--end-instance goes with --recovery: no drill may end one of those")
        return Mode.DRILL
    if wishes.confirm != plan.name:
        raise CliError(
            f"--recovery starts a REAL RECOVERY: say --confirm {plan.name} as well, the plan's name"
        )
    return Mode.RECOVERY


def _check_cleanup(settings: Settings, wishes: Wishes, mode: Mode) -> None:
    """See that nobody is billed for instances that were forgotten.

    Raises:
        CliError: it was not said what becomes of them, or two things were.
    """
    if mode is not Mode.DRILL:
        if wishes.cleanup or wishes.keep_for_seconds is not None:
            raise CliError("--cleanup and --keep-for are for drills: what a recovery starts, stays")
        return
    if wishes.keep_for_seconds is not None and wishes.cleanup == "never":
        raise CliError("--keep-for says when it goes, and --cleanup never that it stays: choose")
    if settings.simulation is None and not wishes.cleanup:
        raise CliError(
            "a drill's instances bill until they are terminated: say --cleanup always, success or "
            "never (with --keep-for 4h, say, they stay a while)"
        )


def _question(settings: Settings, plan: Plan, mode: Mode) -> str:
    kind = "a drill" if mode is Mode.DRILL else "a REAL RECOVERY"
    own = plan.target
    places = [
        ", ".join(filter(None, (t.account, (t == own and settings.region) or t.region)))
        for t in plan.targets
    ]
    where = " and ".join(filter(None, places))
    if settings.simulation:
        where = f"a simulated DRS, scenario {settings.simulation.scenario}"
    return (
        f"Start {kind} of {plan.name}: {plan_size(plan)}, on "
        f"{where or 'the account and Region of your credentials'}?"
    )


# In the background ------------------------------------------------------------------------------


async def _detach(settings: Settings, order: StartOrder, wishes: Wishes) -> int:
    client = DriverClient(settings)
    try:
        _check_driver(settings, await client.welcome())
        run_id = await _start(client, order)
    except StartUnconfirmed as unconfirmed:
        say(f"{unconfirmed}. Say --yes to take that upon you; nothing was launched.")
        return UNDECIDED
    except StartBlocked as blocked:
        say("preflight stands in the way; nothing was launched")
        for line in finding_lines(blocked.report.blocks):
            say(line)
        return BLOCKED
    finally:
        await client.close()
    if wishes.as_json:
        tell_json({"run_id": run_id})
    else:
        tell(run_id)
    return SUCCEEDED


async def _start(client: DriverClient, order: StartOrder) -> str:
    try:
        return await client.start(order)
    except StartUnconfirmed as unconfirmed:
        for line in finding_lines(unconfirmed.report.warnings):
            say(line)
        if not can_ask() or not ask("Start in spite of these warnings?"):
            raise
        keys = tuple(finding.key for finding in unconfirmed.report.warnings)
        return await client.start(replace(order, acknowledged=keys))


def _check_driver(settings: Settings, welcome: Welcome) -> None:
    """A busy driver keeps its own settings: what it drives must not be mistaken for the other."""
    wanted = settings.simulation.scenario if settings.simulation else ""
    if welcome.scenario == wanted:
        return
    runs = ", ".join(welcome.active_runs)
    has = f"on a simulated DRS ({welcome.scenario})" if welcome.scenario else "on AWS"
    raise CliError(
        f"the background driver of {settings.store} drives {runs} {has} and cannot do both: "
        "wait for it, leave --detach out, or name another --store"
    )
