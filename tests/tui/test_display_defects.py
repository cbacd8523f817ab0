"""What a list must never show: no date, no wave count, a bare code, no duration, N/A."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from drs_tui.model.events import Draft
from drs_tui.model.header import RunHeader
from drs_tui.model.run import fold, header_of
from drs_tui.model.status import RunStatus
from drs_tui.tui.rows.lists import RUN_COLUMNS, run_row
from tests.tui.sample import START, Story, seal_all, succeeding, three_tier, under_way

NEVER_SHOWN = re.compile(r"N/A|Invalid|None|null|NaN|undefined|0001-01-01", re.IGNORECASE)


def header(story: Story) -> RunHeader:
    run = fold(seal_all(story.drafts))
    assert run is not None
    return header_of(run)


def cells(header: RunHeader, now: datetime | None = None) -> dict[str, str]:
    texts = ["".join(span.text for span in cell) for cell in run_row(header, now).cells]
    assert not NEVER_SHOWN.search(" ".join(texts))
    return dict(zip([column.title for column in RUN_COLUMNS], texts, strict=True))


def test_a_run_without_a_date_says_that_it_is_not_known() -> None:
    run = fold(seal_all([Draft("run.unheard_of", datetime.min.replace(tzinfo=UTC), "eve", {})]))
    assert run is not None
    said = cells(header_of(run), START)
    assert said["Started"] == "date not known"
    assert said["Took"] == "unknown"


def test_the_wave_count_is_there_before_anything_was_launched() -> None:
    said = cells(header(Story(three_tier())), START)
    assert (said["Waves"], said["Servers"]) == ("0/3", "0/6")


@pytest.mark.parametrize("status", list(RunStatus))
def test_a_status_is_shown_as_a_sign_and_words(status: RunStatus) -> None:
    said = cells(replace(header(under_way()), status=status.value), START)
    assert re.fullmatch(r"\S [a-z]+( [a-z]+)*", said["State"])
    assert "_" not in said["State"]


def test_a_run_under_way_always_has_a_duration_and_an_ended_one_keeps_its_own() -> None:
    going = header(under_way())
    took = {cells(going, START + timedelta(minutes=m))["Took"] for m in (0, 1, 61)}
    assert took == {"0s", "1m 00s", "1h 01m"}
    ended = header(succeeding())
    assert cells(ended, None)["Took"] == cells(ended, START + timedelta(days=9))["Took"]


def test_an_empty_record_shows_words_in_every_column() -> None:
    bare = RunHeader(
        "r", "", "", "drill", "", START, "", None, "", "", False, 0, 0, 0, 0, "", 1, ""
    )
    said = cells(bare, None)
    assert said["State"] == "? unknown"
    assert said["Plan"] == "r"
    assert said["Took"] == "unknown"
