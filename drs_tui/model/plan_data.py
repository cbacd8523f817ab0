"""A plan as JSON-able data and back: how a run's record keeps the plan it ran by.

Data may come from another version of this program. Members it doesn't know are passed over,
missing ones take their defaults, and of choices it doesn't know the careful one is taken.
A member of the wrong type is an error: a gate or a server must not be lost in silence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TypeVar

from drs_tui.model.check_data import check_from_data, check_to_data
from drs_tui.model.launch_checks import Check
from drs_tui.model.plan import (
    CommandStep,
    FailurePolicy,
    Gate,
    Impact,
    Isolation,
    ManualStep,
    Mode,
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

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

_USUAL_WAVE = Wave(name="")
_USUAL_STEP = CommandStep(argv=(), modes=())


def plan_to_data(plan: Plan) -> dict[str, object]:
    """The plan as dicts, lists, texts and whole numbers; members that are None are left out."""
    return _without_none(
        name=plan.name,
        title=plan.title,
        target=_target_data(plan.target),
        rto_seconds=plan.rto_seconds,
        rpo_seconds=plan.rpo_seconds,
        objectives=plan.objectives.value,
        isolation=_isolation_data(plan.isolation),
        waves=[_wave_data(wave) for wave in plan.waves],
        folder=plan.folder or None,
    )


def plan_from_data(data: Mapping[str, object]) -> Plan:
    """The plan that `plan_to_data` wrote, in this version or another.

    Raises:
        ValueError: a member has the wrong type or a name is missing; it names the member.
    """
    members = _Members(data, "plan")
    isolation = members.mapping("isolation")
    return Plan(
        name=members.required_text("name"),
        title=members.text("title") or "",
        target=_target(members.mapping("target")),
        rto_seconds=members.number("rto_seconds"),
        rpo_seconds=members.number("rpo_seconds"),
        objectives=members.choice("objectives", ObjectivesPolicy, ObjectivesPolicy.REQUIRED),
        isolation=Isolation(
            vpcs=isolation.texts("vpcs"),
            subnets=isolation.texts("subnets"),
            security_groups=isolation.texts("security_groups"),
            waived=isolation.text("waived") or "",
        ),
        waves=tuple(map(_wave, members.mappings("waves"))),
        folder=members.text("folder") or "",
    )


def _without_none(**members: object) -> dict[str, object]:
    return {name: value for name, value in members.items() if value is not None}


def _isolation_data(isolation: Isolation) -> dict[str, object]:
    return _without_none(
        vpcs=list(isolation.vpcs),
        subnets=list(isolation.subnets),
        security_groups=list(isolation.security_groups),
        waived=isolation.waived or None,
    )


def _target_data(target: Target) -> dict[str, object]:
    return _without_none(
        account=target.account,
        region=target.region,
        profile=target.profile,
        role_arn=target.role_arn,
    )


def _wave_data(wave: Wave) -> dict[str, object]:
    select, gate = wave.select, wave.gate
    return _without_none(
        name=wave.name,
        servers=list(map(_server_data, wave.servers)),
        select=select and {"tags": dict(select.tags), "impact": select.impact.value},
        after=list(wave.after),
        gate=gate and _gate_data(gate),
        before=[_step_data(step) for step in wave.before],
        afterwards=[_step_data(step) for step in wave.afterwards] or None,
        checks=None if wave.checks is None else list(map(check_to_data, wave.checks)),
        timeout_seconds=wave.timeout_seconds,
        max_lag_seconds=wave.max_lag_seconds,
        on_failure=wave.on_failure.value,
        point_in_time=wave.point_in_time,
        target=_target_data(wave.target) if wave.target else None,
    )


def _server_data(server: PlanServer) -> dict[str, object]:
    return _without_none(
        id=server.id,
        name=server.name,
        impact=server.impact.value,
        launch_into=server.launch_into,
        os=server.os,
    )


def _gate_data(gate: Gate) -> dict[str, object]:
    excluded = "starter" if gate.excludes_starter else None
    return _without_none(
        prompt=gate.prompt,
        approvals=gate.approvals,
        within_seconds=gate.within_seconds,
        then=None if gate.then is Overdue.WAIT else gate.then.value,
        **{"not": excluded},
    )


def _step_data(step: Step) -> dict[str, object]:
    match step:
        case ManualStep():
            return _without_none(kind="manual", text=step.text, assignee=step.assignee or None)
        case CommandStep():
            return {
                "kind": "run",
                "argv": list(step.argv),
                "modes": [mode.value for mode in step.modes],
                "timeout_seconds": step.timeout_seconds,
                "on_failure": step.on_failure.value,
                "aws": step.aws,
            }
        case SsmStep():
            return {
                "kind": "ssm",
                "document": step.document,
                "parameters": {key: list(values) for key, values in step.parameters.items()},
                "modes": [mode.value for mode in step.modes],
                "timeout_seconds": step.timeout_seconds,
                "on_failure": step.on_failure.value,
            }


def _target(members: _Members) -> Target:
    return Target(
        account=members.text("account"),
        region=members.text("region"),
        profile=members.text("profile"),
        role_arn=members.text("role_arn"),
    )


def _wave(members: _Members) -> Wave:
    usual = _USUAL_WAVE
    return Wave(
        name=members.required_text("name"),
        servers=tuple(map(_server, members.mappings("servers"))),
        select=_selector(members.mapping("select")) if "select" in members else None,
        after=members.texts("after"),
        gate=_gate(members.mapping("gate")) if "gate" in members else None,
        before=_steps(members.mappings("before")),
        afterwards=_steps(members.mappings("afterwards")),
        checks=_checks(members.mappings("checks")) if "checks" in members else None,
        timeout_seconds=members.number("timeout_seconds"),
        max_lag_seconds=members.number_or("max_lag_seconds", usual.max_lag_seconds),
        on_failure=members.choice("on_failure", FailurePolicy, FailurePolicy.PAUSE),
        point_in_time=members.text("point_in_time") or usual.point_in_time,
        target=_target(members.mapping("target")) if "target" in members else None,
    )


def _server(members: _Members) -> PlanServer:
    return PlanServer(
        id=members.text("id"),
        name=members.text("name"),
        impact=members.choice("impact", Impact, Impact.CRITICAL),
        launch_into=members.text("launch_into"),
        os=members.text("os"),
    )


def _selector(members: _Members) -> Selector:
    tags = members.mapping("tags")
    return Selector(
        tags={key: tags.required_text(key) for key in tags.names()},
        impact=members.choice("impact", Impact, Impact.CRITICAL),
    )


def _gate(members: _Members) -> Gate:
    return Gate(
        members.required_text("prompt"),
        members.number_or("approvals", 1),
        # Whomever else a later version can exclude: none of them is let in here.
        excludes_starter=members.text("not") is not None,
        within_seconds=members.number("within_seconds"),
        then=members.choice("then", Overdue, Overdue.WAIT),
    )


def _steps(listed: list[_Members]) -> tuple[Step, ...]:
    return tuple(step for each in listed if (step := _step(each)))


def _step(members: _Members) -> Step | None:
    """The step, or None for a kind that this version doesn't know."""
    policy = members.choice("on_failure", FailurePolicy, FailurePolicy.PAUSE)
    match members.text("kind"):
        case "manual":
            return ManualStep(members.required_text("text"), members.text("assignee") or "")
        case "run":
            return CommandStep(
                argv=members.texts("argv"),
                modes=_modes(members),
                timeout_seconds=members.number_or("timeout_seconds", _USUAL_STEP.timeout_seconds),
                on_failure=policy,
                aws=members.flag("aws"),
            )
        case "ssm":
            parameters = members.mapping("parameters")
            return SsmStep(
                document=members.required_text("document"),
                modes=_modes(members),
                parameters={key: parameters.texts(key) for key in parameters.names()},
                timeout_seconds=members.number_or("timeout_seconds", _USUAL_STEP.timeout_seconds),
                on_failure=policy,
            )
    return None


