"""Text from anywhere made fit for a terminal: data, never commands, and cut to its place."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal, NamedTuple, TypeAlias

from rich.cells import cell_len, set_cell_size

Tone: TypeAlias = Literal["plain", "dim", "strong", "good", "warn", "bad", "work", "badge", "alarm"]
"""What a piece of text is to the reader; colour follows from it, and never says it alone."""

LONGEST_CLUSTER = 4
"""Characters kept for each cell: letters with a thousand accents take no more room than others."""

_MARKS = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_TOO_MANY_MARKS = re.compile(
    # Variation selectors too: whether they make a character wide, each terminal decides for itself.
    rf"([{_MARKS}]{{{LONGEST_CLUSTER - 1}}})[{_MARKS}]+|[\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)


class Span(NamedTuple):
    """A piece of a line."""

    text: str
    tone: Tone = "plain"


Line: TypeAlias = tuple[Span, ...]


def line(*parts: str | Span | tuple[str, Tone]) -> Line:
    """A line from plain texts and toned ones, without the empty ones."""
    spans = (Span(part) if isinstance(part, str) else Span(*part) for part in parts)
    return tuple(span for span in spans if span.text)


def plain(text: str) -> str:
    """The text on one line, with every character that could steer a terminal replaced."""
    if text.isascii() and text.isprintable():
        return text
    return _TOO_MANY_MARKS.sub(
        r"\1", "".join(c if c.isprintable() else " " if c.isspace() else "�" for c in text)
    )


def cut(text: str, width: int) -> str:
    """The text, cleaned, in at most `width` cells; what was cut ends in an ellipsis."""
    if width <= 0:
        return ""
    clean = plain(text[: (width + 1) * LONGEST_CLUSTER])
    if cell_len(clean) <= width:
        return clean
    return set_cell_size(clean, width - 1).rstrip() + "…"


def fit(spans: Iterable[Span], width: int, *, right: bool = False) -> list[Span]:
    """The spans in exactly `width` cells: cut, or filled up with spaces."""
    fitted: list[Span] = []
    room = width
    for text, tone in spans:
        shown = cut(text, room)
        if shown:
            fitted.append(Span(shown, tone))
            room -= cell_len(shown)
        if shown != text and shown.endswith("…"):
            break
    if room > 0:
        fitted.insert(0 if right else len(fitted), Span(" " * room))
    return fitted


def difference(before: Iterable[Span], after: Iterable[Span], width: int) -> tuple[int, int] | None:
    """From which cell to behind which two lines differ in `width` cells; None: nowhere."""
    old, new = (_by_cell(fit(spans, width)) for spans in (before, after))
    places = [place for place in range(width) if old[place] != new[place]]
    if not places:
        return None
    first, last = places[0], places[-1]
    # A character of two cells is drawn as a whole.
    while first and "" in (old[first].text, new[first].text):
        first -= 1
    while last + 1 < width and "" in (old[last + 1].text, new[last + 1].text):
        last += 1
    return first, last + 1


def _by_cell(spans: Iterable[Span]) -> list[Span]:
    """Each cell with what stands in it; nothing in the second cell of a wide character."""
    cells: list[Span] = []
    for text, tone in spans:
        for character in text:
            taken = cell_len(character)
            if taken:
                cells += [Span(character, tone), *[Span("", tone)] * (taken - 1)]
            elif cells:
                cells[-1] = Span(cells[-1].text + character, tone)
    return cells


def width_of(spans: Iterable[Span]) -> int:
    """How many cells the spans take uncut."""
    return sum(cell_len(plain(span.text)) for span in spans)


def wrapped(text: str, width: int) -> list[str]:
    """The text, cleaned, in lines of at most `width` cells, with its own line ends kept."""
    from textwrap import wrap

    lines: list[str] = []
    for paragraph in text.splitlines() or [""]:
        # Ids and Regions have hyphens, and are looked for as they are.
        lines += wrap(plain(paragraph), max(1, width), break_on_hyphens=False) or [""]
    return [part for each in lines for part in _in_cells(each, max(2, width))]


def _in_cells(text: str, width: int) -> list[str]:
    # textwrap counts characters; wide ones take two cells.
    parts: list[str] = []
    while cell_len(text) > width:
        head = text[:width]
        while cell_len(head) > width:
            head = head[:-1]
        parts.append(head)
        text = text[len(head) :]
    return [*parts, text]
