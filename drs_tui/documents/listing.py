"""The files of a folder, and what each says of itself, seen without reading it as YAML."""

from __future__ import annotations

import re
from pathlib import Path

SUFFIXES = (".yaml", ".yml")

_LOOKED_AT = 16 * 1024
"""Bytes: whoever writes a file says what it is at its top."""


def files_in(folder: Path) -> list[Path]:
    """The YAML files of a folder by name; none if there is no such folder.

    Raises:
        OSError: the folder can't be read.
    """
    try:
        return sorted(
            path for path in folder.iterdir() if path.suffix in SUFFIXES and path.is_file()
        )
    except (FileNotFoundError, NotADirectoryError):
        return []


def word_under(key: str, path: Path) -> str:
    """The word that stands under a key at the top of a file; empty if none is plain to see.

    A guess, which costs a hundredth of reading the file: for what is shown until that is done.

    Raises:
        OSError: the file can't be read.
    """
    with path.open("rb") as file:
        text = file.read(_LOOKED_AT).decode("utf-8-sig", "replace")
    found = re.search(
        rf"^{re.escape(key)}:[ \t]+(['\"]?)([\w-]{{1,64}})\1[ \t]*(?:#.*)?\r?$", text, re.MULTILINE
    )
    return found[2] if found else ""
