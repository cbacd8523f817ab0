"""Drafting a plan: the servers that DRS replicates, by a tag into waves, as a file to look over."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from drs_tui.documents.problems import printable
from drs_tui.model.checks.servers import AMBER_STATES, GREEN_STATES
from drs_tui.model.observed import SourceServer
from drs_tui.model.plan import MAX_SERVERS_PER_WAVE, Target
from drs_tui.plans.folders import plan_files
from drs_tui.plans.problems import PlanError
from drs_tui.plans.reading import parse_plan, read_plan
from drs_tui.plans.values import NAME, SOURCE_SERVER_ID

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


class DraftError(Exception):
    """No plan can be drafted or written; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A plan that nobody has looked over yet."""

    name: str
    text: str
    """The file."""

    waves: Mapping[str, Sequence[SourceServer]]
    """In order."""

    by_tag: str
    """The tag that told the waves apart; empty when nothing did."""


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
    if not re.fullmatch(NAME, name):
        raise DraftError(
            f"{printable(name)!r} is no name of a plan: up to 64 of a-z, 0-9 and hyphen, "
            "not beginning or ending with a hyphen"
        )
    if not servers:
        raise DraftError(
            "DRS replicates no source server here, so there is nothing to plan for; "
            "another Region is named with --region"
        )
    key = _known_key(by_tag, servers) if by_tag else _telling_key(servers)
    waves = _waves(servers, key)
    text = "\n".join(_lines(name, key, waves, target or Target())) + "\n"
    try:
        parse_plan(text, f"{name}.yaml")
    except PlanError as error:
        raise DraftError(f"these servers make no plan\n{error}") from error
    return Draft(name, text, waves, key)


def write_draft(draft: Draft, folder: Path) -> Path:
    """Write a draft into a plan folder, and return its file; nothing that is there is touched.

    Raises:
        DraftError: the folder has a plan of that name, or cannot be written.
    """
    path = folder / f"{draft.name}.yaml"
    holder = _holder(draft.name, folder)
    if holder is not None:
        raise DraftError(f"{holder} holds a plan named {draft.name}: choose another name")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            _write_whole(file, draft.text, path)
    except FileExistsError:
        raise DraftError(
            f"{path} is there already and stays as it is: choose another name"
        ) from None
    except OSError as error:
        raise DraftError(f"{path} cannot be written: {error.strerror}") from error
    return path


def _holder(name: str, folder: Path) -> Path | None:
    """The file of the folder that has a plan of this name, as far as its files can be read."""
    try:
        paths = plan_files(folder)
    except PlanError as error:
        raise DraftError(str(error)) from error
    for path in paths:
        with suppress(PlanError):
            if read_plan(path).name == name:
                return path
    return None


def _write_whole(file: TextIO, text: str, path: Path) -> None:
    """Write all of it, or leave no file behind."""
    try:
        file.write(text)
        file.flush()
    except OSError:
        path.unlink()
        raise


# Waves ------------------------------------------------------------------------------------------


def tag_keys(servers: Iterable[SourceServer]) -> list[str]:
    """The keys of tags that tell servers apart, those that most servers have first."""
    counts: Counter[str] = Counter()
    values: dict[str, set[str]] = {}
    for server in servers:
        for key, value in server.tags.items():
            counts[key] += 1
            values.setdefault(key, set()).add(value)
    return [key for key, _ in counts.most_common() if key != "Name" and len(values[key]) > 1]


def _telling_key(servers: Sequence[SourceServer]) -> str:
    keys = tag_keys(servers)
    usual = {key.casefold(): key for key in reversed(keys)}
    return next((usual[k.casefold()] for k in USUAL_KEYS if k.casefold() in usual), "")


def _known_key(by_tag: str, servers: Sequence[SourceServer]) -> str:
    if any(by_tag in server.tags for server in servers):
        return by_tag
    keys = ", ".join(map(printable, tag_keys(servers))) or "none that tells them apart"
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


# The file ---------------------------------------------------------------------------------------


def _lines(
    name: str, key: str, waves: Mapping[str, Sequence[SourceServer]], target: Target
) -> Iterable[str]:
    told = f"by the tag {_comment(key)}" if key else "in one wave: no tag told them apart"
    yield f"# A draft of the servers that DRS replicates, {told}. Before the first drill:"
    yield "#   put the waves into the order in which they must come up (the order here is a guess),"
    yield "#   take out what does not belong, say `impact: optional` where one may fail,"
    yield "#   then look at it with `drs-tui preflight`, which launches nothing."
    yield ""
    yield f"name: {_scalar(name)}"
    yield f"title: {_scalar(name)}    # the name for people"
    places = {"account": target.account, "region": target.region}
    if known := [f"{what}: {_text(place)}" for what, place in places.items() if place]:
        yield f"target: {{{', '.join(known)}}}    # nothing is launched anywhere else"
    yield ""
    yield "# Objectives of the whole run; take the sign off to have it judged by them."
    yield "# rto: 60m"
    yield "# rpo: 15m"
    yield ""
    yield "defaults:"
    yield "  timeout: 60m              # for a wave; then someone is asked what to do"
    yield "  max_lag: 15m              # a server whose data is older needs a look before launch"
    yield "  on_failure: pause         # pause and ask, stop, or continue with the next wave"
    yield ""
    yield "# Each wave is one StartRecovery call, after the wave above it."
    yield "waves:"
    for number, (wave, members) in enumerate(waves.items()):
        if number:
            yield ""
        yield f"  - name: {_scalar(wave)}"
        if number:
            yield "    # gate: {prompt: Does the wave above answer?}    # a person says yes first"
        yield "    servers:"
        yield from (f"      - {_server(server)}" for server in members)


def _server(server: SourceServer) -> str:
    if not re.fullmatch(SOURCE_SERVER_ID, server.id):
        return f"{{name: {_text(server.name)}}}{_remark(server)}"
    named = f"    # {_comment(server.name)}" if server.name != server.id else ""
    return f"{server.id}{named}{_remark(server, named)}"


def _remark(server: SourceServer, before: str = "") -> str:
    state = server.replication_state
    if state in GREEN_STATES:
        return ""
    means = "older data would launch" if state in AMBER_STATES else "it cannot launch as it is"
    said = f"replication is {_comment(state) or 'unknown'}: {means}"
    return f", {said}" if before else f"    # {said}"


def _scalar(text: str) -> str:
    """A name of a plan or a wave, quoted where YAML would take it for something else."""
    return text if re.match(r"[a-z]", text) and text not in _YAML_WORDS else _text(text)


_YAML_WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})


def _text(text: str) -> str:
    """Any text as YAML's quoted scalar, which JSON's strings are too."""
    escaped = json.dumps(text, ensure_ascii=False)
    return "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in escaped)


def _comment(text: str) -> str:
    """Any text on one line."""
    return printable(" ".join(text.split()))
