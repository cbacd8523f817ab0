"""From the bytes of a file to a policy, or to everything that is wrong with it."""

from __future__ import annotations

import hashlib
from zoneinfo import ZoneInfo

from drs_tui.documents.problems import Findings
from drs_tui.documents.reading import text_of, validate
from drs_tui.documents.tree import read_tree
from drs_tui.model.plan import Isolation
from drs_tui.model.policy import WEEKDAYS, ChangeWindow, Hours, Policy
from drs_tui.plans.building import build_networks
from drs_tui.policy.problems import POLICY
from drs_tui.policy.shapes import ChangeWindowShape, HoursShape, Permission, PolicyShape


def parse_policy(data: bytes, path: str) -> Policy:
    """The policy that a file at `path` holds.

    Raises:
        PolicyError: with every problem that the file has.
    """
    findings = Findings(path, POLICY)
    shape = validate(read_tree(text_of(data, path, POLICY), findings), PolicyShape, findings)
    if shape is None or findings:
        raise findings.error()
    return Policy(
        path=path,
        sha256=hashlib.sha256(data).hexdigest(),
        accounts=tuple(shape.accounts or ()),
        regions=tuple(shape.regions or ()),
        stores=tuple(shape.stores or ()),
        change=shape.change or "",
        change_window=_window(shape.change_window) if shape.change_window else None,
        least_approvers=shape.least_approvers or 0,
        allows_recovery=shape.recovery is Permission.ALLOWED,
        allows_commands=shape.local_commands is Permission.ALLOWED,
        isolation=build_networks(shape.isolation) if shape.isolation else Isolation(),
    )


def _window(shape: ChangeWindowShape) -> ChangeWindow:
    return ChangeWindow(tuple(map(_hours, shape.hours)), ZoneInfo(shape.zone), shape.zone)


def _hours(shape: HoursShape) -> Hours:
    days = frozenset(WEEKDAYS.index(day.value) for day in shape.days)
    return Hours(days, _minute(shape.start), _minute(shape.end))


def _minute(clock: str) -> int:
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)
