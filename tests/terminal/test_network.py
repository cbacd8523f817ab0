"""Drills over a network that doubles, cuts, garbles and stalls, to an AWS in another hour."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from drs_tui.audit.opening import open_store
from drs_tui.audit.store import Lease
from drs_tui.clock import SystemClock
from drs_tui.model.events import EventType
from drs_tui.model.exit_codes import NOT_CLEANED_UP
from tests.terminal.conftest import launches
from tests.terminal.proxy import HEAD_END, Answer, Call, Fault, Proxy, page, pass_through
from tests.terminal.window import DEADLINE_SECONDS

SERVERS = (
    *("orders-db-1", "orders-db-2", "orders-app-1", "orders-app-2", "orders-web-1"),
    *("orders-web-2", "billing-db-1", "billing-app-1", "billing-app-2", "billing-batch-1"),
)
BEATS = 3
"""Renewals of a lease that show that a driver lives while it waits for an answer."""


# Headless drills --------------------------------------------------------------------------------


@dataclass
class Headless:
    """`drs-tui run` in a process, without a terminal."""

    process: asyncio.subprocess.Process
    store: str

    async def ended(self) -> list[dict[str, Any]]:
        """The events it printed, once the drill has succeeded; nobody cleans up here."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            out, words = await self.process.communicate()
        assert self.process.returncode == NOT_CLEANED_UP, words.decode()
        return [json.loads(line) for line in out.splitlines()]

    async def beats(self) -> None:
        """Wait until it has renewed its lease several times."""
        first: list[int] = []

        def renewed(lease: Lease) -> bool:
            first.append(lease.beat)
            return lease.beat >= first[0] + BEATS

        await self.until(renewed)

    async def says(self, *words: str) -> None:
        """Wait until it tells its watchers of trouble in these words."""

        def said(lease: Lease) -> bool:
            trouble = lease.pulse.trouble if lease.pulse else ""
            return all(word in trouble for word in words)

        await self.until(said)

    async def until(self, holds: Callable[[Lease], bool]) -> None:
        """Wait for something that a lease tells of."""
        store = await open_store(self.store)
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                while True:
                    assert self.process.returncode is None, "it ended"
                    for header in (await store.list()).headers:
                        lease = await store.lease(header.run_id)
                        if lease is not None and holds(lease):
                            return
                    await SystemClock().sleep(0.05)
        finally:
            await store.close()


def plan_in(folder: Path, waves: Mapping[str, str]) -> Path:
    """A plan whose waves, of one server each, all launch at once."""
    lines = [
        "name: at-once",
        'target: {account: "123456789012", region: us-east-1}',
        "waves:",
        *(
            f"  - {{name: {wave}, servers: [{server}], after: []}}"
            for wave, server in waves.items()
        ),
    ]
    folder.mkdir()
    plan = folder / "plan.yaml"
    plan.write_text("\n".join(lines))
    return plan


@asynccontextmanager
async def run(folder: Path, endpoint_url: str, waves: Mapping[str, str]) -> AsyncIterator[Headless]:
    plan, store = plan_in(folder, waves), f"sqlite:{folder / 'runs.db'}"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "drs_tui", "run", str(plan), "--yes", "--json"),
        *("--cleanup", "never"),
        *("--endpoint-url", endpoint_url, "--store", store),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield Headless(process, store)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@pytest.fixture
def port(endpoint: str) -> int:
    """Where the simulator listens."""
    found = urlsplit(endpoint).port
    assert found
    return found


# Launches ---------------------------------------------------------------------------------------


async def doubled_and_answered_last(call: Call) -> Answer:
    await call.send()
    return await call.send()


async def doubled_and_answered_first(call: Call) -> Answer:
    first = await call.send()
    await call.send()
    return first


async def unanswered(call: Call) -> Answer:
    await call.send()
    return b""


async def cut(call: Call) -> Answer:
    answer = await call.send()
    return answer[: len(answer) - 20]


