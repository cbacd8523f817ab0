"""The chain: how an event is written down, and how a change to one is found.

An event is one line of canonical JSON: UTF-8, keys sorted by code point, no spaces, nothing escaped
but quotes, backslashes and control characters, whole numbers only. Its members are `actor`, `at`
(UTC, six decimals, `Z`), `data`, `hash`, `prev_hash`, `run_id`, `seq` and `type`. `hash` is the
SHA-256 of the line without its `hash` member, `prev_hash` the hash of the event before.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

from drs_tui.audit.store import BadRecord
from drs_tui.model.events import Draft, Event, Json
from drs_tui.model.header import RunHeader
from drs_tui.model.replacing import made
from drs_tui.model.times import format_time

ZERO_HASH = "0" * 64
"""The `prev_hash` of a run's first event."""

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z\Z")
"""As `format_time` writes it."""

_TEXTS = ("actor", "at", "hash", "prev_hash", "run_id", "type")
_MEMBERS = frozenset({*_TEXTS, "data", "seq"})


# Writing ----------------------------------------------------------------------------------------


def canonical(value: Json) -> str:
    """The one way to write a value down; lone surrogates become U+FFFD.

    Raises:
        TypeError: a float, a key that is no string, or something JSON doesn't have.
    """
    return _dump(_plain(value))


def clean(value: object) -> Json:
    """What may come from outside, made fit for `canonical`: nothing there may stop a record.

    Lone surrogates become U+FFFD; a number with a fraction, or anything that JSON doesn't have,
    becomes its text.
    """
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, Mapping):
        return {_whole(str(key)): clean(member) for key, member in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray):
        return [clean(item) for item in value]
    return _whole(str(value))


def seal(run_id: str, seq: int, prev_hash: str, draft: Draft) -> Event:
    """Give a draft its place in the chain.

    Raises:
        TypeError: the draft's data has something canonical JSON doesn't have.
        ValueError: the draft's time has no zone.
    """
    if draft.at.tzinfo is None:
        raise ValueError(f"the time of {draft.type} needs a zone")
    data = _plain(draft.data)
    envelope: dict[str, Any] = {
        "actor": _whole(draft.actor),
        "at": format_time(draft.at),
        "data": data,
        "prev_hash": prev_hash,
        "run_id": run_id,
        "seq": seq,
        "type": _whole(draft.type),
    }
    envelope["hash"] = _digest(envelope)
    return _event(envelope, _dump(envelope))


def _plain(value: object) -> Any:
    """A copy of `value` in the types that the json module writes in one way only."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, str):
        return _whole(value)
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise TypeError(f"a key of event data must be a string, not {key!r}")
        return {_whole(key): _plain(member) for key, member in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [_plain(item) for item in value]
    raise TypeError(f"event data can't hold {value!r}: numbers are whole, times are text")


def _whole(text: str) -> str:
    # A plain str: an enum member would be written as the class decides.
    return str(text) if text.isascii() else _LONE_SURROGATE.sub("\ufffd", text)


def _dump(plain: object) -> str:
    return json.dumps(
        plain, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
    )


def _digest(envelope: Mapping[str, Any]) -> str:
    bare = {name: value for name, value in envelope.items() if name != "hash"}
    return hashlib.sha256(_dump(bare).encode()).hexdigest()


# Reading ----------------------------------------------------------------------------------------


def read_event(text: str) -> Event:
    """Read a stored event, without verifying it.

    Raises:
        BadRecord: it isn't an event; the message names the member that is wrong.
    """
    return _event(_envelope(text), text)


def _envelope(text: str) -> dict[str, Any]:
    try:
        envelope = _decoded(text)
    except (ValueError, RecursionError) as error:
        raise BadRecord(f"a stored event is not JSON: {error}") from error
    if not isinstance(envelope, dict):
        raise BadRecord("a stored event is not a JSON object")
    if envelope.keys() != _MEMBERS:
        odd = ", ".join(sorted(map(repr, envelope.keys() ^ _MEMBERS)))
        raise BadRecord(f"a stored event has missing or unknown members: {odd}")
    for name in _TEXTS:
        if not isinstance(envelope[name], str):
            raise BadRecord(f"`{name}` of a stored event is not a string")
    if type(envelope["seq"]) is not int or envelope["seq"] < 1:
        raise BadRecord("`seq` of a stored event is not a whole number from 1")
    if not isinstance(envelope["data"], dict):
        raise BadRecord("`data` of a stored event is not an object")
    for name in ("hash", "prev_hash"):
        if not _is_hash(envelope[name]):
            raise BadRecord(f"`{name}` of a stored event is not a SHA-256 in hexadecimal")
    return envelope


def _decoded(text: str) -> object:
    if text.startswith("{"):
        value, end = _DECODER.raw_decode(text)
        if end == len(text):
            return value
    # White space around it, which counts as JSON, or more behind it, which does not.
    return _DECODER.decode(text)


def _is_hash(text: str) -> bool:
    # Half as long as a regular expression: what the bytes are written as again is lower case only.
    try:
        return len(text) == 64 and bytes.fromhex(text).hex() == text
    except ValueError:
        return False


def _no_float(number: str) -> NoReturn:
    raise ValueError(f"it has the number {number}, which is not whole")


_DECODER = json.JSONDecoder(parse_float=_no_float, parse_constant=_no_float)
"""Made once: `json.loads` would make one for each event."""


def _event(envelope: dict[str, Any], text: str) -> Event:
    envelope["at"] = _moment(envelope["at"])
    envelope["text"] = text
    return made(Event, envelope)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadRecord(f"`at` of a stored event is not a time: {text!r}") from error
    if not _MOMENT.match(text):
        raise BadRecord(f"`at` of a stored event is not in UTC with six decimals: {text!r}")
    return moment


def _is_canonical(envelope: Mapping[str, Any], text: str) -> bool:
    """Whether a text is what `canonical` writes of the envelope that was read from it.

    What was read is plain already, but for lone surrogates. Written as an escape they make another
    text; as they are, which no UTF-8 has, they are found here.
    """
    return _dump(envelope) == text and (text.isascii() or not _LONE_SURROGATE.search(text))


def _digest_of_canonical(envelope: Mapping[str, Any], text: str) -> str:
    """`_digest` of the envelope that a canonical text was read from, without writing it again.

    Only four short members stand behind `hash`, so that its place is told from the text's end.
    """
    behind = _dump({name: envelope[name] for name in ("prev_hash", "run_id", "seq", "type")})
    end = len(text) - len(behind)
    start = end - len(f'"hash":"{envelope["hash"]}"')
    return hashlib.sha256(f"{text[:start]}{text[end + 1 :]}".encode()).hexdigest()


# Verifying --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verifying a run found."""

    ok: bool
    events: int
    """How many events hold, counted up to the first that doesn't."""

    problem: str
    """The first thing that is wrong, in words; empty when all is well."""

    first_bad_seq: int | None
    """Where the first wrong event stands, counted from 1; None when only the header is wrong."""

    head_hash: str
    """The hash of the last event that holds; 64 zeros when there is none."""


