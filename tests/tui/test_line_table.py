"""The table's cursor is a key: what happens to rows does not move it to another thing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import get_args

import pytest
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.strip import Strip

from drs_tui.tui.cells import Column, Row, Rows
from drs_tui.tui.text import Tone, line
from drs_tui.tui.widgets.line_table import LineTable


def rows(names: Iterable[str], said: str = "x") -> list[Row]:
    return [Row(name, (line(name), line(said))) for name in names]


class Host(App[None]):
    def compose(self) -> ComposeResult:
        yield LineTable((Column("Name", 8, grow=1), Column("Said", 6)))

    @property
    def table(self) -> LineTable:
        return self.query_one(LineTable)


def shown(table: LineTable) -> list[str]:
    return [table.render_line(y).text.split()[0] for y in range(1, table.size.height)]


async def test_the_cursor_stays_on_its_row_when_rows_arrive_above_it() -> None:
    async with Host().run_test(size=(40, 8)) as pilot:
        table = pilot.app.query_one(LineTable)
        table.show(rows("bd"))
        table.move_cursor("down")
        table.show(rows("abcd"))
        assert (table.selected, table.place) == ("d", 3)


async def test_the_cursor_stays_on_its_row_when_rows_are_sorted() -> None:
    async with Host().run_test(size=(40, 8)) as pilot:
        table = pilot.app.query_one(LineTable)
        table.show(rows("abc"))
        table.show(rows("cba"))
        assert (table.selected, table.place) == ("a", 2)


async def test_the_cursor_goes_to_the_row_in_its_place_only_when_its_own_is_gone() -> None:
    async with Host().run_test(size=(40, 8)) as pilot:
        table = pilot.app.query_one(LineTable)
        table.show(rows("abc"))
        table.move_cursor("down")
        table.show(rows("ac"))
        assert table.selected == "c"
        table.show([])
        assert table.selected is None


async def test_the_cursor_scrolls_into_sight() -> None:
    async with Host().run_test(size=(40, 6)) as pilot:
        table = pilot.app.query_one(LineTable)
        table.show(rows("abcdefghijkl"))
        await pilot.pause()
        table.move_cursor("bottom")
        await pilot.pause()
        assert shown(table)[-1] == "l"
        table.move_cursor("top")
        await pilot.pause()
        assert shown(table)[0] == "a"


async def test_only_the_cells_that_differ_are_drawn_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with Host().run_test(size=(40, 8)) as pilot:
        table = pilot.app.query_one(LineTable)
        table.show(rows("abc"))
        await pilot.pause()
        before = table.render_line(2).text
        drawn: list[Region] = []
        with monkeypatch.context() as patched:
            patched.setattr(table, "refresh", lambda *regions: drawn.extend(regions))
            table.show([*rows("a"), *rows("b", "new"), *rows("c")])
        [region] = drawn
        after = table.render_line(2).text
        assert (region.y, region.height) == (2, 1)
        assert before[: region.x] == after[: region.x]
        assert before[region.right :] == after[region.right :]
        assert 0 < region.width < len(after)


async def test_hostile_names_are_shown_as_data_and_cut() -> None:
    async with Host().run_test(size=(40, 6)) as pilot:
        table = pilot.app.query_one(LineTable)
        table.show(rows(["[red]\x1b[2Jé漢\u202e" + "x" * 10_000]))
        drawn = table.render_line(1).text
        assert drawn.startswith("[red]�[2Jé漢�xxx")
        assert "…" in drawn


async def test_of_thousands_of_rows_only_those_in_sight_are_made() -> None:
    made: list[str] = []

    def make(name: str) -> Row:
        made.append(name)
        return Row(name, (line(name), line("x")))

    names = {f"n{number:04}": f"n{number:04}" for number in range(4000)}
    async with Host().run_test(size=(40, 8)) as pilot:
        table = pilot.app.query_one(LineTable)
        table.show(Rows(names, make))
        await pilot.pause()
        table.move_cursor("bottom")
        await pilot.pause()
        assert shown(table)[-1] == "n3999"
        assert len(made) == len(set(made)) < 40


async def test_rows_that_are_made_late_are_drawn_when_they_differ() -> None:
    async with Host().run_test(size=(40, 8)) as pilot:
        table = pilot.app.query_one(LineTable)
        for said in ("old", "new"):
            table.show(Rows({row.key: row for row in rows("abc", said)}, lambda row: row))
            await pilot.pause()
            assert [strip.text.split()[1] for strip in _drawn(table)] == [said] * 3


async def test_a_row_is_drawn_the_same_way_again_with_its_cursor_and_without() -> None:
    async with Host().run_test(size=(40, 8)) as pilot:
        table = pilot.app.query_one(LineTable)
        table.show(rows("ab"))
        first = _drawn(table)[:2]
        table.move_cursor("down")
        second = _drawn(table)[:2]
        assert [a == b for a, b in zip(first, second, strict=True)] == [False, False]
        table.move_cursor("up")
        assert _drawn(table)[:2] == first


def _drawn(table: LineTable) -> list[Strip]:
    return [table.render_line(y) for y in range(1, 4)]


class Declaring(LineTable):
    """Has all tones as component classes, as Textual would have them."""

    COMPONENT_CLASSES = {f"lines--{tone}" for tone in get_args(Tone)}


async def test_a_tone_looks_as_a_component_class_of_its_name_does() -> None:
    async with Host().run_test(size=(40, 8)) as pilot:
        table = Declaring(())
        await pilot.app.mount(table)
        for theme in ("textual-dark", "ansi-dark"):
            pilot.app.theme = theme
            await pilot.pause()
            for tone in get_args(Tone):
                declared = table.get_component_rich_style(f"lines--{tone}", partial=True)
                assert table._style(tone) == declared, (theme, tone)
