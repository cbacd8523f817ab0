"""The README's pictures say what the screens say; `python -m tests.pictures` draws them anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pictures.drawing import FOLDER, PICTURES, draw, said_in

README = FOLDER.parents[1] / "README.md"


@pytest.mark.parametrize("name", PICTURES)
async def test_a_picture_says_what_its_screen_says(name: str, tmp_path: Path) -> None:
    kept = (FOLDER / f"{name}.svg").read_text()
    assert said_in(kept) == said_in(await draw(PICTURES[name], tmp_path))
    assert f"tests/pictures/{name}.svg" in README.read_text()


def test_no_other_picture_is_kept() -> None:
    assert {path.stem for path in FOLDER.glob("*.svg")} == set(PICTURES)
