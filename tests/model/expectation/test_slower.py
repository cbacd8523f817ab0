"""What took longer than in the plan's last runs: whole waves, then servers beside the rest."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from drs_tui.model.expectation.slower import slower
from drs_tui.model.expectation.usual import NO_HISTORY, Duration, History, learn
from drs_tui.model.run import Run
from drs_tui.model.status import Phase
from drs_tui.model.times import format_time
from tests.model.story import Story, wave_of

USUAL_SECONDS = {Phase.SNAPSHOT: 50.0, Phase.CONVERSION: 180.0, Phase.LAUNCH: 300.0}
SERVERS = tuple(f"s-{n}" for n in range(6))


def history() -> History:
    """Three past jobs that differed by a hundredth."""
    return learn(
        Duration(f"job-{n}", server, False, phase, seconds * (0.99 + n * 0.01))
        for n in range(3)
        for server in SERVERS
        for phase, seconds in USUAL_SECONDS.items()
    )


def drilled(factors: Mapping[tuple[str, Phase], float]) -> Run:
    """A drill of a wave that took as long as usual but for these."""
    story = Story(wave_of("db", *SERVERS))
    story.launch("db", "drsjob-1")
    begins = story.now
    for server in SERVERS:
        at = begins
        for name, phase in (
            ("SNAPSHOT_START", Phase.SNAPSHOT),
            ("CONVERSION_START", Phase.CONVERSION),
            ("LAUNCH_START", Phase.LAUNCH),
            ("LAUNCH_END", None),
        ):
            about = {"sourceServerID": server}
            item = {"event": name, "eventData": about, "logDateTime": format_time(at)}
            story.tell("job.logged", job_id="drsjob-1", item=item)
            if phase is not None:
                at += timedelta(seconds=USUAL_SECONDS[phase] * factors.get((server, phase), 1.0))
    return story.run


def test_nothing_is_slower_that_takes_as_long_as_ever() -> None:
    assert slower(drilled({}), history()) == ()


def test_a_phase_that_all_took_longer_for_is_told_of_the_wave_once() -> None:
    run = drilled({(server, Phase.CONVERSION): 2.0 for server in SERVERS})
    [found] = slower(run, history())
    assert (found.wave, found.phase, found.server_id) == ("db", Phase.CONVERSION, "")
    assert (round(found.seconds), round(found.usual_seconds)) == (360, 180)


def test_one_server_beside_the_rest_is_named() -> None:
    [found] = slower(drilled({("s-3", Phase.LAUNCH): 1.8}), history())
    assert (found.server_id, round(found.seconds)) == ("s-3", 540)


def test_a_few_seconds_are_not_worth_a_word() -> None:
    assert slower(drilled({(server, Phase.SNAPSHOT): 1.5 for server in SERVERS}), history()) == ()


def test_without_past_runs_nothing_is_called_slower() -> None:
    run = drilled({(server, Phase.CONVERSION): 9.0 for server in SERVERS})
    assert slower(run, NO_HISTORY) == ()
