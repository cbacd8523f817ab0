"""The stores that the contract is held against."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from itertools import count
from pathlib import Path
from typing import TypeAlias

import pytest
import pytest_asyncio

from drs_tui.audit.opening import open_store
from drs_tui.audit.store import RunStore
from tests.audit.dynamodb_server import dynamodb_server

OpenStore: TypeAlias = Callable[[], Awaitable[RunStore]]

_tables = count(1)


@pytest.fixture(scope="session")
def dynamodb_endpoint() -> Iterator[str]:
    with dynamodb_server() as endpoint:
        yield endpoint


@pytest.fixture(params=["sqlite", "dynamodb"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A store with nothing in it."""
    if request.param == "sqlite":
        return f"sqlite:{tmp_path / 'runs.db'}"
    endpoint = request.getfixturevalue("dynamodb_endpoint")
    return f"dynamodb:drs-tui-{next(_tables)}?endpoint={endpoint}"


@pytest_asyncio.fixture
async def another(address: str) -> AsyncIterator[OpenStore]:
    """Opens the store once more, as another process would."""
    async with AsyncExitStack() as stack:

        async def open_another() -> RunStore:
            store = await open_store(address)
            stack.push_async_callback(store.close)
            return store

        yield open_another


@pytest_asyncio.fixture
async def store(another: OpenStore) -> RunStore:
    return await another()
