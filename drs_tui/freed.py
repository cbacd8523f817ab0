"""Memory that was freed, given back to the system."""

from __future__ import annotations

M_MMAP_THRESHOLD = -3
"""The name by which glibc's malloc.h knows it."""

LARGE_BYTES = 128 * 1024
"""From here on a block has pages of its own: with this glibc begins, and then raises it."""


def give_back_large_blocks() -> None:
    """Have each large block that is freed go back at once, in this process from now on.

    glibc takes the first that is freed for a sign that others will follow, and cuts those from its
    heap: what small block lies behind one keeps it there. Tens of megabytes stay so of the pages of
    a Region's source servers. Other C libraries have no such setting.
    """
    import ctypes

    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_MMAP_THRESHOLD, LARGE_BYTES)
