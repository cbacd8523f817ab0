"""A terminal's screen, as far as Textual uses one: what stands on it, and which modes are on."""

from __future__ import annotations

import re
import unicodedata
from codecs import getincrementaldecoder

ROWS, COLUMNS = 24, 80
FIRST_MODES = frozenset({7, 25})
"""Lines wrap, the cursor is shown."""

ALTERNATE_SCREEN = 1049

_TOKEN = re.compile(
    r"\x1b\[(?P<private>[?>=<]?)(?P<numbers>[\d;:]*)(?P<between>[ !$]*)(?P<final>[@-~])"
    r"|\x1b(?:\[[\d;:?>=< !$]*|[\]P_^][^\x07\x1b]*)?\x18"  # cut short, and cancelled
    r"|\x1b[\]P_^][^\x07\x1b]*(?:\x07|\x1b\\)"  # titles and the like
    r"|\x1b[()][A-Z0-9]|\x1b[=>78cM]"
    r"|(?P<control>[\x00-\x1a\x1c-\x1f\x7f])"
    r"|(?P<text>[^\x00-\x1f\x7f]+)",
    re.DOTALL,
)


class Screen:
    """Takes what is written to a terminal."""

    def __init__(self, columns: int = COLUMNS, rows: int = ROWS) -> None:
        """Begin blank."""
        self.modes = set(FIRST_MODES)
        """DEC's private modes that are on."""

        self.looks: set[str] = set()
        """What was asked for of colours and the like: the numbers of each SGR."""

        self._columns, self._rows = columns, rows
        self._reversed: set[tuple[int, int]] = set()
        self._is_reverse = False
        self._cells = self._blank()
        self._main = self._cells
        self._row = self._column = 0
        self._decode = getincrementaldecoder("utf-8")("replace").decode
        self._rest = ""

    @property
    def lines(self) -> list[str]:
        """What stands on it, row by row."""
        return ["".join(row).rstrip() for row in self._cells]

    def resize(self, columns: int, rows: int) -> None:
        """Take another size, and begin blank: whoever draws does so anew."""
        self._columns, self._rows = columns, rows
        self._cells = self._blank()
        self._main = self._blank() if ALTERNATE_SCREEN in self.modes else self._cells
        self._row = self._column = 0

    @property
    def marked(self) -> list[str]:
        """What stands on it in reverse, as the cursor does, row by row."""
        return [
            "".join(c for column, c in enumerate(row) if (number, column) in self._reversed)
            for number, row in enumerate(self._cells)
        ]

    def clear(self) -> None:
        """Forget what stands on it, as somebody does who wants to see it painted anew."""
        for row in self._cells:
            row[:] = [" "] * self._columns

    def __contains__(self, text: str) -> bool:
        """Whether a text stands in one of the rows."""
        return any(text in line for line in self.lines)

    def feed(self, data: bytes) -> None:
        """Take bytes as they were written; a sequence may be cut anywhere."""
        text = self._rest + self._decode(data)
        place = 0
        while place < len(text) and (token := _TOKEN.match(text, place)):
            place = token.end()
            if token["text"]:
                self._write(token["text"])
            elif token["control"]:
                self._control(token["control"])
            elif token["final"]:
                numbers = [int(n) for n in re.findall(r"\d+", token["numbers"])]
                self._sequence(token["private"], token["final"], numbers)
        self._rest = text[place:]

    def _write(self, text: str) -> None:
        for character in text:
            if unicodedata.combining(character):
                continue
            if self._column < self._columns:
                self._cells[self._row][self._column] = character
                change = self._reversed.add if self._is_reverse else self._reversed.discard
                change((self._row, self._column))
            wide = unicodedata.east_asian_width(character) in "WF"
            if wide and self._column + 1 < self._columns:
                self._cells[self._row][self._column + 1] = ""
            self._column += 2 if wide else 1

    def _control(self, character: str) -> None:
        if character == "\r":
            self._column = 0
        elif character == "\n":
            if self._row == self._rows - 1:
                self._cells.append([" "] * self._columns)
                del self._cells[0]
            else:
                self._row += 1
        elif character == "\b":
            self._column = max(0, self._column - 1)

    def _sequence(self, private: str, final: str, numbers: list[int]) -> None:
        match private, final:
            case "?", "h":
                self._switch(set(numbers), on=True)
            case "?", "l":
                self._switch(set(numbers), on=False)
            case "", "H":
                row, column = [*numbers, 1, 1][:2] if numbers else (1, 1)
                self._row = min(row, self._rows) - 1
                self._column = min(column, self._columns) - 1
            case "", "J":
                self.clear()
            case "", "K":
                self._cells[self._row][self._column :] = [" "] * (self._columns - self._column)
            case "", ("A" | "B" | "C" | "D" | "E" | "F" | "G" | "d" | "L" | "M" | "S" | "T" | "r"):
                raise NotImplementedError(f"this screen does not know CSI {numbers} {final}")
            case "", "m":
                self.looks.add(";".join(map(str, numbers)))
                # Textual begins each piece of text anew, and ends it with a reset.
                self._is_reverse = 7 in _without_colours(numbers)
            case _:  # queries, the keyboard: nothing that is seen here
                pass

    def _switch(self, modes: set[int], *, on: bool) -> None:
        if ALTERNATE_SCREEN in modes and (ALTERNATE_SCREEN in self.modes) != on:
            self._cells = self._blank() if on else self._main
        self.modes = self.modes | modes if on else self.modes - modes

    def _blank(self) -> list[list[str]]:
        return [[" "] * self._columns for _ in range(self._rows)]


def _without_colours(numbers: list[int]) -> list[int]:
    """The numbers of an SGR but for those that only choose from a palette."""
    found: list[int] = []
    place = 0
    while place < len(numbers):
        if numbers[place] in (38, 48):
            place += 3 if numbers[place + 1 : place + 2] == [5] else 5
        else:
            found.append(numbers[place])
            place += 1
    return found
