"""Listing 4,000 source servers: by this program's client, by the SDKs, by the command line."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp
import boto3

from tests.bench.canned import canned
from tests.bench.clients import CREDENTIALS, Taken, in_turn, our_drs, stock_client
from tests.bench.figures import Row, middle, row
from tests.bench.probed import mark, since_mark
from tests.bench.simulated import simulator
from tests.bench.terminal import Terminal, surroundings

ROUNDS = 5
COMMAND_ROUNDS = 3
PAGE_SIZE = 200
"""For all: the largest that is of use."""

OURS, STOCK, BOTO3, COMMAND = "ours", "aiobotocore", "boto3", "aws drs describe-source-servers"
BARE = "aiohttp and json alone"
UNSIGNED = {"Authorization": "AWS4-HMAC-SHA256 Credential=bench/20260101/us-east-1/drs/x"}


def measure() -> list[Row]:
    """List the servers of the scenario `large` in each way, from the same answers."""
    with simulator("large") as simulated, canned(simulated) as url:
        found, count = asyncio.run(_listed(url))
        shown, stalls = _shown(url, count)
        command = _command(url)

    def value(name: str, what: str) -> float:
        return middle([getattr(each, what) * 1000 for each in found[name]])

    what = f"{count:,} servers in {-(-count // PAGE_SIZE)} calls"
    ours = value(OURS, "wall")
    rows = [
        row(what, ours, "ms", beside=BOTO3, theirs=value(BOTO3, "wall"), quicker=8),
        row(what, ours, "ms", beside=STOCK, theirs=value(STOCK, "wall")),
    ]
    if command is not None:
        rows.append(row(what, ours, "ms", beside=COMMAND, theirs=command, quicker=15))
    for name in (BOTO3, STOCK, BARE):
        theirs = value(name, "cpu")
        rows.append(row(f"{what}: computing", value(OURS, "cpu"), "ms", beside=name, theirs=theirs))
    worst = {name: max(each.stall * 1000 for each in found[name]) for name in (OURS, STOCK)}
    return [
        *rows,
        row(f"{what}: worst stall", worst[OURS], "ms", beside=STOCK, theirs=worst[STOCK]),
        row("key to the list in the app", shown, "ms"),
        row("its worst stall", stalls, "ms"),
    ]


async def _listed(url: str) -> tuple[dict[str, list[Taken]], int]:
    sdk = boto3.client("drs", endpoint_url=url, **CREDENTIALS)
    async with our_drs(url) as drs, stock_client(url) as client:
        ways: dict[str, Callable[[], Awaitable[object]]] = {
            OURS: drs.source_servers,
            STOCK: partial(_all_pages, client),
            BOTO3: partial(_blocking, sdk),
            BARE: partial(_bare, url),
        }
        found = await in_turn(ways, ROUNDS, as_they_come={STOCK, BOTO3})
        return found, len(await drs.source_servers())


async def _bare(url: str) -> list[Any]:
    """The least that any client in Python does: send, receive, and parse JSON."""
    items: list[Any] = []
    asked: dict[str, object] = {"maxResults": PAGE_SIZE}
    async with aiohttp.ClientSession(headers=UNSIGNED) as session:
        while True:
            async with session.post(f"{url}/DescribeSourceServers", json=asked) as answer:
                page = json.loads(await answer.read())
            items += page["items"]
            if "nextToken" not in page:
                return items
            asked["nextToken"] = page["nextToken"]


async def _all_pages(client: Any) -> list[Any]:
    pages = client.get_paginator("describe_source_servers").paginate(
        PaginationConfig={"PageSize": PAGE_SIZE}
    )
    return [item async for page in pages for item in page["items"]]


async def _blocking(client: Any) -> list[Any]:
    pages = client.get_paginator("describe_source_servers").paginate(
        PaginationConfig={"PageSize": PAGE_SIZE}
    )
    return [item for page in pages for item in page["items"]]


def _command(url: str) -> float | None:
    """Milliseconds that the AWS command line takes; None where it is not installed."""
    aws = which("aws")
    if aws is None:
        return None
    names = {"access_key_id": "aws_access_key_id", "secret_access_key": "aws_secret_access_key"}
    environment = {
        **os.environ,
        **{f"AWS_{name.upper()}": CREDENTIALS[key] for name, key in names.items()},
        "AWS_DEFAULT_REGION": CREDENTIALS["region_name"],
    }
    command = [aws, "drs", "describe-source-servers", "--endpoint-url", url]
    command += ["--page-size", str(PAGE_SIZE)]
    seconds = []
    for _ in range(COMMAND_ROUNDS):
        before = time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, env=environment, check=True)
        seconds.append(time.perf_counter() - before)
    return middle(seconds) * 1000


def _shown(url: str, count: int) -> tuple[float, float]:
    """Milliseconds from the key to all servers on the screen, and the app's worst stall in them."""
    with TemporaryDirectory() as folder:
        noted = Path(folder) / "stalls.json"
        command = [sys.executable, "-m", "tests.bench.probed", str(noted)]
        command += ["--endpoint-url", url, "--read-only"]
        with Terminal(command, surroundings(Path(folder))) as terminal:
            terminal.until(lambda screen: "Plans" in screen and "us-east-1" in screen)
            terminal.until_quiet()
            mark(terminal)
            pressed = terminal.press("3")
            shown = terminal.until_writes(f"{count} servers")
            terminal.until_quiet()
            return (shown - pressed) * 1000, since_mark(terminal, noted).worst_cpu * 1000
