"""All that is looked at before a launch: by preflight, and again directly before each call."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum, auto

from drs_tui.model.checks.isolation import check_network
from drs_tui.model.checks.launch_settings import check_launch_into
from drs_tui.model.checks.live_recovery import check_live_recovery
from drs_tui.model.checks.points import check_point, choose_points
from drs_tui.model.checks.servers import check_server, leave_out, ready
from drs_tui.model.plan import Isolation, Mode, PlanServer, Wave
from drs_tui.model.points import Chosen
from drs_tui.model.readiness import Facts, Finding, Verdict


class Part(Enum):
    """A part of the facts of a server that is there, or not, as a whole."""

    STANDING = auto()
    """The server itself, and the jobs that run."""

    INSTANCES = auto()
    """What was launched from it before."""

    SETTINGS = auto()
    """How it is launched."""

    NETWORK = auto()
    """Where to."""


_ON_DEMAND = Chosen()


def check_launch(
    waves: Sequence[Wave], facts: Facts, mode: Mode, isolation: Isolation
) -> list[Finding]:
    """Check every server of some waves of a resolved plan; one finding a server if all is well."""
    found: list[Finding] = []
    for wave in waves:
        of_wave: list[Finding] = []
        chosen = choose_points(wave, facts)
        for planned in wave.servers:
            of_wave += check_planned(planned, wave, facts, mode, isolation, chosen=chosen) or [
                ready(planned, facts, chosen.points.get(planned.id or ""))
            ]
        found += [*of_wave, *_nothing_left(wave, of_wave)]
    return found


def check_planned(
    planned: PlanServer,
    wave: Wave,
    facts: Facts,
    mode: Mode,
    isolation: Isolation,
    *,
    parts: Iterable[Part] = Part,
    chosen: Chosen = _ON_DEMAND,
) -> list[Finding]:
    """What speaks against launching one server, by some parts of the facts; nothing: it is ready.

    By all parts, unless others are named: what was not read counts against a server. `chosen` is
    what its wave is to be launched from.
    """
    found: list[Finding] = []
    parts = frozenset(parts)
    if Part.STANDING in parts:
        found += check_server(planned, wave, facts)
    server = facts.servers.get(planned.id or "")
    if server is not None:
        name = planned.name or server.name
        if Part.INSTANCES in parts:
            found += check_live_recovery(server, name, facts, mode)
        if Part.SETTINGS in parts:
            found += check_launch_into(planned, name, facts, mode)
        if Part.NETWORK in parts:
            found += check_network(planned, name, facts, mode, isolation)
        found += check_point(planned, name, wave, facts, chosen)
    return leave_out(planned, found)


def _nothing_left(wave: Wave, found: Sequence[Finding]) -> list[Finding]:
    left_out = {finding.leaves_out for finding in found}
    if not wave.servers or any(server.id not in left_out for server in wave.servers):
        return []
    return [
        Finding(
            Verdict.BLOCKS,
            "wave",
            wave.name,
            "none of its servers can be launched",
            "mend at least one of them, or take the wave out of the plan",
        )
    ]
