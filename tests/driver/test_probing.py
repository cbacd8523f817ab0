"""Asking over the network for real, at servers on this machine."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from drs_tui.aws.connection import Aws, Connection
from drs_tui.driver import probing
from drs_tui.driver.probing import Bastion, Prober, SimulatorsOwn
from drs_tui.engine.probing import Found
from drs_tui.model.launch_checks import CheckOutcome, HttpCheck

HERE = "127.0.0.1"
BASTION = Bastion()


@asynccontextmanager
async def site(tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A web server; its port."""

    async def health(request: web.Request) -> web.Response:
        return web.Response(text=f"{request.host} is healthy")

    async def away(_: web.Request) -> web.Response:
        raise web.HTTPFound("http://production.example.com/health")

    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x" * 65_536)

    app = web.Application()
    app.router.add_get("/health", health)
    app.router.add_get("/away", away)
    app.router.add_get("/endless", endless)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, HERE, 0, ssl_context=tls).start()
    yield int(runner.addresses[0][1])
    await runner.cleanup()


async def ask(port: int, path: str = "/health", **more: object) -> Found:
    return await BASTION.http(HERE, HttpCheck(port, path=path, **more))  # type: ignore[arg-type]


async def test_a_port_that_listens_passes_and_one_that_does_not_fails_for_now() -> None:
    async with site() as port:
        assert (await BASTION.tcp(HERE, port)).outcome is CheckOutcome.PASSED
    refused = await BASTION.tcp(HERE, port)
    assert (refused.outcome, refused.is_settled) == (CheckOutcome.FAILED, False)


async def test_a_request_is_judged_by_its_status_and_its_body() -> None:
    async with site() as port:
        assert (await ask(port)).words == f"{HERE} answers 200"
        assert (await ask(port, body="healthy$")).outcome is CheckOutcome.PASSED
        assert "nothing in it is like 'asleep'" in (await ask(port, body="asleep")).words
        assert (await ask(port, "/gone")).words == f"{HERE} answers 404, not 200"
        assert (await ask(port, "/endless", body="x")).outcome is CheckOutcome.PASSED


async def test_a_redirection_is_an_answer_and_not_followed() -> None:
    async with site() as port:
        assert (await ask(port, "/away")).words == f"{HERE} answers 302, not 200"


async def test_the_host_of_a_request_leads_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    async with site() as port:
        found = await ask(port, host="production.example.com", body="^production.example.com is")
    assert found.outcome is CheckOutcome.PASSED


async def test_a_certificate_has_to_be_good_unless_the_plan_says_otherwise(tmp_path: Path) -> None:
    async with site(await certificate(tmp_path)) as port:
        named = await ask(port, tls=True, host="orders.example.com")
        assert named.outcome is CheckOutcome.FAILED
        assert "certificate verify failed" in named.words
        assert (await ask(port, tls=True, verify=False)).outcome is CheckOutcome.PASSED


async def certificate(folder: Path) -> ssl.SSLContext:
    """A self-signed one."""
    key, cert = folder / "key.pem", folder / "cert.pem"
    process = await asyncio.create_subprocess_exec(
        *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
        *("-subj", "/CN=orders.example.com", "-keyout", str(key), "-out", str(cert)),
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert await process.wait() == 0
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context


async def test_what_answers_nothing_fails_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probing, "ANSWER_SECONDS", 0.05)

    gone = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        gone.set()

    server = await asyncio.start_server(silent, HERE)
    async with server:
        found = await ask(server.sockets[0].getsockname()[1])
        await gone.wait()
    assert "did not answer" in found.words


# Commands ---------------------------------------------------------------------------------------


async def test_a_command_is_judged_by_its_exit_code_and_its_words_are_kept() -> None:
    good = await BASTION.command(["sh", "-c", "echo it is; echo up >&2"], {}, "")
    assert good.words == "exit code 0: it is up"
    bad = await BASTION.command(["sh", "-c", "exit 3"], {}, "")
    assert (bad.outcome, bad.words) == (CheckOutcome.FAILED, "exit code 3: it said nothing")


async def test_a_command_that_anybody_could_have_put_there_is_not_started(tmp_path: Path) -> None:
    program = tmp_path / "ask"
    program.write_text("#!/bin/sh\necho it ran\n")
    program.chmod(0o755)
    found = await BASTION.command(["./ask"], {}, str(tmp_path))
    assert (found.outcome, found.words) == (CheckOutcome.PASSED, "exit code 0: it ran")
    program.chmod(0o777)
    found = await BASTION.command(["./ask"], {}, str(tmp_path))
    assert found.outcome is CheckOutcome.REFUSED
    assert f"anybody on this machine can change {program}" in found.words
    missing = await BASTION.command(["/nowhere/to/be/found"], {}, "")
    assert missing.outcome is CheckOutcome.REFUSED


async def test_a_secret_that_a_command_prints_is_masked() -> None:
    found = await BASTION.command(["echo", "password=hunter2hunter2"], {}, "")
    assert found.words == "exit code 0: password=****"


async def test_a_command_gets_what_it_is_given_and_no_secret(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    found = await BASTION.command(["env"], {"DRS_TUI_ADDRESS": "10.99.0.4"}, "")
    assert "DRS_TUI_ADDRESS=10.99.0.4" in found.words
    assert "secret" not in found.words


async def test_a_command_that_takes_too_long_ends_with_all_that_it_began(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(probing, "COMMAND_SECONDS", 0.3)
    held = tmp_path / "held"
    os.mkfifo(held)
    let_go = asyncio.create_task(asyncio.to_thread(held.read_bytes))
    found = await BASTION.command(["sh", "-c", f"sleep 60 > {held} & wait"], {}, "")
    assert "took longer than" in found.words
    assert await let_go == b"", "nothing that it began holds the pipe any more"


# Whom to ask ------------------------------------------------------------------------------------


async def test_a_stand_in_on_this_machine_has_no_machines_to_be_asked() -> None:
    async with Aws(Connection(endpoint_url="http://127.0.0.1:1", region="us-east-1")) as aws:
        found = await Prober(aws).tcp("10.99.0.4", 22)
    assert found.outcome is CheckOutcome.UNKNOWN


async def test_a_simulator_that_does_not_answer_leaves_it_unknown() -> None:
    found = await SimulatorsOwn("http://127.0.0.1:1", "us-east-1").tcp("10.99.0.4", 22)
    assert found.outcome is CheckOutcome.UNKNOWN
    assert "the simulator could not be asked" in found.words
