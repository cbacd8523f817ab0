"""Drafting a plan of a fleet: the servers that DRS replicates, by a tag into waves."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from drs_tui.documents.problems import printable
from drs_tui.model.observed import SourceServer
from drs_tui.model.plan import MAX_SERVERS_PER_WAVE, Target
from drs_tui.plans.draft import Draft, DraftError, draft_of

USUAL_KEYS = ("Wave", "RecoveryWave", "Tier", "Role", "Layer", "Component", "Application", "App")
"""Tags that people sort servers by, the most telling first; in any case of letters."""

_FIRST_TO_LAST = (
    ("network", "dns", "directory", "identity", "ad"),
    ("storage", "file", "nfs"),
    ("database", "db", "data", "sql"),
    ("cache", "queue", "broker", "message"),
    ("app", "backend", "service", "api", "batch", "worker"),
    ("web", "frontend", "proxy", "edge", "lb"),
)
"""What stands on what, by words of a tag's value."""

_LONGEST_NAME = 64
_OTHERS = "others"


def draft_plan(
    name: str,
    servers: Sequence[SourceServer],
    *,
    by_tag: str | None = None,
    target: Target | None = None,
) -> Draft:
    """Put every server into a wave by the value of a tag, and write that as a plan file.

    Args:
        name: The plan's name.
        servers: The fleet.
        by_tag: The tag's key; without one the most telling is taken.
        target: Where the servers are.

    Raises:
        DraftError: there are no servers, none has the tag, or the name is no name of a plan.
    """
    if not servers:
        raise DraftError(
            "DRS replicates no source server here, so there is nothing to plan for; "
            "another Region is named with --region"
        )
    key = _known_key(by_tag, servers) if by_tag else _telling_key(servers)
    waves = _waves(servers, key)
    told = f"by the tag {key}" if key else "in one wave: no tag told them apart"
    made_of = f"the servers that DRS replicates, {told}"
    return replace(draft_of(name, waves, made_of=made_of, target=target), by_tag=key)


def _tag_keys(servers: Iterable[SourceServer]) -> list[str]:
    """The keys of tags that tell servers apart, those that most servers have first."""
    counts: Counter[str] = Counter()
    values: dict[str, set[str]] = {}
    for server in servers:
        for key, value in server.tags.items():
            counts[key] += 1
            values.setdefault(key, set()).add(value)
    return [key for key, _ in counts.most_common() if key != "Name" and len(values[key]) > 1]


def _telling_key(servers: Sequence[SourceServer]) -> str:
    keys = _tag_keys(servers)
    usual = {key.casefold(): key for key in reversed(keys)}
    return next((usual[k.casefold()] for k in USUAL_KEYS if k.casefold() in usual), "")


def _known_key(by_tag: str, servers: Sequence[SourceServer]) -> str:
    if any(by_tag in server.tags for server in servers):
        return by_tag
    keys = ", ".join(map(printable, _tag_keys(servers))) or "none that tells them apart"
    raise DraftError(f"no source server has the tag {printable(by_tag)}; they have: {keys}")


def _waves(servers: Sequence[SourceServer], key: str) -> dict[str, list[SourceServer]]:
    by_value: dict[str, list[SourceServer]] = {}
    for server in sorted(servers, key=lambda server: (server.name, server.id)):
        by_value.setdefault(server.tags.get(key, "").strip() if key else "all", []).append(server)
    waves: dict[str, list[SourceServer]] = {}
    for value in sorted(by_value, key=_order):
        members = by_value[value]
        for start in range(0, len(members), MAX_SERVERS_PER_WAVE):
            waves[_wave_name(value, waves)] = members[start : start + MAX_SERVERS_PER_WAVE]
    return waves


def _order(value: str) -> tuple[bool, int, list[tuple[int, str]]]:
    """Untagged servers last; else what others stand on first, then as people count."""
    words = set(re.findall(r"[a-z]+", value.casefold()))
    depth = next(
        (n for n, names in enumerate(_FIRST_TO_LAST) if any(_means(w, names) for w in words)),
        len(_FIRST_TO_LAST),
    )
    counted = [(int(part), "") if part.isdecimal() else (-1, part.casefold())
               for part in re.split(r"([0-9]+)", value)]  # fmt: skip
    return (not value, depth, counted)


def _means(word: str, names: Iterable[str]) -> bool:
    return any(word == name or (len(name) > 2 and word.startswith(name)) for name in names)


def _wave_name(value: str, taken: Iterable[str]) -> str:
    slug = re.sub(r"[^a-z0-9]+", "-", value.casefold()).strip("-")[: _LONGEST_NAME - 5].strip("-")
    base = slug or (_OTHERS if not value else "wave")
    known = set(taken)
    number = 1
    while (name := base if number == 1 else f"{base}-{number}") in known:
        number += 1
    return name
