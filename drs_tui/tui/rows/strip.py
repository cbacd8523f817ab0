"""The line that shows all runs under way, whichever screen is in front."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING

from drs_tui.tui.keys import keys_in_use
from drs_tui.tui.text import Line, Span, cut, line, width_of

if TYPE_CHECKING:
    from drs_tui.tui.active import ActiveRun

LONGEST_NAME = 20
_MORE_ROOM = 5
"""Cells for how many do not fit."""


def strip_line(runs: Sequence[ActiveRun], shown: str | None, width: int) -> list[Line]:
    """One line, or none when the only run under way is on the screen anyway.

    `shown` is the id of the run whose screen is in front. Where not all fit, those that want
    something are kept.
    """
    if all(run.run_id == shown for run in runs):
        return []
    names = Counter(run.header.plan_id for run in runs)
    parts = [_part(run, names, is_shown=run.run_id == shown) for run in runs]
    whole = (*_key(), Span(" next run", "dim"), *chain.from_iterable(parts))
    return [whole if width_of(whole) <= width else _shortened(runs, parts, width)]


def _key() -> Line:
    return line((f" [{keys_in_use().shown('next_run')}]", "strong"))


def _shortened(runs: Sequence[ActiveRun], parts: Sequence[Line], width: int) -> Line:
    """The runs without their counts, as many as fit, those that want something before others."""
    room = width - width_of(_key())
    kept: list[int] = []
    for place in sorted(range(len(runs)), key=lambda place: not runs[place].wants):
        taken = width_of(parts[place][:-1])
        is_last = len(kept) + 1 == len(runs)
        if taken + (0 if is_last else _MORE_ROOM) <= room:
            kept.append(place)
            room -= taken
    left = len(runs) - len(kept)
    spans = chain.from_iterable(parts[place][:-1] for place in sorted(kept))
    return (*_key(), *spans, *line((f"  +{left}" if left else "", "warn")))


def _part(run: ActiveRun, names: Counter[str], *, is_shown: bool) -> Line:
    """A run: its name, how it stands, and how many of its servers are launched."""
    from drs_tui.model.plan import Mode

    header, sign = run.header, run.sign
    name = cut(header.plan_id, LONGEST_NAME)
    if names[header.plan_id] > 1:
        name += f" …{header.run_id[-4:]}"
    if header.mode == Mode.RECOVERY.value:
        name = f"‼ {name}"
    return (
        Span("  "),
        Span(f"[{name}]" if is_shown else name, "strong" if is_shown else "plain"),
        Span(f" {sign.symbol} {sign.word}", sign.tone),
        Span(f" {header.servers_launched}/{header.servers_total}", "dim"),
    )