async def garbled(call: Call) -> Answer:
    head, _, body = (await call.send()).partition(HEAD_END)
    assert head.startswith(b"HTTP/1.1 20")
    return page("200 OK", body[: len(body) // 2], "application/json")


async def empty(call: Call) -> Answer:
    await call.send()
    return page("202 Accepted", b"{}", "application/json")


async def behind_a_bad_gateway(call: Call) -> Answer:
    await call.send()
    return page("502 Bad Gateway", b"<html><h1>502 Bad Gateway</h1></html>")


@dataclass
class Stall:
    """Takes calls and answers none, until it is over; then it cuts them."""

    _began: asyncio.Event = field(default_factory=asyncio.Event)
    _over: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, call: Call) -> Answer:
        await call.send()
        self._began.set()
        await self._over.wait()
        return b""

    async def outlived_by(self, drill: Headless) -> None:
        """Be over once a call has been stalled and its sender has kept its lease meanwhile."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            await self._began.wait()
        await drill.beats()
        self._over.set()


async def test_each_wave_is_launched_once_whatever_becomes_of_its_call(
    home: Path, port: int, call_log: Path
) -> None:
    stall = Stall()
    faults: dict[str, tuple[Fault, list[int], bool]] = {
        "undisturbed": (pass_through, [202], False),
        "doubled-and-answered-last": (doubled_and_answered_last, [202, 409], True),
        "doubled-and-answered-first": (doubled_and_answered_first, [202, 409], False),
        "unanswered": (unanswered, [202], True),
        "cut": (cut, [202], True),
        "garbled": (garbled, [202], True),
        "empty": (empty, [202], True),
        "behind-a-bad-gateway": (behind_a_bad_gateway, [202], True),
        "stalled": (stall, [202], True),
    }

    async def fault(call: Call) -> Answer:
        if call.operation != "StartRecovery":
            return await call.send()
        wave = json.loads(call.body)["tags"]["drs-tui:wave"]
        return await faults[wave][0](call)

    waves = dict(zip(faults, SERVERS, strict=False))
    async with Proxy(port, fault) as proxy, run(home / "drill", proxy.url, waves) as drill:
        await stall.outlived_by(drill)
        events = await drill.ended()

    answered: dict[str, list[int]] = {wave: [] for wave in faults}
    for call in launches(call_log):
        assert call["attempt"] == 1
        answered[call["body"]["tags"]["drs-tui:wave"]].append(call["status"])
    assert answered == {wave: statuses for wave, (_, statuses, _) in faults.items()}
    launched = [event["data"] for event in events if event["type"] == EventType.WAVE_LAUNCHED]
    assert len(launched) == len(faults)
    assert {data["wave"]: data["adopted"] for data in launched} == {
        wave: adopted for wave, (_, _, adopted) in faults.items()
    }
    assert proxy.asked.count("StartRecovery") == len(faults)


# Looks ------------------------------------------------------------------------------------------


async def test_looks_that_come_to_nothing_make_a_drill_late_and_nothing_else(
    home: Path, port: int, call_log: Path
) -> None:
    """Each in a drill of its own, all at once."""
    stall = Stall()
    faults: list[Fault] = [cut, garbled, behind_a_bad_gateway, stall]

    async def look_through(fault: Fault, server: str) -> None:
        async def break_looks(call: Call) -> Answer:
            is_look = call.operation in {"DescribeJobs", "DescribeJobLogItems"}
            return await (fault if is_look and under_way else pass_through)(call)

        under_way = False
        wave = {"all": server}
        async with Proxy(port, break_looks) as proxy, run(home / server, proxy.url, wave) as drill:
            await drill.until(lambda _: "StartRecovery" in proxy.asked)
            under_way = True
            if fault is stall:
                await stall.outlived_by(drill)
            await drill.says("DescribeJob")
            proxy.fault = pass_through
            events = await drill.ended()
        assert not {event["type"] for event in events} & _DECISIONS

    async with asyncio.TaskGroup() as drills:
        for fault, server in zip(faults, SERVERS, strict=False):
            drills.create_task(look_through(fault, server))
    assert [call["status"] for call in launches(call_log)] == [202] * len(faults)


_DECISIONS = {EventType.WAVE_TIMED_OUT, EventType.WAVE_LAUNCH_UNKNOWN, EventType.WAVE_DECIDED}


# Clocks -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class AnotherHour:
    """An AWS whose clock is ahead of ours, or behind: in its Date and in all it says of itself."""

    ahead: timedelta

    async def __call__(self, call: Call) -> Answer:
        """Have a call answered there; the answer to a launch is lost."""
        theirs = replace(call, request=self._moved(call.request, -self.ahead))
        answer = self._moved(await theirs.send(), self.ahead)
        return b"" if call.operation == "StartRecovery" else answer

    def _moved(self, message: bytes, by: timedelta) -> bytes:
        """The same message, as long as before, with other times."""

        def iso(found: re.Match[bytes]) -> bytes:
            return (datetime.fromisoformat(found[0].decode()) + by).isoformat().encode()

        def date(found: re.Match[bytes]) -> bytes:
            moment = parsedate_to_datetime(found[1].decode()) + by
            return b"\r\nDate: " + format_datetime(moment, usegmt=True).encode()

        message = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", iso, message)
        return re.sub(rb"\r\nDate: ([^\r]+)", date, message)


async def test_a_lost_launch_is_found_at_an_aws_that_lives_in_another_hour(
    home: Path, port: int, call_log: Path
) -> None:
    async def drill_with_clock(ahead: timedelta, server: str) -> None:
        fault, wave = AnotherHour(ahead), {"all": server}
        async with Proxy(port, fault) as proxy, run(home / server, proxy.url, wave) as drill:
            events = await drill.ended()
        [launched] = [e["data"] for e in events if e["type"] == EventType.WAVE_LAUNCHED]
        assert launched["adopted"]

    async with asyncio.TaskGroup() as drills:
        drills.create_task(drill_with_clock(timedelta(hours=1), "orders-db-1"))
        drills.create_task(drill_with_clock(-timedelta(hours=1), "orders-db-2"))
    assert [(call["status"], call["attempt"]) for call in launches(call_log)] == [(202, 1)] * 2
