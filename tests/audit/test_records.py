"""How records are written down, where no store has a say in it."""

from __future__ import annotations

import json

import pytest

from drs_tui.audit.dynamodb_items import item_bytes
from drs_tui.audit.records import read_header, read_pulse, write_header, write_pulse
from drs_tui.audit.store import BadRecord, PlacePulse, Pulse
from tests.audit.runs import START, header_at, more

PLACES = (
    PlacePulse("123456789012 eu-west-1", START, ""),
    PlacePulse("210987654321 us-east-1", None, "DescribeJobs was throttled"),
)


@pytest.mark.parametrize(
    "pulse", [None, Pulse(START), Pulse(START, 6_000, START, "the store is behind", PLACES)]
)
def test_a_pulse_reads_back_as_it_was_written(pulse: Pulse | None) -> None:
    assert read_pulse(write_pulse(pulse)) == pulse


@pytest.mark.parametrize("text", ["", "[]", "7", '{"drill_now":"noon"}', "[" * 100_000])
def test_what_is_no_pulse_is_a_bad_record(text: str) -> None:
    with pytest.raises(BadRecord, match="a stored pulse cannot be read"):
        read_pulse(text)


@pytest.mark.parametrize(
    ("change", "words"),
    [({"run_id": "02RUN"}, "it calls itself 02RUN"), ({"started_at": "noon"}, "is not a time")],
)
def test_a_header_that_says_what_it_can_not_is_a_bad_record(
    change: dict[str, str], words: str
) -> None:
    members = json.loads(write_header(header_at(more("01RUN", (), 1)[0]))) | change

    with pytest.raises(BadRecord, match=f"the header of run 01RUN cannot be read.*{words}"):
        read_header("01RUN", json.dumps(members))


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": "é"}, 2),
        ({"N": "7"}, 2),
        ({"N": "1234"}, 4),
        ({"N": "-1234"}, 4),
        ({"L": []}, 3),
        ({"L": [{"S": "ab"}, {"N": "7"}]}, 3 + 1 + 2 + 1 + 2),
    ],
)
def test_what_an_item_takes_is_reckoned_by_the_kinds_of_its_values(
    value: dict[str, object], size: int
) -> None:
    assert item_bytes({"name": value}) == len("name") + size