class ChainCheck:
    """Verifies the stored texts of one run, fed in order, and stops at the first wrong one."""

    def __init__(self, run_id: str) -> None:
        """Expect event 1 of `run_id`."""
        self.run_id = run_id
        self.events = 0
        self.head_hash = ZERO_HASH
        self.last: Event | None = None
        """The last event that holds."""
        self.problem = ""

    def feed(self, text: str) -> bool:
        """Check the next event; False once something is wrong."""
        if not self.problem:
            self.problem = self._judge(text)
        return not self.problem

    def verdict(self, header: RunHeader | None = None) -> Verdict:
        """What was found, with the header held against the last event if it is given."""
        if self.problem:
            return Verdict(False, self.events, self.problem, self.events + 1, self.head_hash)
        problem = self._judge_header(header) if header is not None else ""
        return Verdict(not problem, self.events, problem, None, self.head_hash)

    def _judge(self, text: str) -> str:
        seq = self.events + 1
        try:
            envelope = _envelope(text)
            _moment(envelope["at"])
            problem = self._misfit(envelope, text, seq)
        except BadRecord as error:
            return f"event {seq}: {error}"
        except RecursionError:  # JSON is read to a greater depth than it is written
            return f"event {seq} was not written here: its data is nested too deeply"
        if not problem:
            self.events = seq
            self.head_hash = envelope["hash"]
            self.last = _event(envelope, text)
        return problem

    def _misfit(self, envelope: Mapping[str, Any], text: str, seq: int) -> str:
        if not _is_canonical(envelope, text):
            return f"event {seq} is not written canonically: its bytes were changed"
        if envelope["hash"] != _digest_of_canonical(envelope, text):
            return f"event {seq} was changed: its hash does not match its content"
        if envelope["run_id"] != self.run_id:
            return f"event {seq} belongs to run {envelope['run_id']}, not to {self.run_id}"
        if envelope["seq"] != seq:
            return f"event {seq} is missing: event {envelope['seq']} stands in its place"
        if envelope["prev_hash"] != self.head_hash:
            return f"event {seq} does not follow the event before it: its prev_hash is another"
        return ""

    def _judge_header(self, header: RunHeader) -> str:
        if header.run_id != self.run_id:
            return f"the header belongs to run {header.run_id}, not to {self.run_id}"
        if header.seq != self.events:
            return f"the header says that {header.seq} events were written; {self.events} are there"
        if header.head_hash != self.head_hash:
            return f"the header's hash is not the one of event {self.events}, the last"
        if not self.events:
            return "it has no events, with which every run begins"
        return ""


def verify(run_id: str, texts: Iterable[str], header: RunHeader | None = None) -> Verdict:
    """Verify the stored texts of a whole run, in order."""
    check = ChainCheck(run_id)
    for text in texts:
        if not check.feed(text):
            break
    return check.verdict(header)
