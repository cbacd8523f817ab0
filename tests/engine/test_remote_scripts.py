"""Scripts that Systems Manager runs, run here for what they would do on a Linux server."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from drs_tui.aws.ssm import POWERSHELL_SCRIPT, SHELL_SCRIPT
from drs_tui.engine.remote_scripts import script
from drs_tui.model.launch_checks import CommandCheck, HttpCheck, ProbingCheck, TcpCheck

HERE = "127.0.0.1"
needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl here")


async def run(check: ProbingCheck, address: str = HERE) -> int:
    """The exit code of a check's script, as an agent runs it."""
    document, lines = script(check, address, is_windows=False)
    assert document == SHELL_SCRIPT
    process = await asyncio.create_subprocess_exec(
        *("sh", "-c", "\n".join(lines)),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    return await process.wait()


@asynccontextmanager
async def site() -> AsyncIterator[int]:
    """A web server; its port."""

    async def health(request: web.Request) -> web.Response:
        return web.Response(text=f"{request.host} is it's healthy")

    async def away(_: web.Request) -> web.Response:
        raise web.HTTPFound("http://production.example.com/health")

    app = web.Application()
    app.router.add_get("/health", health)
    app.router.add_get("/away", away)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, HERE, 0).start()
    yield int(runner.addresses[0][1])
    await runner.cleanup()


async def test_a_port_that_listens_passes_and_one_that_does_not_fails() -> None:
    async with site() as port:
        assert await run(TcpCheck(port)) == 0
    assert await run(TcpCheck(port)) != 0


async def test_a_commands_arguments_stay_apart_and_its_exit_code_counts() -> None:
    assert await run(CommandCheck(("test", "a  b;'$HOME", "=", "a  b;'$HOME"))) == 0
    assert await run(CommandCheck(("false",))) == 1


@needs_curl
@pytest.mark.parametrize(
    ("check", "passes"),
    [
        (HttpCheck(path="/health"), True),
        (HttpCheck(path="/health", body="it's (healthy|well)"), True),
        (HttpCheck(path="/health", body="asleep"), False),
        (HttpCheck(path="/gone"), False),
        (HttpCheck(path="/gone", status=404), True),
        (HttpCheck(path="/away"), False),
        (HttpCheck(path="/away", status=302), True),
        (HttpCheck(path="/health", host="orders.example.com", body="orders.example.com"), True),
    ],
)
async def test_a_request_is_judged_by_its_status_and_its_body(
    check: HttpCheck, passes: bool
) -> None:
    async with site() as port:
        asked = HttpCheck(
            port, path=check.path, status=check.status, body=check.body, host=check.host
        )
        assert (await run(asked) == 0) is passes


def test_windows_is_asked_in_its_own_words() -> None:
    document, lines = script(TcpCheck(3389), "10.99.0.4", is_windows=True)
    assert document == POWERSHELL_SCRIPT
    assert "ConnectAsync('10.99.0.4', 3389)" in lines[1]
    _, lines = script(CommandCheck(("it's", "$x")), "10.99.0.4", is_windows=True)
    assert lines == ["& 'it''s' '$x'", "exit $LASTEXITCODE"]
    check = HttpCheck(443, tls=True, verify=False, host="orders.example.com", body="it's")
    _, lines = script(check, "10.99.0.4", is_windows=True)
    assert "'--resolve' 'orders.example.com:443:10.99.0.4'" in lines[1]
    assert "'--insecure'" in lines[1]
    assert "-notmatch 'it''s'" in lines[-1]
