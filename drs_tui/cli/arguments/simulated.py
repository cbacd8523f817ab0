"""How a simulation is described on the command line."""

from __future__ import annotations

from argparse import ArgumentTypeError
from textwrap import fill

from drs_tui.simulator import SCENARIOS

SCENARIO_HELP = "what happens in it: one of those listed, or a YAML file (default: calm)"
SEED_HELP = "whole number that decides on durations, and on when faults strike (default: 0)"


def scenario_list() -> str:
    """The scenarios for a help text."""
    lines = [
        fill(f"  {name:<15}{summary}", 79, subsequent_indent=" " * 17)
        for name, summary in SCENARIOS.items()
    ]
    return "\n".join(["scenarios:", *lines])


def seed(text: str) -> int:
    """A seed of the random source.

    Raises:
        ArgumentTypeError: it is not a whole number from 0.
    """
    if not text.isdecimal():
        raise ArgumentTypeError(f"a seed is a whole number from 0, not {text!r}")
    return int(text)
