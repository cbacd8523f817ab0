"""How late what happens in DRS is known, at how many calls: by expectation, and at fixed beats.

One process, simulated time, and the same timelines for all. "Best" is the rule given the true
distribution, its medians and deviations, and not what was drawn, between the same bounds;
"unbounded" is the same without floor and ceilings, which nobody would want to watch by.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, field
from functools import cached_property
from math import exp, log
from random import Random

from drs_tui.clock import ManualClock
from drs_tui.engine.pace import PRICE_SECONDS
from drs_tui.model.expectation.usual import NO_HISTORY, History, learn
from tests.bench.figures import Row
from tests.bench.policies import Policy, Watched, beat, by_status, expecting, watch
from tests.bench.timelines import JobLine, draw, durations, truth
from tests.driver.watching import Target, Watching, watch_for

PLATFORMS: dict[str, Callable[[int], bool]] = {
    "Linux": lambda _: False,
    "Windows": lambda _: True,
    "mixed": lambda number: number % 2 == 1,
}
SIZES = ((2, 1), (25, 1), (100, 1), (25, 20))
"""Servers a job, and jobs side by side."""

DRILL_SECONDS = {(2, 1): 40_000, (25, 1): 5_000, (100, 1): 3_000, (25, 20): 1}
"""How long the drills of each size are that are watched, all together, at least."""

SPREAD, WIDE_SPREAD = 0.05, 0.15
PAST_JOBS = 5
JOBS_APART_SECONDS = 3.0
BEAT_SECONDS = 15.0
"""Of the fixed beat that the promises are about."""

SHARE, MIXED_SHARE, UNTAUGHT_SHARE, MISLED_SHARE = 0.5, 0.6, 0.8, 1.1
"""Of its delay at its calls, and of its calls at its delay, that watching by expectation needs."""

OF_BEST, UNTAUGHT_OF_BEST = 1.15, 1.5
"""Of the best schedule's delay at as many calls."""

MANY_JOBS = 20


_LADDER = 2.0
"""Between the prices that are tried: what lies between is interpolated."""

_RUNGS = 12


