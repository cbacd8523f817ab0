"""Sealing a run: its newest hash goes where nobody who can change the record can change it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from drs_tui.model.events import Event, EventType, Json, text_of

SEALED_AFTER = frozenset(
    {
        EventType.RUN_CREATED,
        EventType.WAVE_GATE_OPENED,
        EventType.WAVE_APPROVED,
        EventType.WAVE_DECLINED,
        EventType.RUN_FINISHED,
        EventType.CLEANUP_FINISHED,
    }
)
"""The events after which a run is sealed: its start, what people answered for, its end."""


class SealError(Exception):
    """A run could not be sealed, or its seal not be looked at; the message says why."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What is sealed: that a run had this hash at this moment."""

    run_id: str
    seq: int
    """The event that the hash is of; it vouches for all before it."""

    hash: str
    at: str
    """Real time, in UTC."""

    simulated: bool
    evidence: bool | None = None
    """Whether it was AWS itself that answered; None where it was sealed without saying so."""

    @property
    def text(self) -> str:
        """As it is written where it is sealed: JSON with sorted keys and no spaces, in ASCII."""
        return json.dumps(self.to_data(), sort_keys=True, separators=(",", ":"))

    def to_data(self) -> dict[str, Json]:
        """As event data."""
        evidence: dict[str, Json] = {} if self.evidence is None else {"evidence": self.evidence}
        return {
            "run_id": self.run_id,
            "seq": self.seq,
            "hash": self.hash,
            "at": self.at,
            "simulated": self.simulated,
            **evidence,
        }


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What the place says where a run was sealed."""

    ok: bool
    words: str


@dataclass(frozen=True, slots=True)
class Seal:
    """One try to seal a run, as `run.sealed` records it."""

    kind: str
    """`command`, `s3` or `kms`."""

    where: str
    """The command, the object or the key."""

    statement: Statement
    ok: bool
    receipt: Mapping[str, str] = field(default_factory=dict)
    """What came back: a command's output, an object's version, a signature."""

    words: str = ""
    """Why it did not succeed."""

    def to_data(self) -> dict[str, Json]:
        """As event data."""
        failed: dict[str, Json] = {"words": self.words} if self.words else {}
        return {
            "kind": self.kind,
            "where": self.where,
            "statement": self.statement.to_data(),
            "ok": self.ok,
            "receipt": dict(self.receipt),
            **failed,
        }

    @classmethod
    def from_event(cls, event: Event) -> Seal:
        """What an event of this or another version says; what can't be read is not ok."""
        data = event.data
        said = data.get("statement")
        statement = said if isinstance(said, Mapping) else {}
        given = data.get("receipt")
        receipt = given if isinstance(given, Mapping) else {}
        seq, evidence = statement.get("seq"), statement.get("evidence")
        return cls(
            kind=text_of(data, "kind"),
            where=text_of(data, "where"),
            statement=Statement(
                run_id=text_of(statement, "run_id"),
                seq=seq if isinstance(seq, int) else 0,
                hash=text_of(statement, "hash"),
                at=text_of(statement, "at"),
                simulated=statement.get("simulated") is True,
                evidence=evidence if isinstance(evidence, bool) else None,
            ),
            ok=data.get("ok") is True,
            receipt={name: text for name, text in receipt.items() if isinstance(text, str)},
            words=text_of(data, "words"),
        )


def made(seals: Iterable[Seal]) -> tuple[Seal, ...]:
    """The newest seal of each kind; it vouches for all events before it."""
    return tuple({seal.kind: seal for seal in seals if seal.ok}.values())


def failed(seals: Iterable[Seal]) -> tuple[Seal, ...]:
    """The last try of each kind whose last try did not succeed."""
    return tuple(s for s in {seal.kind: seal for seal in seals}.values() if not s.ok)
