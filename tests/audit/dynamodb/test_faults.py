"""Lost answers, conflicts and refusals of DynamoDB."""

from __future__ import annotations

import socket

import pytest
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, NoCredentialsError

from drs_tui.audit.address import DynamoDbAddress
from drs_tui.audit.dynamodb import DynamoDbStore, open_dynamodb
from drs_tui.audit.dynamodb_table import GIVE_UP_SECONDS, MOST_ATTEMPTS
from drs_tui.audit.store import LeaseHeld, NotTheWriter, StoreUnavailable, UnsupportedStore
from drs_tui.audit.verify import verify_run
from tests.audit.dynamodb.conftest import Wire
from tests.audit.runs import RUN, header_at, more
from tests.audit.storms import Hurried, conflict, lost, refused


async def test_an_append_whose_answer_is_lost_is_stored_once(
    store: DynamoDbStore, wire: Wire
) -> None:
    first = more(RUN, (), 2)
    second = more(RUN, first, 3)
    wire.after = [lost()]
    await store.create(header_at(first[-1]), first)
    wire.after = [lost()]
    await store.append(RUN, 2, 0, second, header_at(second[-1]))

    verdict = await verify_run(store, RUN)

    assert (verdict.ok, verdict.events) == (True, 5)


async def test_each_part_of_a_large_append_may_lose_its_answer(
    store: DynamoDbStore, wire: Wire
) -> None:
    first = more(RUN, (), 2)
    await store.create(header_at(first[-1]), first)
    large = more(RUN, first, 9, size=100_000)
    wire.after = [lost(), lost(), lost()]

    await store.append(RUN, 2, 0, large, header_at(large[-1], servers_launched=5))

    assert (await verify_run(store, RUN)).events == 11
    assert (await store.header(RUN)).servers_launched == 5


async def test_a_large_append_that_stopped_half_way_is_gone_on_with(
    store: DynamoDbStore, wire: Wire
) -> None:
    first = more(RUN, (), 2)
    await store.create(header_at(first[-1]), first)
    large = more(RUN, first, 9, size=100_000)
    longer = (*large, *more(RUN, large, 1))
    wire.after = [lost(), refused("AccessDeniedException")]
    with pytest.raises(StoreUnavailable, match="AccessDenied"):
        await store.append(RUN, 2, 0, large, header_at(large[-1]))
    half = await verify_run(store, RUN)

    await store.append(RUN, 2, 0, longer, header_at(longer[-1]))

    assert half.ok
    assert 2 < half.events < 11
    assert (await verify_run(store, RUN)).events == 12


async def test_the_lease_is_ours_though_the_answer_was_lost(
    store: DynamoDbStore, wire: Wire
) -> None:
    first = more(RUN, (), 2)
    await store.create(header_at(first[-1]), first)
    wire.after = [lost()]

    lease = await store.acquire(RUN, "me", 30)
    wire.after = [lost()]
    renewed = await store.renew(lease, None)

    assert (lease.epoch, renewed.beat) == (1, 1)
    assert await store.lease(RUN) == renewed
    with pytest.raises(LeaseHeld):
        await store.acquire(RUN, "me", 30)


@pytest.mark.parametrize(
    "fault",
    [
        conflict(),
        refused("TransactionCanceledException", "ThrottlingError", "None"),
        refused("ProvisionedThroughputExceededException"),
        refused("ThrottlingException"),
        refused("InternalServerError", status=500),
        refused("", status=503),
        lost(),
        EndpointConnectionError(endpoint_url="http://127.0.0.1"),
        ConnectTimeoutError(endpoint_url="http://127.0.0.1"),
        TimeoutError(),
    ],
    ids=str,
)
async def test_a_passing_fault_is_retried_with_growing_pauses(
    store: DynamoDbStore, wire: Wire, clock: Hurried, fault: Exception
) -> None:
    first = more(RUN, (), 2)
    wire.before = [fault] * 4

    await store.create(header_at(first[-1]), first)

    assert (await store.header(RUN)).seq == 2
    assert len(clock.pauses) == 4
    assert all(
        least <= pause <= 4 * least
        for pause, least in zip(clock.pauses, (0.025, 0.05, 0.1, 0.2), strict=True)
    )


async def test_faults_that_do_not_pass_end_the_retries(
    store: DynamoDbStore, wire: Wire, clock: Hurried
) -> None:
    first = more(RUN, (), 2)
    wire.before = [conflict() for _ in range(100)]

    with pytest.raises(StoreUnavailable, match=r"failed .* TransactionConflict"):
        await store.create(header_at(first[-1]), first)

    assert 100 - len(wire.before) <= MOST_ATTEMPTS
    assert sum(clock.pauses) < GIVE_UP_SECONDS


async def test_a_refusal_is_said_in_dynamodbs_words_at_once(
    store: DynamoDbStore, wire: Wire, clock: Hurried
) -> None:
    wire.before = [refused("AccessDeniedException")]
    with pytest.raises(
        StoreUnavailable, match="AccessDeniedException: AccessDeniedException it is"
    ):
        await store.header(RUN)
    wire.before = [NoCredentialsError()]
    with pytest.raises(StoreUnavailable, match="credentials"):
        await store.header(RUN)
    wire.before = [refused("ResourceNotFoundException")]
    with pytest.raises(UnsupportedStore, match="no table faults-"):
        await store.header(RUN)

    assert clock.pauses == []


async def test_a_conflict_beside_a_failed_condition_is_no_reason_to_retry(
    store: DynamoDbStore, wire: Wire
) -> None:
    first = more(RUN, (), 2)
    ours, theirs = more(RUN, first, 1, size=1), more(RUN, first, 1, size=2)
    await store.create(header_at(first[-1]), first)
    await store.append(RUN, 2, 0, theirs, header_at(theirs[-1]))
    wire.before = [
        refused("TransactionCanceledException", "ConditionalCheckFailed", "TransactionConflict")
    ]

    with pytest.raises(NotTheWriter):
        await store.append(RUN, 2, 0, ours, header_at(ours[-1]))


async def test_a_server_that_is_not_there_is_said() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{closed.getsockname()[1]}"
        place = DynamoDbAddress("nowhere", endpoint=endpoint)
        with pytest.raises(StoreUnavailable, match=r"dynamodb:nowhere.*Could not connect"):
            await open_dynamodb(place, Hurried())
