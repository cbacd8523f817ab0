"""How much of what is random is played: a share by default, all of it for `.ci/run`."""

from __future__ import annotations

import os

THOROUGH = "DRS_TUI_TEST_THOROUGH"
"""In the environment, set to anything: play all."""

SHARE = 0.4
FEWEST = 20


def examples_of(count: int) -> int:
    """So many of `count` random examples; those of a share are the first of all."""
    if os.environ.get(THOROUGH):
        return count
    return min(count, max(FEWEST, round(count * SHARE)))
