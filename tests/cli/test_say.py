"""What a terminal is given to show."""

from __future__ import annotations

from drs_tui.cli.say import Column, cell_width, clean, table


def test_nothing_that_is_shown_can_steer_the_terminal() -> None:
    assert clean("a\x1b[31mb\u202ec\td\n") == "a\ufffd[31mb\ufffdc d "


def test_columns_stand_under_their_titles() -> None:
    lines = table((Column("Name"), Column("Lag", right=True)), [("db", "3s"), ("app-1", "12s")])

    assert lines == ["Name   Lag", "db      3s", "app-1  12s"]


def test_a_wide_table_is_cut_to_80_columns_where_it_may_shrink() -> None:
    columns = (Column("Run", shrinks=True, keeps_end=True), Column("State"))

    lines = table(columns, [("20261123-" + "x" * 90 + "-ab12", "succeeded")])

    assert max(map(len, lines)) == 80
    assert lines[1].startswith("20261123-")
    assert "-ab12  succeeded" in lines[1]
    assert "…" in lines[1]


def test_wide_letters_take_two_cells() -> None:
    assert cell_width("東京db") == 6
    lines = table((Column("Name", shrinks=True), Column("Id")), [("東" * 60, "s-1")])
    assert all(cell_width(line) <= 80 for line in lines)
    assert lines[1].endswith("…  s-1") or lines[1].endswith("…   s-1")
