"""What app and driver keep in memory, beside Textual and the SDK with clients made.

The app with its list has made clients of DRS and STS, the driver those of EC2, IAM and Service
Quotas as well; the alternatives have those of `SERVICES`.

Growth is that of a driver whose jobs don't end, and of an app that watches it, hour by hour of a
simulated day.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.figures import Row, row
from tests.bench.keys import start_drills
from tests.bench.simulated import simulator
from tests.bench.terminal import Terminal, surroundings

SERVICES = ("drs", "sts", "ec2", "dynamodb")

TEXTUAL = "Textual with four clients"
SDK = "aiobotocore with four clients"
FLOOR = "aiobotocore with four clients and the modules of a driver"

DRIVER = "driver, 20 jobs, 500 servers"

HOURS = 24
SPEED = 600.0
WATCHED_SECONDS = 30.0
SETTLED_SECONDS = 20.0
"""Of real time: an app that has just begun still imports."""


_CLIENTS = f"""
import asyncio, sys
from contextlib import AsyncExitStack
from aiobotocore.session import AioSession

async def clients():
    session = AioSession()
    async with AsyncExitStack() as stack:
        for name in {SERVICES!r}:
            await stack.enter_async_context(session.create_client(
                name, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"))
        print("made", flush=True)
        await asyncio.sleep(3600)
"""

_SDK_ALONE = _CLIENTS + "asyncio.run(clients())"
_WITH_MODULES = "import drs_tui.driver.headless, drs_tui.plans.reading\n" + _SDK_ALONE

_TEXTUAL_TOO = (
    _CLIENTS
    + """
from textual.app import App
from textual.widgets import Label

class Both(App):
    def compose(self):
        yield Label("Hello, world")

    def on_mount(self):
        self.run_worker(clients())

Both().run()
"""
)


def measure() -> list[Row]:
    """Look at processes when they have settled."""
    with TemporaryDirectory() as folder:
        home = Path(folder)
        textual, sdk, floor = _alternatives(home)
        app, driver = _ours(home)
    grown_driver, grown_app = _growth()
    return [
        row("app, 4,000 listed", app, "MiB", beside=TEXTUAL, theirs=textual, times=1.3),
        row(
            DRIVER,
            driver,
            "MiB",
            beside=SDK,
            theirs=sdk,
            times=1.3,
        ),
        row(DRIVER, driver, "MiB", beside=FLOOR, theirs=floor),
        row(f"driver, hours 2 to {HOURS}: growth", grown_driver, "MiB", most=2),
        row(f"app that watches, hours 2 to {HOURS}: growth", grown_app, "MiB", most=2),
    ]


def resident_mib(pid: int | str) -> float:
    """What of a process's memory is there, shared libraries included."""
    text = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(text.split("VmRSS:")[1].split()[0]) / 1024


def _alternatives(home: Path) -> tuple[float, float, float]:
    environment = surroundings(home)
    with Terminal([sys.executable, "-c", _TEXTUAL_TOO], environment) as terminal:
        terminal.until(lambda screen: "Hello" in screen)
        terminal.read_for(WATCHED_SECONDS / 3)
        textual = resident_mib(terminal.pid)
    return textual, _printed(_SDK_ALONE, home), _printed(_WITH_MODULES, home)


def _printed(code: str, home: Path) -> float:
    """MiB of a program once it has said that its clients are made."""
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=surroundings(home)) as process:
        assert process.stdout is not None
        process.stdout.readline()
        resident = resident_mib(process.pid)
        process.kill()
    return resident


def _ours(home: Path) -> tuple[float, float]:
    with simulator("large") as url:
        # The simulator is in a process of its own, as AWS is.
        driving = start_drills(home, url)
        try:
            command = [sys.executable, "-m", "drs_tui", "--endpoint-url", url, "--read-only"]
            with Terminal(command, surroundings(home)) as terminal:
                terminal.until(lambda screen: "us-east-1" in screen)
                terminal.read_for(SETTLED_SECONDS)
                terminal.press("3")
                terminal.until(lambda screen: "desk-001" in screen)
                terminal.read_for(WATCHED_SECONDS)
                return resident_mib(terminal.pid), resident_mib(driving.pid)
        finally:
            driving.kill()
            driving.wait()


def _growth() -> tuple[float, float]:
    """MiB that a driver and an app that watches it grow by after the first hour of a day."""
    with TemporaryDirectory() as folder:
        home = Path(folder)
        scenario = home / "endless.yaml"
        scenario.write_text(
            "summary: jobs that don't end within a day\n"
            "timings: {linux: {conversion: {median: 40h, spread: 0.01}}}\n"
        )
        plan = home / "endless.yml"
        servers = [f"orders-db-{number}" for number in (1, 2)]
        waves = [{"name": "all", "servers": servers, "timeout": "48h", "checks": []}]
        plan.write_text(json.dumps({"name": "endless", "waves": waves}))
        simulated = ["--speed", str(SPEED), "--scenario", str(scenario)]
        command = [sys.executable, "-m", "drs_tui", "run", str(plan), "--simulate", *simulated]
        driving = subprocess.Popen(
            [*command, "--yes", "--json", "--cleanup", "never"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=surroundings(home),
        )
        try:
            return _grown(home, driving)
        finally:
            driving.kill()
            driving.wait()


def _grown(home: Path, driving: subprocess.Popen[bytes]) -> tuple[float, float]:
    assert driving.stdout is not None
    for line in driving.stdout:
        if b"wave.launched" in line:
            break
    else:
        raise RuntimeError(f"the drill ended with {driving.wait()} before its wave was launched")
    hour = 3600 / SPEED
    attached = [sys.executable, "-m", "drs_tui", "attach", "last", "--read-only"]
    with Terminal([*attached, "--endpoint-url", "http://127.0.0.1:9"], surroundings(home)) as app:
        app.until(lambda screen: "in progress" in screen)
        app.read_for(max(hour, SETTLED_SECONDS))
        before = resident_mib(driving.pid), resident_mib(app.pid)
        until = time.monotonic() + hour * (HOURS - 1)
        while time.monotonic() < until:
            app.read_for(hour)
            app.chunks.clear()
        return resident_mib(driving.pid) - before[0], resident_mib(app.pid) - before[1]
