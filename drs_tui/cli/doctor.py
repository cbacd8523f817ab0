"""`drs-tui doctor`: what is in use here, and what is wrong with it."""

from __future__ import annotations

import asyncio
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version

from drs_tui import __version__
from drs_tui.audit.address import SqliteAddress, parse_store
from drs_tui.audit.opening import open_store
from drs_tui.audit.requests import os_user
from drs_tui.audit.sqlite_file import filesystem_of
from drs_tui.audit.store import StoreError
from drs_tui.aws.connection import Aws, connection_to
from drs_tui.aws.errors import AwsError
from drs_tui.cli.asynchronous import run_async
from drs_tui.cli.logout import look_at_logout
from drs_tui.cli.say import tell, tell_json
from drs_tui.clock import SystemClock
from drs_tui.config import SealSettings, Settings, config_folder, data_folder
from drs_tui.driver.orders import DriverError
from drs_tui.driver.places import places_of
from drs_tui.driver.running import running_driver
from drs_tui.model.endpoints import NOT_EVIDENCE
from drs_tui.model.exit_codes import OUT_OF_REACH, SUCCEEDED
from drs_tui.model.plan import Target
from drs_tui.policy.file import PolicyFile, site

ANSWER_SECONDS = 5.0
"""How long AWS, the store and the driver may take to answer."""

_PACKAGES = ("textual", "aiobotocore", "botocore", "pydantic", "PyYAML")
_SMALLEST_SCREEN = (80, 24)


class Health(StrEnum):
    """How a thing stands."""

    FINE = "fine"
    WARNING = "warning"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was looked at."""

    topic: str
    words: str
    health: Health = Health.FINE


def doctor(settings: Settings, *, as_json: bool) -> int:
    """Look at everything; 5 if the store cannot be used, 0 otherwise."""
    return run_async(_doctor(settings, as_json))


async def _doctor(settings: Settings, as_json: bool) -> int:
    store, driver, aws = await asyncio.gather(_store(settings), _driver(settings), _aws(settings))
    lines = (*_versions(), *_paths(settings), store, driver, *_logout(), aws, *_terminal())
    for line in lines:
        if as_json:
            tell_json({"topic": line.topic, "health": line.health.value, "words": line.words})
        else:
            mark = {Health.FINE: "", Health.WARNING: "WARNING: ", Health.BROKEN: "BROKEN: "}
            tell(f"{line.topic:<14}{mark[line.health]}{line.words}")
    return OUT_OF_REACH if store.health is Health.BROKEN else SUCCEEDED


def _versions() -> Iterator[Line]:
    yield Line("drs-tui", f"{__version__}, on Python {platform.python_version()}")
    yield Line("interpreter", f"{sys.executable}, {platform.platform()}")
    yield Line("libraries", ", ".join(f"{name} {_version(name)}" for name in _PACKAGES))


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "is not installed"


def _paths(settings: Settings) -> Iterator[Line]:
    none = f"none; {config_folder() / 'config.toml'} would be read"
    yield Line("configuration", str(settings.config_file or none))
    plans = ", ".join(f"{f}{'' if f.is_dir() else ' (not there)'}" for f in settings.plan_folders)
    yield Line("plan folders", plans or "none")
    yield Line("data", str(data_folder()))
    yield Line("driver state", str(settings.state_folder))
    yield Line("log file", str(settings.log_file or "none; --log-file names one"))
    if settings.read_only:
        yield Line("mode", "read-only")
    if settings.on_hangup == "stop":
        yield Line("hang-up", "runs of the driver are paused when the app loses its terminal")
    if settings.commands_forbidden:
        yield Line("commands", f"no plan starts one: {settings.commands_forbidden}")
    yield Line("seal", _seal(settings.seal))
    yield _policy(settings)
    if settings.personal_roles:
        roles = ", ".join(settings.personal_roles)
        yield Line("approvals", f"each session is a person of the roles {roles}")


def _policy(settings: Settings) -> Line:
    """What the site allows; one that can't be read stands in the way of every run."""
    rules = site(settings.store, SystemClock().now())
    if rules.trouble:
        return Line("site policy", f"no run can begin: {rules.trouble}", Health.WARNING)
    if rules.policy is None:
        return Line("site policy", f"none; {PolicyFile().path} would be one")
    policy = rules.policy
    said = "; ".join(policy.words()) or "it forbids nothing"
    return Line("site policy", f"{policy.path}, SHA-256 {policy.sha256}: {said}")


