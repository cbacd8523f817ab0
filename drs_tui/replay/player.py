"""Playing a run back: which of its events have happened at the moment that is shown."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from drs_tui.clock import Clock
from drs_tui.model.events import Event, EventType, text_of
from drs_tui.model.run import Run, fold
from drs_tui.model.status import RunStatus, WaveStatus

KEYFRAME_EVENTS = 250
"""States are kept every so many events where a replay is: a seek there folds fewer than this."""

FAR_EVENTS = 10 * KEYFRAME_EVENTS
"""On the way to somewhere further away they are kept every so many: the first seek into what was
passed folds fewer than this."""

SPEEDS = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 60.0, 120.0, 300.0, 1000.0)
"""Seconds of the run that pass in one second of the one who watches."""

_FAILURES = frozenset(
    {
        EventType.WAVE_LAUNCH_REFUSED,
        EventType.WAVE_LAUNCH_UNKNOWN,
        EventType.WAVE_TIMED_OUT,
    }
)
_BAD_LOG_EVENTS = frozenset(
    {
        "SNAPSHOT_FAIL",
        "USING_PREVIOUS_SNAPSHOT_FAILED",
        "CONVERSION_FAIL",
        "LAUNCH_FAILED",
        "SERVER_SKIPPED",
        "JOB_CANCEL",
    }
)
_BAD_OUTCOMES = frozenset({WaveStatus.PARTIAL, WaveStatus.FAILED, RunStatus.PARTIAL})


class Player:
    """A position among stored events that moves with a clock while it plays."""

    def __init__(self, events: Sequence[Event], clock: Clock, speed: float = 1.0) -> None:
        """Stand at the first event, at rest.

        Raises:
            ValueError: there are no events, or `speed` is not above 0.
        """
        if not events:
            raise ValueError("a replay needs at least one event")
        if not speed > 0:
            raise ValueError(f"speed must be above 0, not {speed}")
        self.events = events
        self.speed = speed
        self.is_playing = False
        self.position = 1
        """How many events have happened."""

        self._clock = clock
        self._times = _rising([event.at for event in events])
        self._keyframes: dict[int, Run] = {}
        self._moment = self._times[0]
        self._since = clock.monotonic()

    # What is shown ------------------------------------------------------------------------------

    @property
    def run(self) -> Run:
        """The state after the events that have happened."""
        return self.run_at(self.position)

    def run_at(self, position: int) -> Run:
        """The state after the first `position` events."""
        start = position - position % KEYFRAME_EVENTS
        before = self._keyframe(start) if start else None
        run = fold(self.events[start:position], before)
        assert run is not None, "a position is 1 at least"
        return run

    def _keyframe(self, start: int) -> Run:
        known = max((n for n in self._keyframes if n <= start), default=0)
        run = self._keyframes.get(known)
        while known < start:
            far = known - known % FAR_EVENTS + FAR_EVENTS
            end = far if far <= start else known + KEYFRAME_EVENTS
            run = fold(self.events[known:end], run)
            assert run is not None, "a keyframe has events before it"
            self._keyframes[end] = run
            known = end
        return self._keyframes[start]

    @property
    def moment(self) -> datetime:
        """The moment of the run that is shown."""
        if not self.is_playing:
            return self._moment
        passed = (self._clock.monotonic() - self._since) * self.speed
        return min(self._moment + timedelta(seconds=passed), self._times[-1])

    @property
    def start(self) -> datetime:
        """The moment of the first event."""
        return self._times[0]

    @property
    def end(self) -> datetime:
        """The moment of the last event."""
        return self._times[-1]

    @property
    def is_at_end(self) -> bool:
        """Whether every event has happened."""
        return self.position == len(self.events)

    # Moving with the clock ----------------------------------------------------------------------

    def play(self) -> None:
        """Let time pass; at the end, from the start again."""
        if self.is_at_end:
            self.seek(1)
        self._since = self._clock.monotonic()
        self.is_playing = True

    def pause(self) -> None:
        """Stand still."""
        self._moment = self.moment
        self.is_playing = False

    def set_speed(self, speed: float) -> None:
        """Let time pass `speed` times as fast from now on."""
        self._moment = self.moment
        self._since = self._clock.monotonic()
        self.speed = speed

    def faster(self) -> None:
        """The next higher of the usual speeds."""
        self.set_speed(next((s for s in SPEEDS if s > self.speed), self.speed))

    def slower(self) -> None:
        """The next lower of the usual speeds."""
        self.set_speed(next((s for s in reversed(SPEEDS) if s < self.speed), self.speed))

    def tick(self) -> int:
        """Let happen what is due; returns how many events that were. The end stops it."""
        if not self.is_playing:
            return 0
        before = self.position
        self.position = max(1, bisect_right(self._times, self.moment))
        if self.is_at_end:
            self.pause()
        return self.position - before

    def seconds_to_next(self) -> float:
        """Seconds of the clock until the next event is due; 0 at the end."""
        if self.is_at_end:
            return 0.0
        left = self._times[self.position] - self.moment
        return max(0.0, left.total_seconds() / self.speed)

    # Moving by hand -----------------------------------------------------------------------------

    def seek(self, position: int) -> None:
        """Go to just after the event of that number, and keep on playing if it plays."""
        self.position = min(len(self.events), max(1, position))
        self._moment = self._times[self.position - 1]
        self._since = self._clock.monotonic()

    def step(self, count: int) -> None:
        """Go on, or back, by so many events, and stand still there."""
        self.pause()
        self.seek(self.position + count)

    def seek_time(self, moment: datetime) -> None:
        """Go to a moment of the run, within its bounds."""
        self.position = max(1, bisect_right(self._times, moment))
        self._moment = min(max(moment, self.start), self.end)
        self._since = self._clock.monotonic()

    def seek_wave(self, direction: int) -> bool:
        """Go to the next (1) or former (-1) launch of a wave; False if there is none."""
        return self._seek_to(_is_launch, direction)

    def seek_failure(self, direction: int = 1) -> bool:
        """Go to the next (1) or former (-1) thing that went wrong; False if there is none."""
        return self._seek_to(_is_failure, direction)

    def _seek_to(self, wanted: Callable[[Event], bool], direction: int) -> bool:
        last = len(self.events)
        places = (
            range(self.position + 1, last + 1) if direction > 0 else range(self.position - 1, 0, -1)
        )
        found = next((p for p in places if wanted(self.events[p - 1])), None)
        if found is not None:
            self.seek(found)
        return found is not None


def _is_launch(event: Event) -> bool:
    return event.type == EventType.WAVE_LAUNCH_INTENDED


def _is_failure(event: Event) -> bool:
    item = event.data.get("item")
    logged = text_of(item, "event") if isinstance(item, Mapping) else ""
    return (
        event.type in _FAILURES
        or logged in _BAD_LOG_EVENTS
        or text_of(event.data, "outcome") in _BAD_OUTCOMES
        or (event.type == EventType.SERVER_OBSERVED and _is(event, "launch_status", "FAILED"))
        or (event.type == EventType.CHECK_FINISHED and not _is(event, "outcome", "passed"))
        or (event.type == EventType.WAVE_GUARDED and _is(event, "verdict", "blocks"))
    )


def _is(event: Event, member: str, value: str) -> bool:
    return text_of(event.data, member) == value


def _rising(times: Sequence[datetime]) -> list[datetime]:
    """The times, none before the one in front of it: events of an earlier driver may come late."""
    rising: list[datetime] = []
    for moment in times:
        rising.append(max(moment, rising[-1]) if rising else moment)
    return rising
