"""The stores that the contract is held against.

DynamoDB Local, or anything else that speaks its protocol on this machine, is one of them when
`DRS_TUI_TEST_DYNAMODB` has its URL.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, suppress
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, TypeAlias
from uuid import uuid4

import pytest
import pytest_asyncio

from drs_tui.audit import dynamodb_table
from drs_tui.audit.address import DynamoDbAddress
from drs_tui.audit.opening import open_store
from drs_tui.audit.store import RunStore
from drs_tui.clock import Clock, SystemClock
from drs_tui.model.events import Event
from tests.audit import ministack
from tests.audit.dynamodb_server import dynamodb_server
from tests.audit.house import House, Remote, opened
from tests.audit.ministack import ministack_server
from tests.audit.storms import Patient, StormyClient
from tests.bench.large_drill import large_drill

OpenStore: TypeAlias = Callable[[], Awaitable[RunStore]]

OWN_DYNAMODB = "DRS_TUI_TEST_DYNAMODB"
STORES = ("sqlite", "roto", "ministack", "stormy roto")

_tables = count(1)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Hold what takes a `kind` of store against each of them."""
    if "kind" in metafunc.fixturenames:
        own = ("own dynamodb",) if OWN_DYNAMODB in os.environ else ()
        metafunc.parametrize("kind", [*STORES, *own])


@pytest.fixture(scope="session")
def dynamodb_endpoint() -> Iterator[str]:
    with dynamodb_server() as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def ministack_python(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built once in a checkout; what can't be built fails every test that asks for it."""
    cache = pytestconfig.cache
    folder = cache.mkdir(ministack.NAME) if cache else tmp_path_factory.mktemp(ministack.NAME)
    return ministack.build(folder)


@pytest.fixture(scope="session")
def ministack_endpoint(
    ministack_python: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    with ministack_server(ministack_python, tmp_path_factory.mktemp("ministack")) as endpoint:
        yield endpoint


@pytest.fixture
def address(
    request: pytest.FixtureRequest, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> str:
    """A store of some kind with nothing in it."""
    if kind == "sqlite":
        return f"sqlite:{tmp_path / 'runs.db'}"
    if kind == "own dynamodb":
        endpoint = os.environ[OWN_DYNAMODB]
        assert DynamoDbAddress("own", endpoint=endpoint).is_loopback, f"{endpoint} is not local"
        return f"dynamodb:drs-tui-{uuid4()}?endpoint={endpoint}"
    if kind.startswith("stormy"):
        _let_it_storm(monkeypatch, Random(request.node.name))
    server = "ministack_endpoint" if kind == "ministack" else "dynamodb_endpoint"
    endpoint = request.getfixturevalue(server)
    return f"dynamodb:drs-tui-{next(_tables)}?endpoint={endpoint}"


@pytest_asyncio.fixture
async def another(address: str, kind: str) -> AsyncIterator[OpenStore]:
    """Opens the store once more, as another process would."""
    clock: Clock = Patient() if kind.startswith("stormy") else SystemClock()
    async with AsyncExitStack() as stack:

        async def open_another() -> RunStore:
            store = await open_store(address, clock)
            stack.push_async_callback(store.close)
            return store

        yield open_another


@pytest_asyncio.fixture
async def store(another: OpenStore) -> RunStore:
    return await another()


@pytest_asyncio.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as opened:
        yield opened
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            if task.get_name().startswith("outbox"):
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task


@pytest_asyncio.fixture(params=["journalled", "local"])
async def house(request: pytest.FixtureRequest, stack: AsyncExitStack, tmp_path: Path) -> House:
    """A machine with a journal beside a distant store, and one whose store is its own disk."""
    remote = Remote(await opened(stack, tmp_path / "store.db"))
    local = request.param == "local"
    return House(remote, None if local else await opened(stack, tmp_path / "journal.db"))


@pytest_asyncio.fixture
async def far(stack: AsyncExitStack, tmp_path: Path) -> House:
    remote = Remote(await opened(stack, tmp_path / "store.db"))
    return House(remote, await opened(stack, tmp_path / "journal.db"))


@pytest_asyncio.fixture
async def neighbour(far: House, stack: AsyncExitStack, tmp_path: Path) -> House:
    """Another machine on the same store."""
    return House(Remote(far.remote.store), await opened(stack, tmp_path / "neighbour.db"))


@pytest.fixture(scope="session")
def large() -> list[tuple[Event, ...]]:
    """A drill of 500 servers in 5 waves, one batch for each append."""
    return large_drill()


def _let_it_storm(monkeypatch: pytest.MonkeyPatch, random: Random) -> None:
    connect = dynamodb_table.connect

    async def connect_in_a_storm(address: DynamoDbAddress, stack: AsyncExitStack) -> Any:
        return StormyClient(await connect(address, stack), random)

    monkeypatch.setattr(dynamodb_table, "connect", connect_in_a_storm)
