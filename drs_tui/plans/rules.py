"""What must hold between the parts of a plan: between waves, and between keys of one mapping.

The rules read the file's plain data, not the validated shapes, so that they have their say
even when a value elsewhere is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from drs_tui.documents.problems import listed, quoted, suggestion
from drs_tui.documents.tree import Plain
from drs_tui.plans.values import SOURCE_SERVER_ID

KeyPath = tuple[str | int, ...]
"""The keys and list positions that lead to a value."""

Report = Callable[[KeyPath, str], None]


@dataclass(frozen=True, slots=True)
class _Wave:
    """A wave as far as the file says it readably."""

    path: KeyPath
    data: dict[str, Plain]
    name: str

    def items(self, key: str) -> Iterator[tuple[KeyPath, Plain]]:
        """The items of the list under `key` with their paths; none if it isn't a list."""
        value = self.data.get(key)
        for index, item in enumerate(value if isinstance(value, list) else ()):
            yield (*self.path, key, index), item


def check_rules(plan: Plain, report: Report) -> None:
    """Report every broken rule with the path of the value that breaks it."""
    if not isinstance(plan, dict):
        return
    _check_isolation(plan.get("isolation"), report)
    _check_target(plan.get("target"), ("target",), report)
    value = plan.get("waves")
    waves = [
        _Wave(("waves", index), wave, name if isinstance(name := wave.get("name"), str) else "")
        for index, wave in enumerate(value if isinstance(value, list) else ())
        if isinstance(wave, dict)
    ]
    for wave in waves:
        _check_target(wave.data.get("target"), (*wave.path, "target"), report)
        if "servers" not in wave.data and "select" not in wave.data:
            report(wave.path, "a wave without servers; it has 'servers', 'select' or both")
        gate = wave.data.get("gate")
        if isinstance(gate, dict) and "then" in gate and "within" not in gate:
            report((*wave.path, "gate", "then"), "'then' without 'within', which it would follow")
    _check_servers(waves, report)
    _check_names(waves, report)
    _check_order(waves, report)
    _check_certificates(waves, report)


def _check_target(target: Plain | None, path: KeyPath, report: Report) -> None:
    """See that a role leads to the account that is named beside it."""
    if not isinstance(target, dict):
        return
    account, role = target.get("account"), target.get("role_arn")
    if isinstance(account, str) and isinstance(role, str) and f":{account}:" not in role:
        report(
            (*path, "role_arn"),
            f"the role {quoted(role)} is not of account {quoted(account)}; a role leads to its own "
            "account",
        )


def _check_certificates(waves: Sequence[_Wave], report: Report) -> None:
    for wave in waves:
        for path, check in wave.items("checks"):
            https = check.get("https") if isinstance(check, dict) else None
            if isinstance(https, dict) and "host" not in https and https.get("verify") != "false":
                report(
                    (*path, "https"),
                    "an https check that does not say whose certificate to expect; it has a "
                    "'host', or 'verify: false'",
                )


def _check_isolation(isolation: Plain | None, report: Report) -> None:
    if isolation == {}:
        allowed = "vpcs, subnets, security_groups, or waived"
        report(("isolation",), f"'isolation' is empty; allowed: {allowed}")
    elif isinstance(isolation, dict) and "waived" in isolation and len(isolation) > 1:
        report(("isolation", "waived"), "'waived' beside networks; it is one or the other")


def _check_servers(waves: Sequence[_Wave], report: Report) -> None:
    holders: dict[tuple[str, str], _Wave] = {}
    for wave in waves:
        # Elsewhere another server can have the same name, and none the same id.
        elsewhere = str(wave.data.get("target", ""))
        for path, server in wave.items("servers"):
            if isinstance(server, dict) and ("id" in server) == ("name" in server):
                found = "both id and name" if "id" in server else "neither id nor name"
                report(path, f"a server with {found}; it has one of them")
            for place, reference in _references(path, server):
                key = ("" if re.fullmatch(SOURCE_SERVER_ID, reference) else elsewhere, reference)
                if holder := holders.get(key):
                    where = "this wave" if holder is wave else f"wave {quoted(holder.name)}"
                    report(
                        place,
                        f"server {quoted(reference)} stands in {where} already; "
                        "a server stands in one wave, once",
                    )
                holders.setdefault(key, wave)


def _references(path: KeyPath, server: Plain) -> Iterator[tuple[KeyPath, str]]:
    """Every id and name by which a list item refers to a server, with its path."""
    if isinstance(server, str):
        yield path, server
    elif isinstance(server, dict):
        for key in ("id", "name"):
            if isinstance(reference := server.get(key), str):
                yield (*path, key), reference


def _check_names(waves: Sequence[_Wave], report: Report) -> None:
    seen: set[str] = set()
    for wave in waves:
        if wave.name and wave.name in seen:
            report(
                (*wave.path, "name"),
                f"a second wave named {quoted(wave.name)}; each wave has a name of its own",
            )
        seen.add(wave.name)


def _check_order(waves: Sequence[_Wave], report: Report) -> None:
    """Check that `after` names other waves, and that some order of them satisfies all."""
    waits = _waits(waves, report)
    for cycle in _cycles(waits):
        names = " → ".join(quoted(waves[index].name) for index in (*cycle, cycle[0]))
        # Without `after` a wave waits for an earlier one: some `after` closes the circle.
        steps = zip(cycle, (*cycle[1:], cycle[0]), strict=True)
        place = next(waits[wave][other] for wave, other in steps if other > wave)
        report(place, f"a cycle: {names} (each waits for the next); waves wait without a cycle")


def _waits(waves: Sequence[_Wave], report: Report) -> dict[int, dict[int, KeyPath]]:
    """The waves that each wave waits for, and where the file says so."""
    positions = {wave.name: index for index, wave in reversed(list(enumerate(waves)))}
    waits: dict[int, dict[int, KeyPath]] = {index: {} for index in range(len(waves))}
    for index, wave in enumerate(waves):
        if "after" not in wave.data and index:
            waits[index][index - 1] = wave.path
        for path, name in wave.items("after"):
            if not isinstance(name, str):
                continue
            if name not in positions:
                others = [other.name for other in waves if other.name and other is not wave]
                hint = suggestion(name, others)
                report(path, f"no wave is named {quoted(name)}{hint}; others: {listed(others)}")
            elif positions[name] == index:
                report(path, f"wave {quoted(name)} waits for itself; it waits for others")
            else:
                waits[index][positions[name]] = path
    return waits


def _cycles(waits: dict[int, dict[int, KeyPath]]) -> Iterator[tuple[int, ...]]:
    """Cycles that share no wave, each beginning with its first wave of the file."""
    left = dict(waits)
    while True:
        try:
            TopologicalSorter(left).prepare()
        except CycleError as error:
            # From what is waited for to what waits, the first node again at the end.
            cycle = error.args[1][:0:-1]
            first = cycle.index(min(cycle))
            yield (*cycle[first:], *cycle[:first])
            for wave in cycle:
                del left[wave]
        else:
            return
