"""One look at 20 jobs with 500 servers: launch statuses and every log, beside the stock SDK."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import boto3

from drs_tui.driver.poller import LOGS_AT_ONCE
from tests.bench.canned import canned
from tests.bench.clients import CREDENTIALS, Taken, in_turn, our_drs, stock_client
from tests.bench.figures import Row, middle, row
from tests.bench.simulated import simulator

JOBS, SERVERS = 20, 500
SPEED = 60.0
"""Until the jobs are looked at, as they then stay."""

LAUNCHING_SECONDS = 7.0
"""Of real time, after which conversions have ended: there are logs."""

ROUNDS = 20


def measure() -> list[Row]:
    """Look at the same jobs in both ways, from the same answers."""
    with simulator("large", speed=SPEED) as simulated:
        job_ids = _launched(simulated)
        time.sleep(LAUNCHING_SECONDS)
        with canned(simulated) as url:
            found = asyncio.run(_looked(url, job_ids))
    what = f"a tick of {JOBS} jobs, {SERVERS} servers"
    rows = []
    for name, of in (("computing", "cpu"), ("worst stall", "stall"), ("by the clock", "wall")):
        ours, theirs = (
            middle([getattr(each, of) * 1000 for each in found[way]]) for way in ("ours", "stock")
        )
        times = 0.5 if of != "wall" else None
        beside = "aiobotocore"
        rows.append(row(f"{what}: {name}", ours, "ms", beside=beside, theirs=theirs, times=times))
    return rows


def _launched(url: str) -> list[str]:
    """Start a drill of each group of servers; the ids of the jobs."""
    client = boto3.client("drs", endpoint_url=url, **CREDENTIALS)
    size = SERVERS // JOBS
    pages = client.get_paginator("describe_source_servers").paginate()
    servers = [
        item["sourceServerID"]
        for page in pages
        for item in page["items"]
        if item["dataReplicationInfo"]["dataReplicationState"] == "CONTINUOUS"
    ][:SERVERS]
    started = [
        client.start_recovery(
            isDrill=True,
            sourceServers=[{"sourceServerID": i} for i in servers[first : first + size]],
        )
        for first in range(0, SERVERS, size)
    ]
    return [answer["job"]["jobID"] for answer in started]


async def _looked(url: str, job_ids: list[str]) -> dict[str, list[Taken]]:
    async with our_drs(url) as drs, stock_client(url) as client:

        async def ours() -> None:
            await drs.jobs(job_ids)
            await _each(job_ids, drs.job_log)

        async def stock() -> None:
            await _all(client, "describe_jobs", filters={"jobIDs": job_ids})
            await _each(job_ids, lambda i: _all(client, "describe_job_log_items", jobID=i))

        return await in_turn({"ours": ours, "stock": stock}, ROUNDS)


async def _each(job_ids: list[str], read: Callable[[str], Awaitable[object]]) -> None:
    limit = asyncio.Semaphore(LOGS_AT_ONCE)

    async def one(job_id: str) -> None:
        async with limit:
            await read(job_id)

    await asyncio.gather(*(one(job_id) for job_id in job_ids))


async def _all(client: Any, operation: str, **parameters: Any) -> list[Any]:
    pages = client.get_paginator(operation).paginate(
        **parameters, PaginationConfig={"PageSize": 200}
    )
    return [item async for page in pages for item in page["items"]]
