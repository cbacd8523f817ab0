"""The rows of the run screen, as functions of a run and a moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from drs_tui.audit.store import Away
from drs_tui.model.decisions import CHOICES, Choice, Wanted, WantedKind
from drs_tui.model.expectation.estimates import estimates
from drs_tui.model.header import RunHeader
from drs_tui.model.plan import Mode
from drs_tui.model.run import fold, header_of
from drs_tui.model.state.run import Import, Run
from drs_tui.model.status import Phase
from drs_tui.tui.answers import CHOICE_KEYS
from drs_tui.tui.beat import Beat, PlaceBeat
from drs_tui.tui.cells import Column, Row, row_line, widths
from drs_tui.tui.rows.decision import decision_lines
from drs_tui.tui.rows.lists import RUN_COLUMNS, run_row
from drs_tui.tui.rows.run import (
    SERVER_COLUMNS,
    banner,
    can_clean_up,
    error_lines,
    failed_words,
    server_rows,
    title,
    wave_rows,
)
from drs_tui.tui.rows.status import Status, status_line
from drs_tui.tui.rows.timeline import COLUMNS, timeline_rows
from drs_tui.tui.text import Line, width_of
from tests.tui.sample import (
    CAPACITY,
    NAMES,
    START,
    Story,
    failing,
    seal_all,
    server_id,
    succeeding,
    three_tier,
    under_way,
    waiting,
)

DRIVEN = Beat(holder="maria@host:1:abc", polled_seconds=3)


def state(story: Story) -> Run:
    run = fold(seal_all(story.drafts))
    assert run is not None
    return run


def text(line: Line) -> str:
    return "".join(span.text for span in line)


def cells(row: Row) -> list[str]:
    return [text(cell) for cell in row.cells]


def test_a_wave_shows_its_state_in_a_sign_and_a_word() -> None:
    story = under_way()
    database, application, web = map(cells, wave_rows(state(story), story.at))
    assert (database[0], database[4], database[5]) == ("✓", "2 of 2", "succeeded")
    assert (application[0], application[4], application[5]) == ("▶", "1 of 2", "in progress")
    assert (web[0], web[5], web[6]) == ("·", "pending", "")


def test_a_bar_is_full_only_when_every_server_is_launched() -> None:
    partial = cells(wave_rows(state(failing()), START)[1])
    assert partial[2] == "██████░░░░░░"


def test_a_failed_server_says_in_which_phase_it_failed() -> None:
    rows = {row.key: cells(row) for row in server_rows(state(failing()), START)}
    failed = next(row for row in rows.values() if row[1] == "orders-app-2")
    assert (failed[0], failed[3], failed[4]) == ("✗", "failed in launch", "FAILED")
    assert failed[9].startswith("InsufficientInstanceCapacity")


def test_a_server_that_failed_with_an_instance_says_that_this_may_run() -> None:
    run = state(failing())
    failed = run.servers[server_id("orders-app-2")]
    ready = (*failed.phases[:-1], (Phase.READY, START), failed.phases[-1])
    assert failed_words(replace(failed, phases=ready)) == "failed after launch"
    left = replace(failed, instance_id="i-0a11ce0fa11ce0001")
    run = replace(run, servers={**run.servers, failed.id: left})
    (one,) = error_lines(run, None, 140, 1)
    assert "failed after launch, i-0a11ce0fa11ce0001 may run and bill: Insuff" in text(one)


def test_elapsed_ticks_while_a_server_comes_up_and_stands_when_it_is_up() -> None:
    story = under_way()
    run = state(story)

    def elapsed(seconds: int) -> dict[str, str]:
        later = story.at + timedelta(seconds=seconds)
        return {cells(row)[1]: cells(row)[5] for row in server_rows(run, later)}

    assert elapsed(0)["orders-app-1"] == elapsed(60)["orders-app-1"]
    assert elapsed(0)["orders-app-2"] != elapsed(60)["orders-app-2"]
    assert elapsed(60)["orders-web-1"] == ""


def test_what_failed_fits_on_a_line_with_the_key_that_shows_all_of_it() -> None:
    run = state(failing())
    (one,) = error_lines(run, None, 78, 1)
    assert text(one).startswith("✗ orders-app-2 failed in launch: Insufficient")
    assert text(one).endswith("…  ([f] go there)")
    assert width_of(one) <= 78
    (there,) = error_lines(run, server_id("orders-app-2"), 78, 1)
    assert text(there).endswith("…  ([d] in full)")
    assert error_lines(state(succeeding()), None, 78, 1) == []


def test_with_room_what_failed_is_shown_in_all_of_awss_words() -> None:
    head, *words = error_lines(state(failing()), None, 78, 4)
    assert text(head) == "✗ orders-app-2 failed in launch  ([f] go there)"
    assert " ".join(map(text, words)) == CAPACITY


def test_a_recovery_does_not_look_like_a_drill() -> None:
    drill, recovery = state(Story(three_tier())), state(Story(three_tier(), Mode.RECOVERY))
    assert text(title(drill, START, 80)).startswith(" DRILL ")
    assert text(title(recovery, START, 80)).startswith(" ‼ REAL RECOVERY ‼ ")
    assert banner(drill, 80) == []
    (across,) = banner(recovery, 80)
    assert "! REAL RECOVERY of three-tier: this is not a drill !" in text(across)
    assert width_of(across) == 80


def test_the_title_holds_elapsed_time_against_the_objective() -> None:
    story = under_way()
    run = state(story)
    assert "of RTO 45m" in text(title(run, story.at, 80))
    assert "▲ over" in text(title(run, START + timedelta(hours=1), 80))


def test_an_end_is_told_with_its_clean_up() -> None:
    shown = text(title(state(succeeding()), START, 80))
    assert "✓ succeeded" in shown
    assert "▲ clean-up due" in shown
    assert width_of(title(state(succeeding()), START, 80)) <= 80


@pytest.mark.parametrize("kind", list(WantedKind))
def test_every_answer_to_a_question_has_a_key_of_its_own_in_the_bar(kind: WantedKind) -> None:
    from dataclasses import replace
    from types import MappingProxyType

    run = state(waiting())
    wanted = Wanted(kind, "application", 7, START, "what happened")
    wave = replace(run.waves["application"], wanted=wanted)
    run = replace(run, waves=MappingProxyType({**run.waves, "application": wave}))
    lines = decision_lines(run, DRIVEN, None, 0, 78, now=START)
    strong = [span.text for line in lines for span in line if span.tone == "strong"]
    assert strong == [f"[{CHOICE_KEYS[choice][0]}]" for choice in CHOICES[kind]]
    assert len(set(strong)) == len(strong)
    assert all(width_of(line) <= 78 for line in lines)


def test_every_choice_has_a_key() -> None:
    assert CHOICE_KEYS.keys() == set(Choice)


def test_the_bar_says_when_nobody_drives() -> None:
    assert "Nobody drives" in text(
        decision_lines(state(waiting()), Beat(), None, 0, 78, now=START)[0]
    )


def test_a_wave_that_is_held_back_says_by_what_and_since_when() -> None:
    story = Story(three_tier())
    words = "20 of 20 DRS jobs run"
    story.tell(0, "wave.held", wave="database", quota="jobs", words=words)
    run, now = state(story), story.at + timedelta(seconds=200)
    row = wave_rows(run, now)[0]
    assert [text(cell) for cell in row.cells[5:7]] == ["held back", "3m 20s"]
    [said] = decision_lines(run, DRIVEN, None, 0, 80, now=now)
    assert text(said) == (
        f"◇ Wave database is held back since {story.at:%H:%M:%SZ}: 20 of 20 DRS jobs run."
    )


def test_what_is_expected_stands_beside_what_is() -> None:
    story = Story(three_tier())
    story.tell(0, "run.expected")
    ids = [server_id(name) for name in NAMES["database"]]
    story.tell(1, "wave.launch_intended", wave="database", attempt=1, servers=ids, token="t")
    story.tell(1, "wave.launched", wave="database", job_id="drsjob-1")
    run, now = state(story), story.at + timedelta(seconds=60)
    expected = estimates(run, now)
    assert text(title(run, now, 80, expected)).endswith("1m 03s of RTO 45m  25-28m left")
    database, application, _ = map(cells, wave_rows(run, now, expected))
    assert (database[2], database[7]) == ("█░░░░░░░░░░░", "7-9m left")
    assert application[7] == "", "nothing is said of what has not begun"
    first = cells(server_rows(run, now, expected)[0])
    assert (first[3], first[6]) == ("queued  7-9m", "█░░░░░░░░░")
    late = story.at + timedelta(minutes=20)
    slow = estimates(run, late)
    assert text(title(run, late, 80, slow)).endswith("left ▲ slow")
    assert cells(wave_rows(run, late, slow)[0])[7].startswith("▲ ")


def test_the_timeline_is_as_wide_as_its_table_and_has_a_row_for_each_server() -> None:
    story = under_way()
    rows = timeline_rows(state(story), story.at, 78)
    assert [text(row.cells[0]) for row in rows[:3]] == ["", "database", "  orders-db-1"]
    assert all(width_of(row.cells[1]) <= 58 for row in rows)
    assert text(rows[2].cells[1]).strip()[0] in "·░"
    assert "━" in text(rows[2].cells[1])


def test_a_run_under_way_without_a_driver_claims_no_duration() -> None:
    header = header_of(state(under_way()))
    took = [column.title for column in RUN_COLUMNS].index("Took")
    assert cells(run_row(header, None))[took] == "unknown"
    assert cells(run_row(header, START + timedelta(minutes=3)))[took] == "3m 00s"


def test_an_imported_run_says_so_and_is_not_cleaned_up_from_here() -> None:
    story = succeeding()
    kind = [column.title for column in RUN_COLUMNS].index("Kind")
    assert can_clean_up(state(story))
    imported = Import(START, "ana", "sqlite:/srv/runs.db")
    run = replace(state(story), imports=(imported,))
    assert cells(run_row(header_of(run), None))[kind] == "drill, simulated, imported"
    assert not can_clean_up(run)


def test_a_status_of_another_version_is_shown_by_its_word() -> None:
    header = header_of(state(under_way()))
    odd = RunHeader(
        **{name: getattr(header, name) for name in header.__slots__ if name != "status"},
        status="hibernating",
    )
    assert cells(run_row(odd, None))[2] == "? hibernating"


def test_a_row_is_exactly_as_wide_as_its_table() -> None:
    row = server_rows(state(failing()), START)[3]
    for width in range(1, 241):
        assert width_of(tuple(row_line(SERVER_COLUMNS, row, width))) == width


def test_columns_share_what_is_left_over() -> None:
    columns = (Column("a", 10, grow=1), Column("b", 5), Column("c", 5, grow=1, from_width=50))
    assert widths(columns, 40) == [33, 5, 0]
    assert widths(columns, 54) == [25, 5, 20]


@pytest.mark.parametrize("width", [60, 80, 200])
def test_the_status_line_fits_and_keeps_what_matters(width: int) -> None:
    status = Status(
        modes=("SIMULATED", "READ-ONLY"),
        account="123456789012",
        region="us-east-1",
        identity="arn:aws:sts::123456789012:assumed-role/DrillOperator/maria",
        store="sqlite:/home/maria/.local/share/drs-tui/runs.db",
        beat=DRIVEN,
    )
    shown = status_line(status, width)
    assert width_of(shown) == width
    assert "SIMULATED" in text(shown)
    assert "123456789012" in text(shown)
    assert "polled 3s ago" in text(shown)
    assert ("DrillOperator/maria" in text(shown)) == (width == 200)


def test_the_account_is_seen_in_full_whatever_else_is_to_be_told() -> None:
    modes = ("CUSTOM ENDPOINT", "WATCHING", "RECOVERY ARMED")
    trouble = "DescribeJobs was throttled: Rate exceeded. Nothing was started"
    shown = status_line(Status(modes, "123456789012", "us-gov-west-1", trouble=trouble), 80)
    assert len(text(shown)) == 80
    for words in (*modes, "123456789012", "▲ DescribeJobs was"):
        assert words in text(shown)


def test_old_news_are_called_stale() -> None:
    old = Status(beat=Beat(holder="x", polled_seconds=125))
    assert "stale, polled 2m 05s ago" in text(status_line(old, 80))


REFUSED = "DescribeJobs was throttled: Rate exceeded"


@pytest.mark.parametrize(
    ("place", "words", "tone"),
    [
        (PlaceBeat("1 us-east-1", 3), "polled 3s ago", "dim"),
        (PlaceBeat("1 us-east-1", 3, REFUSED), "▲ stale, polled 3s ago", "warn"),
        (PlaceBeat("1 us-east-1", 70, REFUSED), "▲ no answer for 1m 10s: Describe", "bad"),
        (PlaceBeat("1 us-east-1", None, REFUSED), "▲ DescribeJobs was throttled", "bad"),
    ],
)
def test_a_look_that_failed_makes_old_news_and_then_a_warning(
    place: PlaceBeat, words: str, tone: str
) -> None:
    beat = Beat(holder="x", places=(place,))
    shown = status_line(Status(account="1", region="us-east-1", beat=beat), 120)
    assert words in text(shown)
    assert shown[-1].tone == tone


def test_of_several_targets_the_oldest_news_are_told_first() -> None:
    places = (
        PlaceBeat("123456789012 us-east-1", 3),
        PlaceBeat("123456789012 eu-central-1", 8),
        PlaceBeat("210987654321 eu-west-1", 70, REFUSED),
    )
    beat = Beat(holder="x", places=places)
    status = Status(account="123456789012", region="us-east-1 +2", beat=beat)
    wide = text(status_line(status, 160))
    assert "▲ eu-west-1 no answer for 1m 10s: " in wide
    assert wide.endswith("eu-central-1 8s ago us-east-1 3s ago ")
    narrow = text(status_line(status, 80))
    assert "▲ eu-west-1 no answer for 1m 10s" in narrow
    assert narrow.endswith("+2 more ")
    assert len(narrow) == 80


def test_targets_in_one_region_are_told_apart_by_their_accounts() -> None:
    places = (PlaceBeat("123456789012 us-east-1", 3), PlaceBeat("210987654321 us-east-1", None))
    shown = text(status_line(Status(beat=Beat(holder="x", places=places)), 160))
    assert "123456789012 us-east-1 3s ago" in shown
    assert "210987654321 us-east-1 not polled yet" in shown


def test_the_timeline_columns_leave_room_for_names() -> None:
    assert widths(COLUMNS, 78) == [18, 58]


# The audit store out of reach ------------------------------------------------------------------

AWAY = Away(72, "6 events not in the audit store yet: dynamodb:drs did not answer", False)
DETACHED = Away(72, AWAY.words, True)


def bar(story: Story, away: Away | None, index: int = 0) -> list[str]:
    return [text(each) for each in decision_lines(state(story), DRIVEN, away, index, 78, now=START)]


def test_a_store_out_of_reach_is_a_question_with_what_happens_if_nobody_answers() -> None:
    said = bar(under_way(), AWAY)
    assert said[0] == "▲ Audit store out of reach for 1m 12s: launches wait until it is back."
    assert said[1] == AWAY.words
    assert said[-1].startswith("[O] go on detached")


def test_the_questions_of_the_run_come_before_what_the_stores_absence_asks() -> None:
    first, second = bar(waiting(), AWAY), bar(waiting(), AWAY, 1)
    assert "waits for your approval" in first[0]
    assert "1 of 2" in first[0]
    assert "out of reach" in second[0]
    assert "2 of 2" in "".join(second)
    assert all(len(each) <= 78 for each in second)


def test_a_paused_run_can_be_resumed_while_the_store_is_out_of_reach() -> None:
    story = under_way()
    story.tell(1, "run.paused", "ana")
    assert bar(story, AWAY)[-1] == "[O] go on detached   [p] resume: the run is paused"


def test_a_detached_run_says_so_and_asks_no_more() -> None:
    said = bar(under_way(), DETACHED)
    assert said[0].startswith("▲ Detached: this machine alone has the record")
    assert said[1].startswith("Nothing is wanted from you")


def test_an_ended_run_says_that_its_last_events_are_still_to_be_sent() -> None:
    said = bar(succeeding(), AWAY)
    assert "the last events are sent when it is back" in said[0]
    assert "Ended" in said[1]


def test_what_a_clean_up_has_left_is_told_by_name_with_why_and_what_to_do() -> None:
    story = succeeding()
    story.tell(1, "cleanup.intended", instances=[])
    why, remedy = "it is tagged drs-tui:keep", "remove the tag"
    server = server_id("orders-db-1")
    story.tell(
        1,
        "cleanup.finished",
        outcome="failed",
        remaining=["i-1"],
        refused=[{"instance": "i-1", "server": server, "why": why, "remedy": remedy}],
        words="i-1: …",
    )
    assert bar(story, None)[1] == "orders-db-1: it is tagged drs-tui:keep (remove the tag)"


def test_a_run_that_launches_nothing_more_has_no_reason_to_go_on_detached() -> None:
    story = under_way()
    story.tell(1, "run.cancel_requested", "ana")
    said = bar(story, AWAY)
    assert "out of reach" in said[0]
    assert "Nothing more is launched" in said[1]
    assert not any("detached" in each for each in said)


@pytest.mark.parametrize(
    ("away", "words"), [(AWAY, "launches wait"), (DETACHED, "detached")], ids=["waits", "detached"]
)
def test_the_header_says_how_long_the_store_is_away_and_what_that_means(
    away: Away, words: str
) -> None:
    shown = text(status_line(Status(("LIVE",), "123456789012", "us-east-1", away=away), 80))
    assert shown.endswith(f"▲ store away 1m 12s · {words} ")
    assert len(shown) == 80
