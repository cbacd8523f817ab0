"""A run in a file: as a bundle that stands for itself, or as its stored lines.

A bundle is one JSON object, UTF-8: `format`, `tool` (name and version of what wrote it), `store`
(where the run was, without secrets), `run_id`, `plan` (as the run was created with it), `evidence`
(false: it was not AWS that answered), `seq` and `head_hash` (of the last event), and `events`,
each the stored text byte for byte. It holds no time and nothing of chance: the same run, exported
by the same version, gives the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from drs_tui import __version__
from drs_tui.audit.chain import read_event
from drs_tui.audit.store import BadRecord
from drs_tui.model.events import Event
from drs_tui.model.run import apply

FORMAT = "drs-tui run 1"
"""What the member `format` of a bundle says."""


@dataclass(frozen=True, slots=True)
class RunFile:
    """A run as a file holds it, not verified."""

    run_id: str
    texts: tuple[str, ...]
    """The stored texts, in order; at least one."""

    rest: str = ""
    """A last line without its end, as of a file that is still written or was cut off."""

    store: str = ""
    """Where it was exported from; empty for stored lines, which don't say."""

    problem: str = ""
    """Where a bundle says of its events what they don't, in words."""


def write_bundle(events: Sequence[Event], store: str) -> bytes:
    """A run with at least one event as a bundle; `store` is the address it was read from."""
    first, last = events[0], events[-1]
    members = {
        "format": FORMAT,
        "tool": {"name": "drs-tui", "version": __version__},
        "store": store,
        "run_id": first.run_id,
        "plan": first.data.get("plan"),
        "evidence": _is_evidence(first),
        "seq": last.seq,
        "head_hash": last.hash,
        "events": [event.text for event in events],
    }
    return json.dumps(members, ensure_ascii=False, indent=1).encode() + b"\n"


def read_run_file(data: bytes) -> RunFile:
    """What stands in a bundle, or in a file of stored lines.

    Raises:
        BadRecord: it is neither.
    """
    text = data.decode("utf-8", "surrogateescape")
    try:
        members = json.loads(text)
    except (ValueError, RecursionError):
        return _lines(text)
    if isinstance(members, dict) and "format" in members:
        return _bundle(members)
    return _lines(text)


def _lines(text: str) -> RunFile:
    *whole, rest = text.split("\n")
    if not whole:
        whole, rest = [rest], ""
    return RunFile(read_event(whole[0]).run_id, tuple(whole), rest)


def _bundle(members: Mapping[str, Any]) -> RunFile:
    if members["format"] != FORMAT:
        raise BadRecord(
            f"it is of the format {members['format']!r}; version {__version__} reads {FORMAT!r}"
        )
    texts, run_id, store = (members.get(name) for name in ("events", "run_id", "store"))
    if not isinstance(texts, list) or not texts or not all(isinstance(t, str) for t in texts):
        raise BadRecord("its member `events` is not a list of texts with at least one")
    if not isinstance(run_id, str):
        raise BadRecord("its member `run_id` is not a text")
    return RunFile(
        run_id,
        tuple(texts),
        store=store if isinstance(store, str) else "",
        problem=_disagreement(members, texts),
    )


def _disagreement(members: Mapping[str, Any], texts: Sequence[str]) -> str:
    """Where the members beside the events say something else than the events, in words."""
    try:
        first, last = read_event(texts[0]), read_event(texts[-1])
    except BadRecord as error:
        return str(error)
    said = {
        "plan": first.data.get("plan"),
        "evidence": _is_evidence(first),
        "seq": last.seq,
        "head_hash": last.hash,
    }
    for name, value in said.items():
        if members.get(name) != value:
            return f"the file's member `{name}` is not what its events say"
    return ""


def _is_evidence(first: Event) -> bool:
    return apply(None, first).is_evidence