@dataclass
class Case:
    """Drills of one kind, and what past drills of that kind teach."""

    servers: int
    jobs: int
    platform: str
    spread: float
    random: Random = field(init=False)
    fleets: list[list[JobLine]] = field(init=False)

    def __post_init__(self) -> None:
        self.random = Random(f"{self.servers} {self.jobs} {self.platform} {self.spread}")
        self.fleets = []
        while sum(jobs[0].seconds for jobs in self.fleets) < DRILL_SECONDS[self.servers, self.jobs]:
            starts = [number * JOBS_APART_SECONDS for number in range(self.jobs)]
            self.fleets.append([self._draw(start) for start in starts])
        self._past = [self._draw(0.0) for _ in range(PAST_JOBS)]

    def _draw(self, start: float) -> JobLine:
        of_platform = PLATFORMS[self.platform]
        platforms = [of_platform(number) for number in range(self.servers)]
        return draw(self.random, platforms, self.spread, start)

    @property
    def name(self) -> str:
        size = f"{self.jobs}x{self.servers}" if self.jobs > 1 else f"{self.servers}"
        return f"{size} {self.platform}"

    def history(self, factor: float = 1.0) -> History:
        """What past drills teach, told `factor` times too long."""
        return learn(
            each
            for number, job in enumerate(self._past)
            for each in durations(f"job-{number}", job, factor)
        )

    def watch(self, policy: Policy) -> Watched:
        return watch(policy, self.fleets)

    @cached_property
    def by_expectation(self) -> Watched:
        """As the program does it, with history."""
        return self.watch(expecting(self.history()))

    def roughly(self) -> Case:
        """The same with a quarter of the drills, where a figure is far from what it may be."""
        part = copy(self)
        part.fleets = self.fleets[: -(-len(self.fleets) // 4)]
        return part


class Curve:
    """What a policy gives for its calls, over what a call is held to be worth."""

    def __init__(self, case: Case, policy: Callable[[float], Policy], near: float) -> None:
        """Try prices around `near` first."""
        self._case = case
        self._policy = policy
        self._near = near
        self._points: dict[int, tuple[float, float]] = {}

    def _point(self, rung: int) -> tuple[float, float]:
        """The logarithms of calls a minute and of the mean delay: dear calls are few, and late."""
        if rung not in self._points:
            seen = self._case.watch(self._policy(self._near * _LADDER**rung))
            self._points[rung] = (log(seen.calls_a_minute), log(seen.mean_delay))
        return self._points[rung]

    def _between(self, rung: int, is_dearer: Callable[[int], bool]) -> int:
        """The rung at or above what is wanted, of which the next lower one is below."""
        while abs(rung) < _RUNGS and is_dearer(rung):
            rung -= 1
        while abs(rung) < _RUNGS and not is_dearer(rung + 1):
            rung += 1
        return rung

    def delay_at(self, calls_a_minute: float) -> float:
        """The mean delay at so many calls."""
        wanted = log(calls_a_minute)
        rung = self._between(0, lambda rung: self._point(rung)[0] < wanted)
        (more, sooner), (fewer, later) = self._point(rung), self._point(rung + 1)
        return exp(later + (sooner - later) * (wanted - fewer) / (more - fewer))

    def calls_at(self, mean_delay: float) -> float:
        """The calls a minute that so much delay takes."""
        wanted = log(mean_delay)
        rung = self._between(5, lambda rung: self._point(rung)[1] > wanted)
        (more, sooner), (fewer, later) = self._point(rung), self._point(rung + 1)
        return exp(fewer + (more - fewer) * (wanted - later) / (sooner - later))


def measure() -> list[Row]:
    """Watch all kinds of drills in all ways; the promises that are not kept stand in `unmet`."""
    rows: list[Row] = []
    for servers, jobs in SIZES:
        for platform in PLATFORMS:
            case = Case(servers, jobs, platform, SPREAD)
            rows += _plainly(case)
            if jobs == 1:
                rows.append(_compared(case))
                rows += _plainly(Case(servers, jobs, platform, WIDE_SPREAD).roughly())
            else:  # Minutes of work: once has to do.
                rows.append(_compared_with_best(case))
    return [*rows, _tick()]


def _tick() -> Row:
    """What the program's own poller sends for many jobs, each in a run of its own."""
    target = Target(ManualClock())
    runs = [Watching(f"drsjob-{number}") for number in range(MANY_JOBS)]
    asyncio.run(watch_for(target, 60.0, *runs))
    moments = target.moments("DescribeJobs")
    most = max(map(moments.count, moments))
    unmet = "" if most == 1 else "it takes more than one call"
    return {**_row(f"{MANY_JOBS} jobs", "a tick"), "DescribeJobs": most, "unmet": unmet}


def _row(case: str, what: str, **figures: str | int) -> Row:
    return {"drills": case, "watched": what, **figures}


def _plainly(case: Case) -> list[Row]:
    """Each way as it is, ours at the price that the program holds a call to be worth."""
    ways: dict[str, Policy] = {f"every {s} s": beat(s) for s in (60, 30, 15, 5)}
    ways["45/15/30 s by status"] = by_status()
    seen = {what: case.watch(policy) for what, policy in ways.items()}
    seen["as expected, with history"] = case.by_expectation
    seen["as expected, without"] = case.watch(expecting(NO_HISTORY))
    return [
        _row(
            f"{case.name}, {case.spread:.0%}",
            what,
            calls_an_hour=round(watched.calls_a_minute * 60),
            mean_ms=round(watched.mean_delay * 1000),
            p95_ms=round(watched.percentile(0.95) * 1000),
        )
        for what, watched in seen.items()
    ]


def _curve(case: Case, history: History, *, bounded: bool = True) -> Curve:
    near = PRICE_SECONDS if case.jobs > 1 else PRICE_SECONDS / 20 * case.servers
    return Curve(case, lambda price: expecting(history, price, bounded=bounded), near)


def _compared(case: Case) -> Row:
    """Ours at the calls, and at the delay, of the fixed beat, as percentages."""
    beaten, rough = case.watch(beat(BEAT_SECONDS)), case.roughly()
    calls, delay = beaten.calls_a_minute, beaten.mean_delay
    taught = _curve(case, case.history()).delay_at(calls)
    untaught = _curve(case, NO_HISTORY).delay_at(calls)
    best = _curve(case, truth(case.spread)).delay_at(calls)
    unbounded = _curve(rough, truth(case.spread), bounded=False).delay_at(calls)
    misled = [_curve(rough, case.history(factor)).delay_at(calls) for factor in (2.0, 0.5)]
    share = MIXED_SHARE if case.platform == "mixed" else SHARE
    figures = {
        "delay": (taught / delay, share),
        "calls": (_curve(rough, case.history()).calls_at(delay) / calls, share),
        "delay untaught": (untaught / delay, UNTAUGHT_SHARE),
        "delay taught double": (misled[0] / delay, MISLED_SHARE),
        "delay taught half": (misled[1] / delay, MISLED_SHARE),
        "of best": (taught / best, OF_BEST),
        "of best untaught": (untaught / best, UNTAUGHT_OF_BEST),
    }
    return _judged(case, figures, of_unbounded=round(100 * taught / unbounded))


def _compared_with_best(case: Case) -> Row:
    """Ours as it is, where a fixed beat asks for each of many jobs."""
    beaten, ours = case.watch(beat(BEAT_SECONDS)), case.by_expectation
    calls = ours.calls_a_minute
    best = _curve(case, truth(case.spread)).delay_at(calls)
    figures = {"of best": (ours.mean_delay / best, OF_BEST)}
    return _judged(
        case,
        figures,
        delay=round(100 * ours.mean_delay / beaten.mean_delay),
        best_delay=round(100 * best / beaten.mean_delay),
        calls=round(100 * calls / beaten.calls_a_minute),
    )


def _judged(case: Case, figures: dict[str, tuple[float, float]], **others: int) -> Row:
    """Each figure, and the names of those that are more than they may be, in percent."""
    percent = {name.replace(" ", "_"): round(100 * value) for name, (value, _) in figures.items()}
    unmet = ", ".join(name for name, (value, most) in figures.items() if value > most)
    row = _row(f"{case.name}, {case.spread:.0%}", f"% of every {BEAT_SECONDS:.0f} s")
    return {**row, **percent, **others, "unmet": unmet}


def table(rows: Sequence[Row]) -> list[str]:
    """A line for each way of watching, and what is judged of its drills below."""
    lines = []
    for row in rows:
        figures = [
            f"{name.replace('_', ' ')} {value:,}" if isinstance(value, int) else f"{name}: {value}"
            for name, value in row.items()
            if name not in ("drills", "watched") and value != ""
        ]
        lines.append(f"  {row['drills']:<18}  {row['watched']:<26}  {'  '.join(figures)}")
    return lines
