"""From a plan file's validated shape to the model, with the defaults filled in."""

from __future__ import annotations

from dataclasses import replace

from drs_tui.model.plan import (
    CommandStep,
    Gate,
    Isolation,
    ManualStep,
    ObjectivesPolicy,
    Overdue,
    Plan,
    PlanServer,
    Selector,
    SsmStep,
    Step,
    Target,
    Wave,
)
from drs_tui.plans.check_shapes import build_check
from drs_tui.plans.shapes import (
    CommandStepShape,
    DefaultsShape,
    GateShape,
    IsolationShape,
    ManualStepShape,
    NetworksShape,
    PlanShape,
    SsmStepShape,
    TargetShape,
    WaveShape,
)

_USUAL_WAVE = Wave(name="")
_USUAL_STEP = CommandStep(argv=(), modes=())


def build_plan(shape: PlanShape) -> Plan:
    """The plan that a file describes, its selectors unresolved."""
    previous = (None, *(wave.name for wave in shape.waves[:-1]))
    waves = zip(shape.waves, previous, strict=True)
    return Plan(
        name=shape.name,
        title=shape.title or shape.name,
        target=_target(shape.target) if shape.target else Target(),
        rto_seconds=shape.rto,
        rpo_seconds=shape.rpo,
        objectives=shape.objectives or ObjectivesPolicy.REQUIRED,
        isolation=_isolation(shape.isolation) if shape.isolation else Isolation(),
        waves=tuple(_wave(wave, before, shape.defaults) for wave, before in waves),
    )


def _target(shape: TargetShape) -> Target:
    return Target(
        account=shape.account,
        region=shape.region,
        profile=shape.profile,
        role_arn=shape.role_arn,
    )


def build_networks(shape: NetworksShape) -> Isolation:
    """The networks that a file names."""
    return Isolation(
        vpcs=tuple(shape.vpcs or ()),
        subnets=tuple(shape.subnets or ()),
        security_groups=tuple(shape.security_groups or ()),
    )


def _isolation(shape: IsolationShape) -> Isolation:
    return replace(build_networks(shape), waived=shape.waived or "")


def _wave(shape: WaveShape, previous: str | None, defaults: DefaultsShape) -> Wave:
    after = shape.after
    if after is None:
        after = [previous] if previous is not None else []
    select = shape.select
    return Wave(
        name=shape.name,
        servers=tuple(
            PlanServer(s.id, s.name, s.impact, s.launch_into) for s in shape.servers or ()
        ),
        select=Selector(select.tags, select.impact) if select else None,
        after=tuple(after),
        gate=_gate(shape.gate) if shape.gate else None,
        before=tuple(map(_step, shape.before)),
        afterwards=tuple(map(_step, shape.afterwards)),
        checks=None if shape.checks is None else tuple(map(build_check, shape.checks)),
        timeout_seconds=shape.timeout or defaults.timeout,
        max_lag_seconds=shape.max_lag or defaults.max_lag or _USUAL_WAVE.max_lag_seconds,
        on_failure=shape.on_failure or defaults.on_failure or _USUAL_WAVE.on_failure,
        point_in_time=shape.point_in_time or _USUAL_WAVE.point_in_time,
        target=_target(shape.target) if shape.target else None,
    )


def _gate(shape: GateShape) -> Gate:
    return Gate(
        shape.prompt,
        shape.approvals,
        shape.excluded is not None,
        within_seconds=shape.within,
        then=shape.then or Overdue.WAIT,
    )


def _step(shape: ManualStepShape | CommandStepShape | SsmStepShape) -> Step:
    match shape:
        case ManualStepShape():
            return ManualStep(shape.manual, shape.assignee or "")
        case CommandStepShape():
            return CommandStep(
                argv=tuple(shape.run),
                modes=tuple(shape.modes),
                timeout_seconds=shape.timeout or _USUAL_STEP.timeout_seconds,
                on_failure=shape.on_failure,
                aws=shape.aws,
            )
        case SsmStepShape():
            return SsmStep(
                document=shape.ssm.document,
                modes=tuple(shape.modes),
                parameters={key: tuple(value) for key, value in shape.ssm.parameters.items()},
                timeout_seconds=shape.timeout or _USUAL_STEP.timeout_seconds,
                on_failure=shape.on_failure,
            )
