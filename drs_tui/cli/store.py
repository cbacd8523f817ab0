"""`drs-tui store init`, `check` and `template`: making the audit store ready to be used."""

from __future__ import annotations

import asyncio
import json

from drs_tui.audit.address import DynamoDbAddress, SqliteAddress, parse_store
from drs_tui.audit.findings import Finding, Health
from drs_tui.audit.opening import make_store
from drs_tui.cli.asynchronous import run_async
from drs_tui.cli.failure import CliError
from drs_tui.cli.run import refuse_read_only
from drs_tui.cli.say import ask, can_ask, say, tell, tell_json
from drs_tui.cli.stores import NoStoreYet, check_address
from drs_tui.clock import SystemClock
from drs_tui.config import Settings
from drs_tui.model.exit_codes import FAILED, SUCCEEDED, UNDECIDED

_MARKS = {Health.FINE: "", Health.WARNING: "WARNING: ", Health.BROKEN: "BROKEN: "}


# init -------------------------------------------------------------------------------------------


def init_store(settings: Settings, *, yes: bool, as_json: bool) -> int:
    """Make the store if it isn't there, after asking; a second time changes nothing."""
    refuse_read_only(settings)
    check_address(settings)
    if not (yes or _agreed(settings)):
        return UNDECIDED
    return run_async(_init(settings, as_json))


def _agreed(settings: Settings) -> bool:
    if not isinstance(parse_store(settings.store), DynamoDbAddress):
        return True
    if not can_ask():
        raise CliError("a table costs money: say --yes to have it made", code=UNDECIDED)
    return ask(
        f"Make the table of {settings.store}, on demand, with point-in-time recovery and deletion "
        "protection, if it isn't there?"
    )


async def _init(settings: Settings, as_json: bool) -> int:
    changed = await make_store(settings.store, say)
    if as_json:
        tell_json({"store": settings.store, "changed": changed})
    else:
        tell(f"{settings.store} is ready" + ("" if changed else "; nothing had to be changed"))
    return SUCCEEDED


# check ------------------------------------------------------------------------------------------


def check_store(settings: Settings, *, as_json: bool) -> int:
    """Look at the store without changing it; 1 if something about it is broken."""
    check_address(settings)
    return run_async(_check(settings, as_json))


async def _check(settings: Settings, as_json: bool) -> int:
    findings = await _findings(settings)
    for finding in findings:
        if as_json:
            words = {"health": finding.health.value, "words": finding.words}
            tell_json({"topic": finding.topic, **words})
        else:
            tell(f"{finding.topic:<18}{_MARKS[finding.health]}{finding.words}")
    return FAILED if any(f.health is Health.BROKEN for f in findings) else SUCCEEDED


async def _findings(settings: Settings) -> tuple[Finding, ...]:
    address = parse_store(settings.store)
    if isinstance(address, SqliteAddress):
        if not address.path.exists():
            raise NoStoreYet(f"there is no {address.path} yet: the first drill makes it")
        from drs_tui.audit.sqlite_check import check_file

        return await asyncio.to_thread(check_file, address.path)
    from drs_tui.audit.dynamodb_check import check_table
    from drs_tui.audit.dynamodb_table import open_table

    async with open_table(address, SystemClock()) as table:
        return await check_table(table)


# template ---------------------------------------------------------------------------------------


def print_template(settings: Settings, *, as_json: bool) -> int:
    """Print the table as a CloudFormation template, in YAML unless `as_json`."""
    check_address(settings)
    address = parse_store(settings.store)
    if isinstance(address, SqliteAddress):
        raise CliError("a file needs no template: name a table with --store dynamodb:TABLE")
    from drs_tui.audit.dynamodb_template import template

    document = template(address.table)
    if as_json:
        text = json.dumps(document, indent=2)
    else:
        import yaml

        text = yaml.safe_dump(document, sort_keys=False)
    for line in text.splitlines():
        tell(line)
    return SUCCEEDED
