"""ctrl+s: a picture of the screen, and where it went."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.conftest import MakeApp
from tests.tui.looking import screen_lines, until


def pictures_in(folder: Path) -> list[Path]:
    return list(folder.glob("drs-tui-*.svg"))


async def test_a_picture_of_the_screen_is_saved_where_the_app_says(
    make_app: MakeApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    app = make_app()
    async with app.run_test(size=(200, 30), notifications=True) as pilot:
        await until(pilot, lambda: "three-tier" in "".join(screen_lines(app)))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "Picture saved" in "".join(screen_lines(app)))
        [picture] = pictures_in(tmp_path)
        assert picture.name in "".join(screen_lines(app)).replace(" ", "")
    assert "three-tier" in picture.read_text(encoding="utf-8")
