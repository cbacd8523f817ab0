"""Imports without the collector of garbage, which goes through all of them in vain."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def nothing_collected() -> Iterator[None]:
    """Keep it away for as long as modules are imported, and for good from what they leave.

    A tenth of the time that importing Textual or the SDK takes is otherwise its.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
