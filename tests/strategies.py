"""Hypothesis strategies shared by the tests: JSON, plans, runs and runs with noise in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from drs_tui.audit.chain import seal
from drs_tui.model.events import Draft, Event, EventType
from drs_tui.model.launch_checks import Ec2StatusCheck, HttpCheck, TcpCheck
from drs_tui.model.plan import (
    CommandStep,
    FailurePolicy,
    Gate,
    Impact,
    ManualStep,
    Mode,
    Overdue,
    PlanServer,
    Wave,
)

from .engine.walk import Walk
from .model.story import START
from .thoroughness import examples_of


def examples(count: int) -> settings:
    """So many examples if all are played, the same ones every time, however busy the machine is."""
    return settings(
        max_examples=examples_of(count),
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow],
    )


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=8,
)
"""Whatever JSON without fractions can hold."""

json_objects = st.dictionaries(st.text(max_size=6), json_values, max_size=4)
event_types = st.sampled_from([kind.value for kind in EventType])


CHECKS = (
    (),
    None,
    (TcpCheck(5432),),
    (Ec2StatusCheck(), HttpCheck(per_wave=True)),
)
policies = st.sampled_from(FailurePolicy)
gates = st.builds(
    Gate,
    st.just("Go?"),
    st.integers(1, 2),
    within_seconds=st.none() | st.just(60),
    then=st.sampled_from(Overdue),
)
steps = st.just(ManualStep("Freeze")) | st.builds(
    CommandStep, st.just(("date",)), st.just((Mode.DRILL,)), on_failure=policies
)


@st.composite
def resolved_waves(draw: st.DrawFn) -> list[Wave]:
    """One to three waves with ids for all their servers, and no cycle in `after`."""
    waves: list[Wave] = []
    for number in range(draw(st.integers(1, 3))):
        impacts = draw(st.lists(st.sampled_from(Impact), min_size=1, max_size=3))
        servers = [
            PlanServer(f"s-{number}{index}", f"host-{number}{index}", impact)
            for index, impact in enumerate(impacts)
        ]
        earlier = [wave.name for wave in waves]
        after = draw(st.lists(st.sampled_from(earlier), unique=True)) if earlier else []
        wave = Wave(
            f"wave-{number}",
            tuple(servers),
            after=tuple(after),
            gate=draw(st.none() | gates),
            checks=draw(st.sampled_from(CHECKS)),
            before=tuple(draw(st.lists(steps, max_size=2))),
            afterwards=tuple(draw(st.lists(steps, max_size=1))),
            timeout_seconds=draw(st.sampled_from((60, 3600))),
            on_failure=draw(st.sampled_from(FailurePolicy)),
        )
        waves.append(wave)
    return waves


@st.composite
def walks(draw: st.DrawFn, steps: int = 60) -> Walk:
    """A legal run, up to so many steps into it."""

    def choose(options: Sequence[Any]) -> Any:
        return options[draw(st.integers(0, len(options) - 1))] if len(options) > 1 else options[0]

    policy = draw(st.sampled_from(("", "always", "success", "never")))
    walk = Walk(choose, *draw(resolved_waves()), cleanup_policy=policy)
    for _ in range(draw(st.integers(0, steps))):
        walk.step()
    return walk


@st.composite
def noisy_runs(draw: st.DrawFn) -> list[Event]:
    """A run's events with others between them: unknown, unreadable, repeated or out of order."""
    drafts = [
        Draft(event.type, event.at, event.actor, event.data) for event in draw(walks(30)).events
    ]
    for _ in range(draw(st.integers(1, 12))):
        place = draw(st.integers(0, len(drafts)))
        drafts.insert(place, draw(_noise(drafts)))
    if draw(st.booleans()):
        drafts = draw(st.permutations(drafts))
    return sealed(drafts)


@st.composite
def _noise(draw: st.DrawFn, drafts: Sequence[Draft]) -> Draft:
    original = draw(st.sampled_from(drafts))
    data = dict(original.data)
    match draw(st.sampled_from(("made up", "any data", "again", "member gone", "member changed"))):
        case "made up":
            return Draft(draw(st.text(max_size=8)), START, "driver", draw(json_objects))
        case "any data":
            return Draft(draw(event_types), START, "driver", draw(json_objects))
        case "again":
            return replace(original, at=original.at + timedelta(seconds=draw(st.integers(-9, 9))))
        case _ if not data:
            return original
        case "member gone":
            del data[draw(st.sampled_from(sorted(data)))]
        case _:
            member = draw(st.sampled_from(sorted(data)))
            data[member] = draw(json_values | st.sampled_from(("MADE_UP", "succeeded", "stop")))
    return replace(original, data=data)


def sealed(drafts: Sequence[Draft]) -> list[Event]:
    """The drafts as the events of one run."""
    events: list[Event] = []
    for seq, draft in enumerate(drafts, start=1):
        prev_hash = events[-1].hash if events else "0" * 64
        events.append(seal("01RUN", seq, prev_hash, draft))
    return events
