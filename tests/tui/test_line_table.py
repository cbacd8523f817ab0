"""The table's cursor is a key: what happens to rows does not move it to another thing."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from textual.app import App, ComposeResult
from textual.geometry import Region

from drs_tui.tui.cells import Column, Row
from drs_tui.tui.text import line
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
