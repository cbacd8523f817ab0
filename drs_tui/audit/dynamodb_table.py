"""One DynamoDB table over aiobotocore: calls that end in an answer or in a `StoreError`.

Importing this brings in the SDK.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import count
from random import Random
from typing import Any

from aiobotocore.config import AioConfig
from aiobotocore.session import AioSession
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004  its own, and not Python's
    HTTPClientError,
    NoRegionError,
)
from botocore.parsers import ResponseParserError

from drs_tui.audit.address import DynamoDbAddress
from drs_tui.audit.dynamodb_items import HEADER, Item, key
from drs_tui.audit.store import RunNotFound, StoreUnavailable, UnsupportedStore
from drs_tui.clock import Clock

MOST_ATTEMPTS = 8
LONGEST_PAUSE_SECONDS = 2.0
GIVE_UP_SECONDS = 12.0
"""No attempt is begun later than this after the first; a lease's term is longer."""

CALL_SECONDS = 8.0
"""One attempt, the wait for a connection of the pool included."""

ITEMS_PER_READ = 100
ITEMS_PER_BATCH = 100
"""The most that BatchGetItem takes."""

_PASSING = frozenset(
    {
        "ContinuousBackupsUnavailableException",
        "InternalServerError",
        "LimitExceededException",
        "ProvisionedThroughputExceeded",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "ThrottlingError",
        "ThrottlingException",
        "TransactionConflict",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)
"""Errors and cancellation reasons after which the same call may be answered otherwise."""

_CONDITION_FAILED = frozenset(
    {
        "ConditionalCheckFailed",
        "ConditionalCheckFailedException",
        # What creating a table requires is that its name is free.
        "ResourceInUseException",
    }
)


_NETWORK_FAILURES = (HTTPClientError, ConnectionError)
"""Of the SDK's own errors those that a request may meet on its way."""

_TABLES_IN_MEMBERS = frozenset({"transact_write_items", "batch_get_item"})
"""Operations that can be about several tables, each of which they name in their members."""

_NOT_PERMITTED = frozenset({"AccessDenied", "AccessDeniedException"})


class ConditionFailed(Exception):
    """An item is not as the write requires; nothing of it was written now."""


class NotPermitted(StoreUnavailable):
    """IAM, or whoever stands in front of DynamoDB, does not let these credentials do it."""


class Table:
    """A table's client, with retries of its own: a write here is safe to send twice."""

    def __init__(self, client: Any, address: DynamoDbAddress, clock: Clock) -> None:
        """Use an open DynamoDB client; `clock` is real time."""
        self.address = address
        self.clock = clock
        self._client = client
        self._jitter = Random()

    async def call(self, operation: str, **members: Any) -> Mapping[str, Any]:
        """Call an operation named as botocore does, on this table.

        Repeated while throttled, in conflict, or unanswered. An attempt whose answer was lost may
        have been carried out, so every write has a condition that its repetition fails.

        Raises:
            ConditionFailed: an item is not as the write requires.
            UnsupportedStore: there is no such table.
            NotPermitted: these credentials may not.
            StoreUnavailable: no answer, or a refusal; whether it was carried out is unknown.
        """
        if operation not in _TABLES_IN_MEMBERS:
            members["TableName"] = self.address.table
        began = self.clock.monotonic()
        attempt = 0
        while True:
            attempt += 1
            try:
                async with asyncio.timeout(CALL_SECONDS):
                    answer: Mapping[str, Any] = await getattr(self._client, operation)(**members)
                return answer
            except (BotoCoreError, ClientError, ResponseParserError, TimeoutError) as error:
                self._judge(error)
                late = self.clock.monotonic() - began >= GIVE_UP_SECONDS
                if attempt == MOST_ATTEMPTS or late:
                    raise StoreUnavailable(
                        f"{self.address} failed {operation} {attempt} times: {_words(error)}"
                    ) from error
            await self._pause(attempt)

    async def write(self, *actions: Mapping[str, Mapping[str, Any]]) -> None:
        """Do several `Put` and `Update` actions, all or nothing.

        Raises:
            ConditionFailed: an item is not as an action requires.
            StoreUnavailable: no answer, or a refusal; whether it was carried out is unknown.
        """
        items = [
            {kind: {"TableName": self.address.table, **action} for kind, action in one.items()}
            for one in actions
        ]
        await self.call("transact_write_items", TransactItems=items)

    async def get(self, run_id: str, item: str) -> Item | None:
        """One item as it is now."""
        answer = await self.call("get_item", Key=key(run_id, item), ConsistentRead=True)
        found: Item | None = answer.get("Item")
        return found

    async def header(self, run_id: str) -> Item:
        """The header of a run as it is now.

        Raises:
            RunNotFound: no such run.
        """
        item = await self.get(run_id, HEADER)
        if item is None:
            raise RunNotFound(f"there is no run {run_id} in {self.address}")
        return item

    async def between(
        self,
        run_id: str,
        first: str,
        last: str,
        *,
        start: Item | None = None,
        newest_only: bool = False,
    ) -> Mapping[str, Any]:
        """A page of a run's items from `first` to `last`, or only the last of them, as of now.

        `start` is the `LastEvaluatedKey` of the page before.
        """
        return await self.call(
            "query",
            KeyConditionExpression="run_id = :run_id AND #item BETWEEN :first AND :last",
            ExpressionAttributeNames={"#item": "item"},
            ExpressionAttributeValues={
                ":run_id": {"S": run_id},
                ":first": {"S": first},
                ":last": {"S": last},
            },
            ConsistentRead=True,
            ScanIndexForward=not newest_only,
            Limit=1 if newest_only else ITEMS_PER_READ,
            **({"ExclusiveStartKey": start} if start else {}),
        )

    async def get_many(self, keys: Sequence[Item]) -> list[Item]:
        """Those of several items that are there, as they are now, in no order.

        Raises:
            StoreUnavailable: not all of them could be read.
        """
        found: list[Item] = []
        for first in range(0, len(keys), ITEMS_PER_BATCH):
            asked = keys[first : first + ITEMS_PER_BATCH]
            for attempt in count(1):
                request = {self.address.table: {"Keys": asked, "ConsistentRead": True}}
                answer = await self.call("batch_get_item", RequestItems=request)
                found += answer["Responses"].get(self.address.table, ())
                left = answer.get("UnprocessedKeys", {}).get(self.address.table)
                if not left:
                    break
                if attempt == MOST_ATTEMPTS:
                    raise StoreUnavailable(f"{self.address} left out items {attempt} times")
                await self._pause(attempt)
                asked = left["Keys"]
        return found

    async def _pause(self, attempt: int) -> None:
        longest = min(LONGEST_PAUSE_SECONDS, 0.05 * 2**attempt)
        await self.clock.sleep(self._jitter.uniform(longest / 4, longest))

    def _judge(self, error: Exception) -> None:
        """Return if trying again may help; raise what the error means if not."""
        if isinstance(error, ClientError):
            self._judge_refusal(error)
        elif isinstance(error, BotoCoreError) and not isinstance(error, _NETWORK_FAILURES):
            # No credentials, a profile that isn't there, an expired sign-on: nothing was sent.
            raise StoreUnavailable(f"{self.address} can't be used: {error}") from error

    def _judge_refusal(self, error: ClientError) -> None:
        answer: Mapping[str, Any] = error.response
        code = answer.get("Error", {}).get("Code", "")
        codes = {code}
        if code == "TransactionCanceledException":
            codes = {reason.get("Code") for reason in answer.get("CancellationReasons", ())}
            codes -= {None, "None"}
        if codes & _CONDITION_FAILED:
            raise ConditionFailed from error
        if code in {"ResourceNotFoundException", "TableNotFoundException"}:
            raise UnsupportedStore(
                f"there is no table {self.address.table} for {self.address}: make it with "
                "`drs-tui store init`, or look for a slip in its name, the Region or the account"
            ) from error
        if code in _NOT_PERMITTED:
            raise NotPermitted(f"{self.address} refused: {_words(error)}") from error
        status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if not (codes and codes <= _PASSING) and status < 500:
            raise StoreUnavailable(f"{self.address} refused: {_words(error)}") from error


@asynccontextmanager
async def open_table(address: DynamoDbAddress, clock: Clock) -> AsyncIterator[Table]:
    """The table at an address, which need not exist, over a client of its own.

    Raises:
        UnsupportedStore: no Region is known, or the profile isn't there.
    """
    async with AsyncExitStack() as stack:
        yield Table(await connect(address, stack), address, clock)


async def connect(address: DynamoDbAddress, stack: AsyncExitStack) -> Any:
    """A DynamoDB client that lives as long as `stack`.

    An endpoint on this machine gets made-up credentials, no proxy, and nothing of the user's AWS
    configuration; no other endpoint ever does.

    Raises:
        UnsupportedStore: no Region is known, or the profile isn't there.
    """
    settings: dict[str, Any] = {
        "connect_timeout": 3,
        "read_timeout": 5,
        "max_pool_connections": 25,
        # Repeating is `Table.call`'s, which knows what is safe.
        "retries": {"mode": "standard", "total_max_attempts": 1},
    }
    place: dict[str, Any] = {"region_name": address.region or None}
    if address.is_loopback:
        session = AioSession(
            session_vars={
                "profile": (None, None, None, None),
                "config_file": (None, None, os.devnull, None),
                "credentials_file": (None, None, os.devnull, None),
            }
        )
        settings["proxies"] = {}
        place = {
            "region_name": address.region or "us-east-1",
            "aws_access_key_id": "loopback",
            "aws_secret_access_key": "loopback",
        }
    else:
        session = AioSession(profile=address.profile or None)
    if address.endpoint:
        place["endpoint_url"] = address.endpoint
    try:
        client = session.create_client("dynamodb", config=AioConfig(**settings), **place)
        return await stack.enter_async_context(client)
    except NoRegionError as error:
        raise UnsupportedStore(
            f"no Region is known for {address}: write dynamodb:{address.table}?region=…"
        ) from error
    except BotoCoreError as error:
        raise UnsupportedStore(f"{address} can't be used: {error}") from error


def _words(error: Exception) -> str:
    if isinstance(error, ClientError):
        answer: Mapping[str, Any] = error.response
        details = answer.get("Error", {})
        reasons = "; ".join(
            f"{reason['Code']}: {reason.get('Message', '')}".removesuffix(": ")
            for reason in answer.get("CancellationReasons", ())
            if reason.get("Code") not in (None, "None")
        )
        return f"{details.get('Code', 'error')}: {reasons or details.get('Message', '')}"
    return str(error) or type(error).__name__
