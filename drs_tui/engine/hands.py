"""Who does what for a run in one of its targets: launching, comparing, checking, taking steps."""

from __future__ import annotations

from dataclasses import dataclass

from drs_tui.audit.recorder import Recorder
from drs_tui.aws.connection import Aws
from drs_tui.clock import Clock
from drs_tui.engine.bounds import Bounds
from drs_tui.engine.checking import Checker
from drs_tui.engine.comparing import Comparer
from drs_tui.engine.guarding import Guards
from drs_tui.engine.launching import Launcher
from drs_tui.engine.sources import Sources
from drs_tui.engine.stepping import Stepper
from drs_tui.engine.targets import Eyes, Part, Reached, Watch


@dataclass(frozen=True, slots=True)
class Hands:
    """Whoever acts for a run in one of its targets."""

    eyes: Eyes
    launcher: Launcher
    comparer: Comparer
    checker: Checker
    stepper: Stepper
    watch: Watch
    aws: Aws
    part: Part


def hands_in(
    target: Reached,
    part: Part,
    recorder: Recorder,
    clock: Clock,
    *,
    bounds: Bounds,
    sources: Sources,
    watch: Watch,
) -> Hands:
    """Have a run's `part` in a target acted on within `bounds`; `clock` is drill time."""
    aws = target.aws
    return Hands(
        target.eyes,
        Launcher(recorder, aws, clock, Guards(recorder, aws, clock, bounds), target.room),
        Comparer(recorder, aws, clock),
        Checker(recorder, aws, clock, target.prober, bounds, part=part, sources=sources),
        Stepper(recorder, aws, clock, bounds),
        watch,
        aws,
        part,
    )
