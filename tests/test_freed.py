"""Large blocks go back to the system once they are freed, whatever lies behind them."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

_KEPT = """
import sys
from pathlib import Path
from drs_tui.freed import give_back_large_blocks

def resident():
    return int(Path("/proc/self/status").read_text().split("VmRSS:")[1].split()[0]) // 1024

if "give back" in sys.argv:
    give_back_large_blocks()
# glibc raises its threshold by the first large block that it gets back.
bytes(30_000_000)
before = resident()
blocks, behind = [], []
for _ in range(50):
    blocks.append(b"x" * 500_000)
    behind.append(b"x" * 2_000)
blocks.clear()
print(resident() - before)
"""


def _kept_mib(*arguments: str) -> int:
    """What stays of 24 MiB of large blocks that were freed, with small ones between them."""
    command = [sys.executable, "-c", _KEPT, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the setting is glibc's")
def test_large_blocks_go_back_though_small_ones_lie_behind_them() -> None:
    assert _kept_mib() > 15
    assert _kept_mib("give back") < 5
