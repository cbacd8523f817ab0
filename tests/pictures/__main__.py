"""`python -m tests.pictures`: draws the README's pictures from the real screens."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from tests.pictures.drawing import FOLDER, PICTURES, draw

for name, picture in PICTURES.items():
    with tempfile.TemporaryDirectory() as folder:
        (FOLDER / f"{name}.svg").write_text(asyncio.run(draw(picture, Path(folder))))
