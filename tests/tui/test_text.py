"""Text from anywhere is data: cleaned, and cut to its place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from drs_tui.tui.text import Span, cut, difference, fit, line, plain, wrapped

HOSTILE = "".join(
    ["[bold red]", "\x1b[2J", "\x07", "\u202e", "\u200d", "\x9b", "\r\n", "\t", "\ud800", "漢字"]
)


def test_control_characters_and_direction_marks_are_replaced() -> None:
    assert plain("a\x1b[2Jb\u202ec\ud800") == "a�[2Jb�c�"


def test_line_ends_and_tabs_become_spaces() -> None:
    assert plain("a\r\nb\tc") == "a  b c"


def test_markup_is_left_as_it_is() -> None:
    assert plain("[bold]x[/bold]") == "[bold]x[/bold]"


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [("abcdef", 6, "abcdef"), ("abcdef", 5, "abcd…"), ("漢字漢字", 5, "漢字…"), ("abc", 0, "")],
)
def test_what_is_cut_ends_in_an_ellipsis(text: str, width: int, shown: str) -> None:
    assert cut(text, width) == shown


def test_ten_thousand_accents_take_no_more_room_than_others() -> None:
    assert len(cut("e" + "\u0301" * 10_000, 8)) <= 40


@given(st.text(), st.integers(1, 60))
def test_a_fitted_line_has_exactly_the_width_and_nothing_that_steers(text: str, width: int) -> None:
    fitted = fit([Span(text), Span(HOSTILE, "bad")], width)
    shown = "".join(span.text for span in fitted)
    assert cell_len(shown) == width
    assert shown.isprintable()


@given(st.text(max_size=200), st.integers(2, 40))
def test_wrapped_lines_are_no_wider_than_asked(text: str, width: int) -> None:
    assert all(cell_len(part) <= width for part in wrapped(text, width))


def test_where_lines_differ_is_told_by_cells() -> None:
    was = line("polled ", ("9s", "dim"), " ago")
    assert difference(was, was, 20) is None
    assert difference(was, line("polled ", ("8s", "dim"), " ago"), 20) == (7, 8)
    assert difference(was, line("polled ", ("9s", "bad"), " ago"), 20) == (7, 9)
    assert difference(was, line("polled ", ("10s", "dim"), " ago"), 20) == (7, 14)


def test_what_is_cut_off_is_no_difference() -> None:
    assert difference(line("app-1", "  4m 01s"), line("app-1", "  4m 02s"), 9) is None


def test_a_wide_character_is_drawn_as_a_whole() -> None:
    assert difference(line("a日b"), line("axyb"), 6) == (1, 3)
    assert difference(line("日日b"), line("x日日"), 6) == (0, 5)
