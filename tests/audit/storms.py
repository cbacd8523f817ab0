"""DynamoDB on a bad day: conflicts, throttling and lost connections, drawn from a seed."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

from botocore.exceptions import ClientError, ConnectionClosedError, EndpointConnectionError

from drs_tui.clock import SystemClock

WRITES = ("transact_write_items", "put_item", "update_item")
MOST_IN_A_ROW = 3


class Hurried(SystemClock):
    """Real time in which pauses take none, but are remembered."""

    def __init__(self) -> None:
        self.pauses: list[float] = []

    def monotonic(self) -> float:
        return sum(self.pauses)

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        await asyncio.sleep(0)


class Patient(Hurried):
    """The same, for whom no time passes: nobody gives up because others wait as well."""

    def monotonic(self) -> float:
        return 0.0


def refused(code: str, *reasons: str, status: int = 400) -> ClientError:
    return ClientError(
        {
            "Error": {"Code": code, "Message": f"{code} it is"},
            "ResponseMetadata": {"HTTPStatusCode": status},
            "CancellationReasons": [{"Code": reason} for reason in reasons],
        },  # type: ignore[typeddict-item, unused-ignore]
        "TransactWriteItems",
    )


def conflict() -> ClientError:
    return refused("TransactionCanceledException", "None", "TransactionConflict")


def lost() -> ConnectionClosedError:
    return ConnectionClosedError(endpoint_url="http://127.0.0.1")


class StormyClient:
    """A client of which every third call or so fails, some of them after they took effect."""

    def __init__(self, client: Any, random: Random) -> None:
        self.struck: Counter[str] = Counter()
        self._client = client
        self._random = random
        self._in_a_row = 0

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        async def call(**members: Any) -> Any:
            fault = self._fault(operation)
            if fault == "conflict":
                raise conflict()
            if fault == "throttled":
                raise refused("ProvisionedThroughputExceededException")
            if fault == "part throttled":
                reason = "ProvisionedThroughputExceeded"
                raise refused("TransactionCanceledException", reason, "None")
            if fault == "no connection":
                raise EndpointConnectionError(endpoint_url="http://127.0.0.1")
            answer = await getattr(self._client, operation)(**members)
            if fault == "answer lost":
                raise lost()
            return answer

        return call

    def _fault(self, operation: str) -> str:
        if self._random.random() > 0.3 or self._in_a_row == MOST_IN_A_ROW:
            self._in_a_row = 0
            return ""
        kinds = ["throttled", "no connection", "answer lost"]
        if operation == "transact_write_items":
            kinds += ["conflict", "part throttled", "answer lost"]
        self._in_a_row += 1
        fault = self._random.choice(kinds)
        self.struck[fault] += 1
        return fault
