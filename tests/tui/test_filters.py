"""Words that pick rows."""

from __future__ import annotations

import pytest

from drs_tui.tui.filters import Fields, Seconds, fits, unclear

SAID = "s-1 orders-db-1 ▲ stalled"
FIELDS: Fields = {
    "state": "STALLED stalled",
    "lag": Seconds(1200.0),
    "tag": {"Role": "Database", "Owner": "Ana Lima"},
}
UNKNOWN: Fields = {**FIELDS, "lag": Seconds(None)}


@pytest.mark.parametrize(
    "wanted",
    [
        "",
        "   ",
        "ORDERS",
        "orders stalled",
        "state:stalled",
        "state:STALL",
        "lag>15m",
        "lag>19m59s",
        "lag<1h",
        "tag:role",
        "tag:Role=data",
        'tag:owner="ana lima"',
        "state:stalled lag>15m tag:Role=database orders",
    ],
)
def test_a_row_fits_when_every_word_holds(wanted: str) -> None:
    assert fits(wanted, SAID, FIELDS)


@pytest.mark.parametrize(
    "wanted",
    [
        "web",
        "orders web",
        "state:continuous",
        "lag>20m",
        "lag<20m",
        "lag>",
        "lag>soon",
        "lag>15",
        "state>15m",
        "tag:App",
        "tag:Role=web",
        "tag:App=",
        "lag:unknown",
        "other:thing",
    ],
)
def test_a_row_that_misses_one_word_does_not_fit(wanted: str) -> None:
    assert not fits(wanted, SAID, FIELDS)


def test_an_unknown_lag_counts_as_a_long_one_and_can_be_asked_for() -> None:
    assert fits("lag>15m", SAID, UNKNOWN)
    assert not fits("lag<15m", SAID, UNKNOWN)
    assert fits("lag:unknown", SAID, UNKNOWN)


def test_a_word_with_a_colon_that_asks_nothing_is_text() -> None:
    assert fits("02:14", "2026-11-23 02:14Z", FIELDS)


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ("lag>soon", "lag> wants a duration: write lag>15m"),
        ("orders lag<", "lag< wants a duration: write lag<15m"),
        ("state>15m", "state is no duration: write state:text"),
        ("state:stalled", ""),
        ("lag>15m 1<2", ""),
    ],
)
def test_what_cannot_be_understood_is_said_with_how_to_write_it(wanted: str, words: str) -> None:
    assert unclear(wanted, FIELDS) == words
