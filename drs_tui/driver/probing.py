"""Asking recovery instances over the network, from where the driver runs."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shlex
import ssl
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from drs_tui.aws.connection import Aws
from drs_tui.engine.commands import Command, CommandNotStarted, given_environment, run_command
from drs_tui.engine.probing import Found, failed, passed, refused, unknown
from drs_tui.model.launch_checks import HttpCheck
from drs_tui.plans.programs import UnsafeProgram, safe_program

if TYPE_CHECKING:
    import aiohttp

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 10.0
COMMAND_SECONDS = 60.0
"""How long one try may take, in real time."""

MOST_BODY_BYTES = 64 * 1024


class Bastion:
    """Asks for real, and addresses alone: no resolver, no proxy and no second host."""

    async def tcp(self, address: str, port: int) -> Found:
        """Connect to a port, and let go of it."""
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                _, writer = await asyncio.open_connection(address, port)
        except TimeoutError:
            return failed(f"{address} did not answer within {CONNECT_SECONDS:.0f} s")
        except OSError as error:
            return failed(f"{address}: {_reason(error)}")
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        return passed(f"{address} accepts connections")

    async def http(self, address: str, check: HttpCheck) -> Found:
        """Send one request to an address, whatever host it names, and follow nothing."""
        import aiohttp
        from yarl import URL

        literal = f"[{address}]" if ":" in address else address
        scheme = "https" if check.tls else "http"
        url = URL(f"{scheme}://{literal}:{check.port}{check.path}", encoded=True)
        try:
            async with (
                asyncio.timeout(ANSWER_SECONDS),
                aiohttp.ClientSession(trust_env=False, cookie_jar=aiohttp.DummyCookieJar()) as http,
                http.get(
                    url,
                    headers={"Host": check.host or literal},
                    allow_redirects=False,
                    ssl=_context(check) if check.tls else True,
                    server_hostname=(check.host or None) if check.tls else None,
                ) as answer,
            ):
                return _judged(address, check, answer.status, await _beginning(answer))
        except TimeoutError:
            return failed(f"{address} did not answer within {ANSWER_SECONDS:.0f} s")
        except (OSError, aiohttp.ClientError, ValueError) as error:
            return failed(f"{address}: {_reason(error)}")

    async def command(
        self, argv: Sequence[str], environment: Mapping[str, str], folder: str
    ) -> Found:
        """Run a command as steps are run: a safe program, no shell, and secrets masked."""
        name, *arguments = argv or ("",)
        given = given_environment(os.environ, with_aws=False, extra=environment)
        try:
            program = safe_program(name, folder)
            command = Command((program, *arguments), given, folder, COMMAND_SECONDS)
            end = await run_command(command)
        except UnsafeProgram as error:
            return refused(str(error))
        except CommandNotStarted as error:
            return failed(str(error))
        if end.exit_code is None:
            return failed(f"{shlex.join(argv)} took longer than {COMMAND_SECONDS:.0f} s")
        said = " ".join(end.output.split())
        if end.exit_code == 0:
            return passed(f"exit code 0{f': {said}' if said else ''}")
        return failed(f"exit code {end.exit_code}: {said or 'it said nothing'}")


class SimulatorsOwn:
    """Asks the simulator: a simulated address is nobody's, or somebody else's."""

    def __init__(self, endpoint_url: str, region: str, account: str = "") -> None:
        """Ask the simulator that listens at `endpoint_url`; an empty account is its own."""
        self._endpoint_url = endpoint_url
        self._place = {"account": account, "region": region} if account else {"region": region}

    async def tcp(self, address: str, port: int) -> Found:
        """Whether the simulated machine would accept connections."""
        return await self._ask(address, f"TCP port {port}")

    async def http(self, address: str, check: HttpCheck) -> Found:
        """Whether the simulated machine would answer requests."""
        return await self._ask(address, f"port {check.port} {check.path}")

    async def command(
        self, argv: Sequence[str], environment: Mapping[str, str], folder: str
    ) -> Found:
        """Nothing is run: what a command would reach is no machine of this drill."""
        del folder
        return await self._ask(environment["DRS_TUI_ADDRESS"], shlex.join(argv))

    async def _ask(self, address: str, about: str) -> Found:
        import aiohttp

        query = urlencode({**self._place, "address": address, "about": about})
        try:
            async with (
                asyncio.timeout(ANSWER_SECONDS),
                aiohttp.ClientSession(trust_env=False) as http,
                http.get(f"{self._endpoint_url}/simulated/probe?{query}") as answer,
            ):
                said = json.loads(await answer.read())
                words = f"SIMULATED: {said['words']}"
                return passed(words) if said["answers"] is True else failed(words)
        except (OSError, aiohttp.ClientError, TimeoutError, ValueError, KeyError) as error:
            return unknown(f"the simulator could not be asked: {_reason(error)}")


class Prober:
    """Asks for real, or the simulator, by what answers as DRS."""

    def __init__(self, aws: Aws) -> None:
        """Ask about machines of the account that `aws` reaches."""
        self._aws = aws

    async def tcp(self, address: str, port: int) -> Found:
        """Connect to a port, and let go of it."""
        asked = self._asked()
        return asked if isinstance(asked, Found) else await asked.tcp(address, port)

    async def http(self, address: str, check: HttpCheck) -> Found:
        """Send one request to an address, whatever host it names, and follow nothing."""
        asked = self._asked()
        return asked if isinstance(asked, Found) else await asked.http(address, check)

    async def command(
        self, argv: Sequence[str], environment: Mapping[str, str], folder: str
    ) -> Found:
        """Run a command without a shell, with no more of an environment than is given."""
        asked = self._asked()
        return asked if isinstance(asked, Found) else await asked.command(argv, environment, folder)

    def _asked(self) -> Bastion | SimulatorsOwn | Found:
        connection = self._aws.connection
        if self._aws.drs.is_simulator:
            url = connection.endpoint_of("drs") or ""
            return SimulatorsOwn(url, self._aws.region, connection.simulated_account)
        if connection.is_loopback:
            # A stand-in for AWS that is not ours: whose addresses it tells of, nobody knows.
            return unknown("DRS is answered on this machine, so its addresses lead nowhere")
        return Bastion()


def _context(check: HttpCheck) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not check.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


async def _beginning(answer: aiohttp.ClientResponse) -> bytes:
    return await _read(answer.content, MOST_BODY_BYTES)


async def _read(stream: aiohttp.StreamReader, most: int) -> bytes:
    found = b""
    while len(found) < most and (part := await stream.read(most - len(found))):
        found += part
    return found


def _judged(address: str, check: HttpCheck, status: int, body: bytes) -> Found:
    if status != check.status:
        return failed(f"{address} answers {status}, not {check.status}")
    if check.body and not re.search(check.body, body.decode(errors="replace")):
        return failed(f"{address} answers {status}, and nothing in it is like {check.body!r}")
    return passed(f"{address} answers {status}")


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
