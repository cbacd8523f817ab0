"""For terminals without UTF-8: everything that is shown, in ASCII, cell by cell."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Mapping

from rich.cells import cell_len

_LIKE = {
    # The signs of states; a word always stands beside them, or a legend.
    "✓": "+", "✗": "x", "▲": "!", "◆": "*", "◐": "%", "⊘": "o", "‖": "=", "‼": "!", "▶": ">",
    "▷": ">", "▹": "-", "»": ">", "·": ".", "●": "o", "■": "#", "✎": '"', "�": "?",
    "▼": "v", "▽": "v", "◌": "o", "◇": "o",
    # Bars.
    "█": "#", "░": ":", "▒": "%", "▓": "@", "▚": "&", "▰": "#", "▱": ".", "━": "=", "─": "-",
    "┄": "~", "├": "|", "┤": "|", "╷": "|",
    "▁": "_", "▂": ".", "▃": "-", "▄": "~", "▅": "=", "▆": "+", "▇": "*",
    # What cuts, points and counts.
    "…": "~", "→": ">", "←": "<", "↑": "^", "↓": "v", "±": "+", "×": "x", "–": "-", "—": "-",
    "‘": "'", "’": "'", "“": '"', "”": '"',
}  # fmt: skip
"""What stands for a character; all those that the app itself draws are here, or lines of boxes."""


class _Table(dict[int, str]):
    """What `str.translate` asks, filled as characters turn up."""

    def __missing__(self, code: int) -> str:
        self[code] = found = chr(code) if code < 128 else _stand_in(chr(code))
        return found


_TABLE = _Table()


def to_ascii(text: str) -> str:
    """The text with one ASCII character in each cell; control sequences stay as they are."""
    return text if text.isascii() else text.translate(_TABLE)


def _stand_in(character: str) -> str:
    cells = cell_len(character)
    bare = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
    found = _LIKE.get(character) or _line_of_a_box(character) or bare
    return found if len(found) == cells else "?" * cells


def _line_of_a_box(character: str) -> str:
    name = unicodedata.name(character, "")
    if not name.startswith("BOX DRAWINGS") and not name.endswith("BLOCK"):
        return ""
    if "VERTICAL" in name and "HORIZONTAL" not in name and "AND" not in name:
        return "|"
    if name.startswith(("LEFT", "RIGHT")):
        return "|"
    flat = name.startswith(("UPPER", "LOWER")) or ("HORIZONTAL" in name and "AND" not in name)
    return "-" if flat else "+"


def speaks_utf8(
    environ: Mapping[str, str], *, is_coerced: bool = bool(sys.flags.utf8_mode)
) -> bool:
    """Whether the locale has UTF-8; where none is set, terminals of today do.

    `is_coerced`: Python found the locale C, and then sets LC_CTYPE itself (PEP 538).
    """
    names = ("LC_ALL", "LANG") if is_coerced else ("LC_ALL", "LC_CTYPE", "LANG")
    said = next((environ[name] for name in names if environ.get(name)), "")
    return not said or "utf8" in said.lower().replace("-", "")
