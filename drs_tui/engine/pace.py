"""When to ask DRS again: looks in proportion to the square root of what is expected.

Looks at `r` a second show an event half an interval late, so with events expected at `w` a second,
by weight, and a look worth `price` seconds of one event's delay, the cost of a second is

    w / 2r  +  price * r,    least for    r = sqrt(w / (2 * price)).

Of all ways to spend a number of looks, the one with the least mean delay therefore looks in
proportion to the square root of the rate: four times as many events, twice as many looks.

The interval is d = 1/r, over which the expected delay adds up to w * d**2 / 2 = price: a look is
due when the delay that it would end has come to what it costs. Said like that the rule also holds
of a rate that rises, and of one that has fallen to nothing while what was expected has probably
happened, unseen. No interval is longer than a ceiling: expectations can be wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from math import sqrt

from drs_tui.model.state.run import Run

FLOOR_SECONDS = 1.0
"""Drill seconds between two looks, at least."""

CEILING_SECONDS = 30.0
"""The same, at most, for launch statuses."""

LOG_CEILING_SECONDS = 120.0
"""A log costs a call for each job, and launch statuses tell what matters most."""

PRICE_SECONDS = 0.5
"""How much delay of the news of one server's end a call is worth."""

SETTLING_CEILING_SECONDS = 15.0
"""Drill seconds between two looks, at most, where nothing is known to expect."""

SHARE_OF_SILENCE = 0.1
"""News is known at most this share of the silence before it late, up to the ceiling."""

_FIRST_STEP_SECONDS = 0.5
_STEPS_GROW = 0.25

Rate = Callable[[float], float]
"""Events a second, by weight, that are expected so many seconds from now."""


@dataclass(frozen=True, slots=True)
class Unseen:
    """What has probably happened since the last look."""

    events: float = 0.0
    """How many, by weight."""

    delay_seconds: float = 0.0
    """For how long they have been unknown, all together."""

    def __add__(self, other: Unseen) -> Unseen:
        """What one and the other look would show."""
        return Unseen(self.events + other.events, self.delay_seconds + other.delay_seconds)


def unseen_after(rate: Rate, seconds: float, before: Unseen) -> Unseen:
    """What has probably happened when `seconds` more have passed without a look."""
    events, delay = before.events, before.delay_seconds
    at = 0.0
    while at < seconds:
        step = min(max(_FIRST_STEP_SECONDS, at * _STEPS_GROW), seconds - at)
        now = rate(at + step / 2)
        delay += (events + now * step / 2) * step
        events += now * step
        at += step
    return Unseen(events, delay)


def seconds_to_next(
    rate: Rate, unseen: Unseen, *, price: float = PRICE_SECONDS, ceiling: float = CEILING_SECONDS
) -> float:
    """Seconds until a look is worth its price; `ceiling` when it is not until then."""
    events, delay = unseen.events, unseen.delay_seconds
    at = 0.0
    while at < ceiling and delay < price:
        step = min(max(_FIRST_STEP_SECONDS, at * _STEPS_GROW), ceiling - at)
        now = rate(at + step / 2)
        more = (events + now * step / 2) * step
        if delay + more >= price:
            # Of events * t + now * t**2 / 2 = what is left, in the form that no small rate upsets.
            left = price - delay
            return at + 2 * left / (events + sqrt(events**2 + 2 * now * left))
        delay += more
        events += now * step
        at += step
    return at


def poll_seconds(run: Run, now: datetime) -> float:
    """Drill seconds until the next look where nothing is known to expect: seldomer in silence."""
    # The last event may be from a machine whose clock is ahead: no reason to hurry for hours.
    silence = abs((now - run.last_at).total_seconds()) if run.last_at else 0.0
    return min(max(silence * SHARE_OF_SILENCE, FLOOR_SECONDS), SETTLING_CEILING_SECONDS)
