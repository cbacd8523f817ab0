"""One AWS service over the wire: reads that may be tried again, changes that are sent once."""

from __future__ import annotations

import asyncio
import email.utils
import re
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, TypeVar

from drs_tui.aws.allowance import Allowance
from drs_tui.aws.errors import EXPIRED_CODES, AwsRefused, AwsThrottled, AwsUnclear, classify
from drs_tui.aws.parse import member, text
from drs_tui.aws.session import Session
from drs_tui.clock import Clock

SIMULATOR_HEADER = "x-drs-simulator"
"""Set on every answer of the DRS simulator."""

SIMULATOR_SPEED_HEADER = "x-drs-simulator-speed"

_ATTEMPTS_OF_A_READ = 3
_MOST_PAGES = 10_000
_READ_AT_ONCE = 50
"""Items that are read before others have their turn: a Region can have thousands of servers."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long a call may take, in real seconds."""

    connect_seconds: float = 5.0
    read_seconds: float = 45.0
    """Silence while a read is answered; DescribeRecoveryInstances takes 20 s and more."""

    page_seconds: float = 90.0
    """One page of a read with all its attempts."""

    change_seconds: float = 120.0
    """Silence while a changing call is answered."""


KeyCheck = Callable[[str], None]
"""Given the access key that a request is signed with; raises when it must not leave after all."""

_ACCESS_KEY = re.compile(r"Credential=([^/,\s]+)/")


@dataclass(slots=True)
class _Departure:
    """What happens when the request of the call at hand is handed to the HTTP session."""

    last_check: KeyCheck | None
    access_key: str = ""
    happened: bool = False
    stopped_by: Exception | None = None


_departure: ContextVar[_Departure] = ContextVar("departure")


