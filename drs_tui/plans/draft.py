"""A draft of a plan: waves of servers, from wherever, as a file to look over."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from drs_tui.documents.problems import printable
from drs_tui.model.checks.servers import AMBER_STATES, GREEN_STATES
from drs_tui.model.observed import SourceServer
from drs_tui.model.plan import Target
from drs_tui.plans.folders import plan_files
from drs_tui.plans.problems import PlanError
from drs_tui.plans.reading import parse_plan, read_plan
from drs_tui.plans.values import NAME, SOURCE_SERVER_ID


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

    by_tag: str = ""
    """The tag that told the waves apart; empty when none did."""


def draft_of(
    name: str,
    waves: Mapping[str, Sequence[SourceServer]],
    *,
    made_of: str,
    target: Target | None = None,
) -> Draft:
    """Write waves of servers as a plan file.

    Args:
        name: The plan's name.
        waves: The servers of each wave, in the order in which they come up. Those that DRS was not
            asked about have a name, an id or both, and no replication state.
        made_of: Of what the waves were made, for the file's first line.
        target: Where the servers are.

    Raises:
        DraftError: the name is no name of a plan, or the waves make no plan.
    """
    if not re.fullmatch(NAME, name):
        raise DraftError(
            f"{printable(name)!r} is no name of a plan: up to 64 of a-z, 0-9 and hyphen, "
            "not beginning or ending with a hyphen"
        )
    text = "\n".join(_lines(name, made_of, waves, target or Target())) + "\n"
    try:
        parse_plan(text, f"{name}.yaml")
    except PlanError as error:
        raise DraftError(f"these servers make no plan\n{error}") from error
    return Draft(name, text, waves)


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


def _lines(
    name: str, made_of: str, waves: Mapping[str, Sequence[SourceServer]], target: Target
) -> Iterable[str]:
    yield f"# A draft of {_comment(made_of)}. Before the first drill:"
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
    named = f"    # {_comment(server.name)}" if server.name not in ("", server.id) else ""
    return f"{server.id}{named}{_remark(server, named)}"


def _remark(server: SourceServer, before: str = "") -> str:
    state = server.replication_state
    if not state or state in GREEN_STATES:
        return ""
    means = "older data would launch" if state in AMBER_STATES else "it cannot launch as it is"
    said = f"replication is {_comment(state)}: {means}"
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
