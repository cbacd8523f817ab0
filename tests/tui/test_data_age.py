"""What the run screen says of the data that a wave was launched from."""

from __future__ import annotations

from drs_tui.tui.cells import Row
from drs_tui.tui.rows.details import server_lines
from drs_tui.tui.rows.run import wave_rows
from tests.model.story import Story, wave_of
from tests.model.test_data_loss import pinned


def noted(row: Row) -> str:
    return "".join(span.text for span in row.cells[-1])


def test_a_wave_from_points_in_time_shows_how_old_its_data_was() -> None:
    story = pinned(7)
    assert noted(wave_rows(story.run, story.now)[0]) == "data 7m old"


def test_a_snapshot_on_demand_has_no_age_and_an_earlier_one_is_amber() -> None:
    story = Story(wave_of("db", "s-1"))
    story.complete("db", "drsjob-1")
    assert noted(wave_rows(story.run, story.now)[0]) == ""
    story.log("drsjob-1", "USING_PREVIOUS_SNAPSHOT", "s-1")
    lines = server_lines(story.run, story.run.servers["s-1"], [])
    [(_, value)] = [each for each in lines if each and "Launched from" in each[0].text]
    assert value.text == "an earlier snapshot: of when is not known"
    assert value.tone == "warn"