class Service:
    """The long-lived clients of one service, and what its answers say about themselves."""

    def __init__(
        self,
        name: str,
        session: Session,
        stack: AsyncExitStack,
        clock: Clock,
        timeouts: Timeouts,
        *,
        allowance: Allowance | None = None,
    ) -> None:
        """Open nothing yet.

        Args:
            name: AWS's name of it, such as `drs`.
            session: What clients are made from.
            stack: Closes what is opened later.
            clock: Where AWS's own time is reckoned with.
            timeouts: How long calls may take.
            allowance: What each read, and each page of one, takes a call of; None: they are free.
        """
        self.name = name
        self.allowance = allowance
        self._session = session
        self._stack = stack
        self._clock = clock
        self._timeouts = timeouts
        self._opening = asyncio.Lock()
        self._reads: Any = None
        self._changes: Any = None
        self._date: tuple[datetime, float] | None = None
        self.endpoint_url = ""
        """Where it is called, by the SDK's own word; empty before its first client."""

        self.is_simulator: bool | None = None
        """Whether it calls itself a simulator; None before its first answer."""

        self.simulator_speed = 1.0
        """How many times as fast as in AWS things happen there, by its own word."""

    def aws_now(self) -> datetime:
        """The service's own time, reckoned from its last Date header; ours before there was one."""
        if self._date is None:
            return self._clock.now()
        date, noted = self._date
        return date + timedelta(seconds=self._clock.monotonic() - noted)

    async def read(self, operation: str, **parameters: object) -> Mapping[str, object]:
        """Call an operation that changes nothing, when the allowance has a call left.

        It may be sent up to three times.

        Raises:
            AwsError: It failed, in whichever way.
        """
        answer, _ = await self.signed_read(operation, **parameters)
        return answer

    async def signed_read(
        self, operation: str, **parameters: object
    ) -> tuple[Mapping[str, object], str]:
        """The same, with the access key that the answered request was signed with.

        Raises:
            AwsError: It failed, in whichever way.
        """
        client = await self._reading_client(operation)
        seconds = self._timeouts.page_seconds
        if self.allowance is None:
            return await self._call(client, operation, parameters, seconds)
        await self.allowance.take()
        try:
            answer = await self._call(client, operation, parameters, seconds)
        except AwsThrottled:
            self.allowance.throttled()
            raise
        self.allowance.answered()
        return answer

    async def open(self) -> None:
        """Find out where it is called; nobody is asked.

        Raises:
            AwsNotSent: The configuration makes no sense.
        """
        await self._reading_client("The first call")

    async def items(
        self,
        operation: str,
        parameters: Mapping[str, object],
        *,
        under: str = "items",
        more: str = "nextToken",
    ) -> list[object]:
        """Read all pages of an operation and give what stands in the list `under`.

        A page token that DRS takes no more, since it expired say, is begun without, once.

        Args:
            operation: By AWS's name.
            parameters: What every call is sent.
            under: The member of an answer that is the list.
            more: The member, of answers and of calls, that is the page token.

        Raises:
            AwsError: A page failed; nothing of the others is given.
        """
        return await self.items_as(_as_it_is, operation, parameters, under=under, more=more)

    async def items_as(
        self,
        read: Callable[[object], T],
        operation: str,
        parameters: Mapping[str, object],
        *,
        under: str = "items",
        more: str = "nextToken",
    ) -> list[T]:
        """The same, each item as `read` reads it; others have their turn in between.

        Read as its page comes: what thousands are read from takes several times their memory.
        """
        found: list[T] = []
        token = ""
        begun_again = False
        for _ in range(_MOST_PAGES):
            begin = {more: token} if token else {}
            try:
                answer = await self.read(operation, **parameters, **begin)
            except AwsRefused as error:
                if begun_again or not token or error.code != "ValidationException":
                    raise
                found, token, begun_again = [], "", True
                continue
            page = answer.get(under)
            # The SDK turns a malformed 200 into an answer without members. Taken for an
            # empty list it would say that there is no live recovery, no job, no server.
            if not isinstance(page, list):
                raise AwsUnclear(
                    f"{operation} was answered without its list of {under}. Try again; "
                    "if it stays so, check what answers at this endpoint.",
                    operation=operation,
                    code="NoItems",
                )
            for start in range(0, len(page), _READ_AT_ONCE):
                found += map(read, page[start : start + _READ_AT_ONCE])
                await asyncio.sleep(0)
            previous, token = token, text(answer.get(more))
            if not token:
                return found
            if token == previous:
                break
        raise AwsUnclear(
            f"{operation} doesn't come to an end: its page tokens repeat. Try again.",
            operation=operation,
            code="PagesRepeat",
        )

    async def change(
        self, operation: str, last_check: KeyCheck, **parameters: object
    ) -> Mapping[str, object]:
        """Send a changing call, once, on a connection of its own.

        Cancelling doesn't call it back: shield it, and write down the intent before. `last_check`
        is called when the request is signed and about to leave; what it raises is raised here, and
        nothing was sent.

        Raises:
            AwsRefused: AWS said no and changed nothing.
            AwsNotSent: The request never left.
            AwsUnclear: It may have taken effect.
        """
        client = await self._changing_client(operation)
        deadline = self._timeouts.connect_seconds + self._timeouts.change_seconds
        answer, _ = await self._call(client, operation, parameters, deadline, last_check)
        return answer

    async def _call(
        self,
        client: Any,
        operation: str,
        parameters: Mapping[str, object],
        seconds: float,
        last_check: KeyCheck | None = None,
    ) -> tuple[Mapping[str, object], str]:
        from botocore import xform_name
        from botocore.exceptions import ClientError

        departure = _Departure(last_check)
        token = _departure.set(departure)
        try:
            async with asyncio.timeout(seconds):
                answer = await getattr(client, xform_name(operation))(**parameters)
        except Exception as error:
            if departure.stopped_by is not None:
                raise departure.stopped_by from None
            if isinstance(error, ClientError) and error.operation_name == operation:
                self._note(error.response)
            failure = classify(operation, error, sent=departure.happened)
            if failure.code in EXPIRED_CODES:
                await self._session.base.reread()
            raise failure from error
        finally:
            _departure.reset(token)
        self._note(answer)
        return answer, departure.access_key

    def _note(self, answer: Mapping[str, object]) -> None:
        """Keep what the headers of an answer say about time and about who answers."""
        headers = member(answer, "ResponseMetadata", "HTTPHeaders")
        if not isinstance(headers, Mapping):
            return
        self.is_simulator = bool(self.is_simulator) or SIMULATOR_HEADER in headers
        with suppress(ValueError):  # AWS says nothing of the kind
            self.simulator_speed = float(text(headers.get(SIMULATOR_SPEED_HEADER)))
        date = _moment(text(headers.get("date")))
        if date is not None:
            self._date = (date, self._clock.monotonic())

    async def _reading_client(self, operation: str) -> Any:
        async with self._opening:
            if self._reads is None:
                self._reads = await self._open(
                    operation,
                    attempts=_ATTEMPTS_OF_A_READ,
                    read_seconds=self._timeouts.read_seconds,
                    keep_alive=True,
                )
        return self._reads

    async def _changing_client(self, operation: str) -> Any:
        async with self._opening:
            if self._changes is None:
                self._changes = await self._open(
                    operation,
                    attempts=1,
                    read_seconds=self._timeouts.change_seconds,
                    # A kept connection that the other side has just closed swallows a request,
                    # and an unclear end would come of nothing.
                    keep_alive=False,
                )
        return self._changes

    async def _open(
        self, operation: str, *, attempts: int, read_seconds: float, keep_alive: bool
    ) -> Any:
        try:
            client = await self._stack.enter_async_context(
                self._session.client(
                    self.name,
                    attempts=attempts,
                    connect_seconds=self._timeouts.connect_seconds,
                    read_seconds=read_seconds,
                    keep_alive=keep_alive,
                )
            )
        except Exception as error:
            raise classify(operation, error, sent=False) from error
        self.endpoint_url = client.meta.endpoint_url
        # Signing, and with it the renewal of credentials, comes before this event.
        client.meta.events.register("before-send", _note_departure)
        return client


def _note_departure(request: Any, **_: object) -> None:
    departure = _departure.get(None)
    if departure is None:
        return
    departure.access_key = _access_key(request.headers.get("Authorization"))
    if departure.last_check is not None:
        try:
            departure.last_check(departure.access_key)
        except Exception as error:
            # The SDK wraps what its hooks raise; `_call` raises it as it was.
            departure.stopped_by = error
            raise
    departure.happened = True


def _as_it_is(item: object) -> object:
    return item


@lru_cache(maxsize=8)
def _moment(date: str) -> datetime | None:
    """What a Date header says; the answers of one second say the same."""
    try:
        moment = email.utils.parsedate_to_datetime(date)
    except ValueError:
        return None
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)


def _access_key(authorization: str | bytes | None) -> str:
    written = authorization.decode() if isinstance(authorization, bytes) else authorization or ""
    found = _ACCESS_KEY.search(written)
    return found[1] if found else ""
