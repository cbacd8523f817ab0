"""One look at 20 jobs with 500 servers: launch statuses and every log, beside the stock SDK."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import boto3
from aiobotocore.parsers import AioResponseParserFactory, AioRestJSONParser
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

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

OURS, STOCK = "ours", "aiobotocore"
BARE = "aiohttp, a signature and json alone"
UNREAD = "aiobotocore's calls alone, nothing of the answers parsed"


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
        ms = {way: middle([getattr(each, of) * 1000 for each in found[way]]) for way in found}
        for beside, times in ((STOCK, 0.5 if of != "wall" else None), (BARE, None)):
            ours, theirs = ms[OURS], ms[beside]
            rows.append(
                row(f"{what}: {name}", ours, "ms", beside=beside, theirs=theirs, times=times)
            )
        if of == "cpu":
            unread, stock = ms[UNREAD], ms[STOCK]
            rows.append(row(f"{UNREAD}: {name}", unread, "ms", beside=STOCK, theirs=stock))
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
    async with (
        our_drs(url) as drs,
        stock_client(url) as client,
        stock_client(url, parsers=NothingParsed()) as deaf,
        aiohttp.ClientSession() as session,
    ):

        async def ours() -> None:
            await drs.jobs(job_ids)
            await _each(job_ids, drs.job_log)

        async def stock() -> None:
            await _all(client, "describe_jobs", filters={"jobIDs": job_ids})
            await _each(job_ids, lambda i: _all(client, "describe_job_log_items", jobID=i))

        async def bare() -> None:
            await _bare(session, f"{url}/DescribeJobs", filters={"jobIDs": job_ids})
            await _each(job_ids, lambda i: _bare(session, f"{url}/DescribeJobLogItems", jobID=i))

        async def unread() -> None:
            await deaf.describe_jobs(filters={"jobIDs": job_ids})
            await _each(job_ids, lambda i: deaf.describe_job_log_items(jobID=i))

        ways = {OURS: ours, STOCK: stock, UNREAD: unread, BARE: bare}
        return await in_turn(ways, ROUNDS, as_they_come={STOCK, UNREAD})


class NothingParsed(AioResponseParserFactory):  # type: ignore[misc]  # untyped
    """Parsers that leave every answer alone."""

    def create_parser(self, _protocol_name: str) -> Any:
        """One that parses nothing."""

        class Parser(AioRestJSONParser):  # type: ignore[misc]  # untyped
            def _parse_payload(self, *_: object) -> None:
                pass

        return Parser(**self._defaults)


async def _bare(session: aiohttp.ClientSession, url: str, **parameters: Any) -> object:
    """The least that any client in Python does: sign, send, receive, and parse JSON."""
    headers = {"Content-Type": "application/json"}
    request = AWSRequest("POST", url, headers, json.dumps(parameters))
    _SIGNER.add_auth(request)
    async with session.post(url, data=request.data, headers=dict(request.headers)) as answer:
        return json.loads(await answer.read())


_SIGNER = SigV4Auth(
    Credentials(CREDENTIALS["aws_access_key_id"], CREDENTIALS["aws_secret_access_key"]),
    "drs",
    CREDENTIALS["region_name"],
)


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
