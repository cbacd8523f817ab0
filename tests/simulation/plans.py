"""Plans to drill, drawn from a seed over the simulated fleet."""

from __future__ import annotations

from random import Random

from drs_tui.model.launch_checks import Check, Ec2StatusCheck, TcpCheck
from drs_tui.model.plan import (
    FailurePolicy,
    Gate,
    Impact,
    ManualStep,
    Overdue,
    Plan,
    PlanServer,
    Target,
    Wave,
)
from drs_tui.simulator.fleet import FleetServer

REGION = "us-east-1"

CHECKS: tuple[tuple[Check, ...] | None, ...] = (
    (),
    (),
    (),
    None,
    (Ec2StatusCheck(), TcpCheck(5432, 120, per_wave=True)),
)
"""Most waves go without, so that what else can break has its turn."""


def any_plan(random: Random, name: str, fleet: tuple[FleetServer, ...], checking: Random) -> Plan:
    """One to three waves of some servers; `checking` draws what is checked of them."""
    servers = [server.source_server_id for server in fleet]
    waves: list[Wave] = []
    for number in range(random.randint(1, len(fleet) // 2)):
        taken = [servers.pop(0) for _ in range(random.randint(1, 2))]
        before = tuple(wave.name for wave in waves)
        waves.append(
            Wave(
                name=f"wave-{number + 1}",
                servers=tuple(
                    PlanServer(
                        id=server,
                        impact=Impact.OPTIONAL if random.random() < 0.2 else Impact.CRITICAL,
                    )
                    for server in taken
                ),
                after=random.choice((before[-1:], before[-1:], before, ())),
                gate=_any_gate(random),
                before=(ManualStep("freeze the scheduler"),) if random.random() < 0.2 else (),
                afterwards=(ManualStep("look at it"),) if random.random() < 0.2 else (),
                checks=checking.choice(CHECKS),
                timeout_seconds=random.choice((3600, 3600, 1200, 60, 20)),
                on_failure=random.choice(tuple(FailurePolicy)),
            )
        )
    return Plan(name, tuple(waves), target=Target(region=REGION))


def _any_gate(random: Random) -> Gate | None:
    if random.random() >= 0.3:
        return None
    within = random.choice((None, None, 600, 3600))
    return Gate(
        "Go on?",
        random.choice((1, 1, 2)),
        within_seconds=within,
        then=random.choice(tuple(Overdue)) if within else Overdue.WAIT,
    )
