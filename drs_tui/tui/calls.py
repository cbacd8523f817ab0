"""Calling for somebody who looks elsewhere: the bell, and a notification of the desktop."""

from __future__ import annotations

from collections.abc import Mapping

from drs_tui.tui.text import cut

LONGEST_CALL = 120
"""Cells; a notification shows little more."""


def osc9(words: str, environ: Mapping[str, str]) -> str:
    """The control sequence that shows `words` as a notification of the desktop.

    Inside tmux and screen it is wrapped so that they pass it on (tmux: `allow-passthrough on`); a
    terminal that does not know it shows nothing.
    """
    sequence = f"\x1b]9;drs-tui: {cut(words, LONGEST_CALL)}\x07"
    if environ.get("TMUX"):
        doubled = sequence.replace("\x1b", "\x1b\x1b")
        return f"\x1bPtmux;{doubled}\x1b\\"
    if environ.get("STY"):
        return f"\x1bP{sequence}\x1b\\"
    return sequence