def _modes(members: _Members) -> tuple[Mode, ...]:
    stored = members.texts("modes")
    return tuple(mode for text in stored for mode in Mode if mode.value == text)


def _checks(listed: list[_Members]) -> tuple[Check, ...]:
    return tuple(check for each in listed if (check := check_from_data(each)))


class _Members:
    """A mapping of stored data, read member by member as the types that a plan has."""

    def __init__(self, data: object, path: str) -> None:
        if not isinstance(data, Mapping):
            raise _wrong(path, "a mapping", data)
        self._data = data
        self._path = path

    def __contains__(self, name: str) -> bool:
        return self._data.get(name) is not None

    def names(self) -> tuple[str, ...]:
        return tuple(self._data)

    def text(self, name: str) -> str | None:
        value = self._data.get(name)
        if value is not None and not isinstance(value, str):
            raise _wrong(self._at(name), "a text", value)
        return value

    def required_text(self, name: str) -> str:
        return self._required(name, self.text(name))

    def number(self, name: str) -> int | None:
        value = self._data.get(name)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
            raise _wrong(self._at(name), "a whole number", value)
        return value

    def number_or(self, name: str, usual: int) -> int:
        value = self.number(name)
        return usual if value is None else value

    def flag(self, name: str) -> bool:
        value = self._data.get(name)
        if value is not None and not isinstance(value, bool):
            raise _wrong(self._at(name), "true or false", value)
        return value is True

    def required_number(self, name: str) -> int:
        return self._required(name, self.number(name))

    def choice(self, name: str, choices: type[E], careful: E) -> E:
        """One of `choices`; the careful one if there is none or an unknown one."""
        value = self.text(name)
        return next((choice for choice in choices if choice.value == value), careful)

    def mapping(self, name: str) -> _Members:
        """The mapping under `name`, an empty one if there is none."""
        value = self._data.get(name)
        return _Members({} if value is None else value, self._at(name))

    def mappings(self, name: str) -> list[_Members]:
        return [
            _Members(item, self._at(name, index)) for index, item in enumerate(self._items(name))
        ]

    def texts(self, name: str) -> tuple[str, ...]:
        texts: list[str] = []
        for index, item in enumerate(self._items(name)):
            if not isinstance(item, str):
                raise _wrong(self._at(name, index), "a text", item)
            texts.append(item)
        return tuple(texts)

    def _items(self, name: str) -> Sequence[object]:
        value = self._data.get(name)
        if value is not None and not isinstance(value, list | tuple):
            raise _wrong(self._at(name), "a list", value)
        return value or ()

    def _required(self, name: str, value: T | None) -> T:
        if value is None:
            raise ValueError(f"{self._at(name)} is missing")
        return value

    def _at(self, name: str, index: int | None = None) -> str:
        return f"{self._path}.{name}" if index is None else f"{self._path}.{name}[{index}]"


def _wrong(path: str, expected: str, found: object) -> ValueError:
    return ValueError(f"{path} is a {type(found).__name__}; it should be {expected}")
