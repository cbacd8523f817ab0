"""The store in memory, where the contract's tests look for a store."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from drs_tui.audit.store import RunStore
from tests.simulation.store import MemoryStore, Shelf


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def another(shelf: Shelf) -> Callable[[], Awaitable[RunStore]]:
    """Opens the store once more, as another process would."""

    async def open_another() -> RunStore:
        return MemoryStore(shelf)

    return open_another


@pytest.fixture
def store(shelf: Shelf) -> RunStore:
    return MemoryStore(shelf)
