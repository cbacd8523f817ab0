"""`drs-tui renew`: other credentials for a run under way, without ending its driver."""

from __future__ import annotations

import os
import sys

from drs_tui.audit.requests import requester
from drs_tui.audit.store import StoreUnavailable
from drs_tui.cli.asynchronous import run_async
from drs_tui.cli.driven import find_run_id
from drs_tui.cli.failure import CliError
from drs_tui.cli.run import refuse_read_only
from drs_tui.cli.say import say, tell, tell_json
from drs_tui.cli.stores import check_address, find_id, opened
from drs_tui.clock import SystemClock
from drs_tui.config import Settings
from drs_tui.driver.client import DriverClient
from drs_tui.driver.orders import DriverError, NoDriver
from drs_tui.driver.renewals import Held, NotDrivenHere, Renewal, RenewalRefused, elsewhere_words
from drs_tui.model.exit_codes import BLOCKED, SUCCEEDED
from drs_tui.model.keys import FORMS, LONGEST_TEXT, Keys, KeysError, read_keys
from drs_tui.model.times import format_time

UNKNOWN = "?"
"""Whoever holds a lease in a store that is out of reach."""


def renew(settings: Settings, reference: str, *, look_again: bool, as_json: bool) -> int:
    """Have a run's driver sign with the credentials on stdin, or with what it finds anew."""
    refuse_read_only(settings)
    check_address(settings)
    keys = None if look_again else _given()
    return run_async(_renew(settings, reference, keys, as_json))


def show_credentials(settings: Settings, reference: str, *, as_json: bool) -> int:
    """Print what a run is driven with, which is nothing secret."""
    check_address(settings)
    return run_async(_show(settings, reference, as_json))


def _given() -> Keys:
    """The credentials on stdin.

    Raises:
        CliError: nothing reads them from there, or they are none.
    """
    if sys.stdin.isatty():
        # What is typed there is shown, and stays in the terminal's memory.
        raise CliError(
            f"the credentials are read from stdin: {FORMS}. For example: aws configure "
            "export-credentials --profile NAME | drs-tui renew RUN. In the app they can be pasted"
        )
    try:
        return read_keys(sys.stdin.read(LONGEST_TEXT))
    except KeysError as error:
        raise CliError(f"stdin: {error}") from None
    except UnicodeDecodeError:
        raise CliError("stdin: it is no text") from None


async def _renew(settings: Settings, reference: str, keys: Keys | None, as_json: bool) -> int:
    run_id, holder = await _driven(settings, reference)
    order = Renewal(run_id, requester(os.environ), keys, settings.profile)
    try:
        renewed = await DriverClient(settings).renew(order, holder)
    except RenewalRefused as refused:
        say(f"drs-tui: {refused}")
        return BLOCKED
    except DriverError as error:
        raise _elsewhere(run_id, holder, error) from error
    if as_json:
        found = {"runs": list(renewed.runs), "waves": list(renewed.waves)}
        tell_json({**_members(renewed.held), **found})
    else:
        say(f"{', '.join(renewed.runs)}: {renewed.words}")
        say(renewed.held.end_words(SystemClock().now()))
    return SUCCEEDED


async def _show(settings: Settings, reference: str, as_json: bool) -> int:
    run_id, holder = await _driven(settings, reference)
    try:
        found = await DriverClient(settings).credentials(run_id, holder)
    except DriverError as error:
        raise _elsewhere(run_id, holder, error) from error
    now = SystemClock().now()
    for held in found:
        if as_json:
            tell_json(_members(held))
            continue
        tell(f"{held.name}: from {held.from_words}; {held.end_words(now)}")
        for place in held.places:
            tell(f"  {place.words}")
    return SUCCEEDED


async def _driven(settings: Settings, reference: str) -> tuple[str, str]:
    """The id of a run, and who holds its lease; with the store out of reach whoever drives here."""
    try:
        async with opened(settings) as store:
            run_id = await find_id(store, reference)
            lease = await store.lease(run_id)
    except StoreUnavailable:
        return await find_run_id(settings, reference), UNKNOWN
    return run_id, lease.holder if lease else ""


def _elsewhere(run_id: str, holder: str, error: DriverError) -> DriverError:
    """The same error, with where the run is driven, if that is known not to be here."""
    if holder == UNKNOWN or not isinstance(error, NoDriver | NotDrivenHere):
        return error
    return type(error)(f"{error}. {elsewhere_words(run_id, holder)}")


def _members(held: Held) -> dict[str, object]:
    ends_at = format_time(held.ends_at) if held.ends_at else None
    return {
        "profile": held.profile,
        "source": held.source,
        "renews": held.renews,
        "ends_at": ends_at,
        "trouble": held.trouble,
        "identities": [
            {
                "account": place.account,
                "region": place.region,
                "role_arn": place.role_arn,
                "arn": place.arn,
                "before": place.before,
            }
            for place in held.places
        ],
    }