def _seal(seal: SealSettings) -> str:
    days = f" for {seal.retain_days} days" if seal.retain_days else ""
    places = [
        f"the command {' '.join(seal.command)}" if seal.command else "",
        f"s3://{seal.s3}{days}" if seal.s3 else "",
        f"the KMS key {seal.kms}" if seal.kms else "",
    ]
    return ", ".join(filter(None, places)) or "none: only a hash kept elsewhere vouches for a run"


# Store ------------------------------------------------------------------------------------------


async def _store(settings: Settings) -> Line:
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            store = await open_store(settings.store)
            try:
                page = await store.list(limit=1)
            finally:
                await store.close()
    except StoreError as error:
        return Line("store", str(error), Health.BROKEN)
    except TimeoutError:
        words = f"{settings.store} did not answer within {ANSWER_SECONDS:g} s"
        return Line("store", words, Health.BROKEN)
    last = page.headers[0].run_id if page.headers else "none"
    return Line("store", f"{settings.store}{_filesystem(settings)}, can be used; last run: {last}")


def _filesystem(settings: Settings) -> str:
    """What kind of disk it lies on: on one of a network it would have been refused."""
    address = parse_store(settings.store)
    if not isinstance(address, SqliteAddress):
        return ""
    found = filesystem_of(address.path.parent)
    return f" ({found})" if found else ""


# Driver -----------------------------------------------------------------------------------------


async def _driver(settings: Settings) -> Line:
    """The background driver of the store; none is started."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            found = await running_driver(settings)
    except (DriverError, TimeoutError) as error:
        words = str(error) or f"did not answer within {ANSWER_SECONDS:g} s"
        return Line("driver", words, Health.WARNING)
    if found is None:
        words = f"none runs for this store; its log would be {places_of(settings).log}"
        return Line("driver", words)
    runs = ", ".join(found.active_runs) or "nothing"
    return Line(
        "driver",
        f"process {found.pid}, version {found.version}, drives {runs}; log {found.log_file}",
        Health.FINE if found.version == __version__ else Health.WARNING,
    )


def _logout() -> Iterator[Line]:
    found = look_at_logout(os_user())
    if found is not None:
        health = Health.FINE if found.is_survived else Health.WARNING
        yield Line("logout", found.words, health)


# AWS --------------------------------------------------------------------------------------------


async def _aws(settings: Settings) -> Line:
    try:
        async with (
            asyncio.timeout(ANSWER_SECONDS),
            Aws(connection_to(Target(), settings.reach)) as aws,
        ):
            caller = await aws.sts.caller_identity()
            endpoints = await aws.endpoints(settings.vpc_hosts)
            where = ", ".join(f"{name} at {url}" for name, url in endpoints.urls.items())
            words = f"{caller.arn}, account {caller.account}, {aws.region}; {where}"
            if endpoints.is_evidence:
                return Line("AWS", words)
            kind = "a SIMULATOR" if endpoints.simulated else "CUSTOM ENDPOINT"
            return Line("AWS", f"{kind}, {NOT_EVIDENCE}: {words}", Health.WARNING)
    except AwsError as error:
        return Line("AWS", str(error), Health.WARNING)
    except TimeoutError:
        words = f"no answer within {ANSWER_SECONDS:g} s: look at the network and the proxy"
        return Line("AWS", words, Health.WARNING)


# Terminal ---------------------------------------------------------------------------------------


def _terminal() -> Iterator[Line]:
    if not sys.stdout.isatty():
        yield Line("terminal", "none: the output goes to a file or a pipe")
        return
    columns, rows = shutil.get_terminal_size()
    encoding = sys.stdout.encoding
    troubles = []
    if columns < _SMALLEST_SCREEN[0] or rows < _SMALLEST_SCREEN[1]:
        troubles.append("the app wants 80x24")
    if encoding.lower().replace("-", "") != "utf8":
        troubles.append("set LANG to a UTF-8 locale")
    kind = os.environ.get("TERM", "")
    if kind in ("", "dumb"):
        troubles.append("set TERM to what the terminal is")
    colours = os.environ.get("COLORTERM") or ("256 colours" if "256" in kind else "16 colours")
    words = f"{kind or 'unknown'}, {columns}x{rows}, {colours}, {encoding}"
    if "NO_COLOR" in os.environ:
        words += ", NO_COLOR is set"
    health = Health.WARNING if troubles else Health.FINE
    yield Line("terminal", "; ".join([words, *troubles]), health)
