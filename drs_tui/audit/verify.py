"""Verifying a recorded run: its chain from the first event, its seals, its header."""

from __future__ import annotations

from dataclasses import dataclass, replace

from drs_tui.audit.bundle import RunFile
from drs_tui.audit.chain import ChainCheck, Verdict
from drs_tui.audit.store import BadRecord, RunStore
from drs_tui.model.events import Event, EventType
from drs_tui.model.header import RunHeader
from drs_tui.model.run import apply, header_of
from drs_tui.model.seals import made
from drs_tui.model.state.run import Run

PROVEN = (
    "A chain of hashes shows every change by whoever cannot write all its events and the header "
    "anew; for whoever can, there is a seal, or a hash that was kept elsewhere (--expect)."
)
"""What it says that a run verifies, and what it doesn't."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What verifying a run found, and what vouches for it from outside."""

    verdict: Verdict
    run: Run | None
    """As the events that hold fold; None when there are none."""

    expected_seq: int | None = None
    """The event that has the hash which somebody kept elsewhere."""

    @property
    def sealed_seq(self) -> int:
        """The last event that is sealed, by the run's own record; 0 for none."""
        seals = made(self.run.seals) if self.run else ()
        return max((seal.statement.seq for seal in seals), default=0)


async def verify_run(store: RunStore, run_id: str) -> Verdict:
    """Read a run as it is stored and say whether its events and their number are as written.

    A run that is appended to meanwhile is verified up to where its header stands in the end.

    Raises:
        RunNotFound: no such run.
        BadRecord: its header cannot be read.
        StoreUnavailable: the store is out of reach.
    """
    check = ChainCheck(run_id)
    while True:
        before = check.events
        async for text in store.texts(run_id, before):
            if not check.feed(text):
                return check.verdict()
        # Read after the events, for a header read before them may be behind them.
        header = await store.header(run_id)
        if header.seq <= check.events or check.events == before:
            return check.verdict(header)


async def prove_run(store: RunStore, run_id: str, expect: str = "") -> Proof:
    """The same, and hold the header and the seals against what the events say.

    `expect` is the hash of one of its events, as somebody kept it elsewhere; empty for none.

    Raises:
        RunNotFound: no such run.
        StoreUnavailable: the store is out of reach.
    """
    check = RunCheck(run_id, expect)
    while True:
        before = check.events
        async for text in store.texts(run_id, before):
            if not check.feed(text):
                return check.proof()
        try:
            header = await store.header(run_id)
            misfiled = await store.misfiled(run_id)
        except BadRecord as error:
            return _beside(check.proof(), str(error))
        if header.seq <= check.events or check.events == before:
            return _beside(check.proof(header), misfiled)


def prove_file(file: RunFile, expect: str = "") -> Proof:
    """The same of a run that is in no store: a bundle's own members stand for the header."""
    check = RunCheck(file.run_id, expect)
    for text in (*file.texts, file.rest) if file.rest else file.texts:
        if not check.feed(text):
            break
    return _beside(check.proof(), file.problem)


class RunCheck:
    """Verifies the stored texts of one run, fed in order, and folds those that hold."""

    def __init__(self, run_id: str, expect: str = "") -> None:
        """Expect event 1 of `run_id`, and `expect` among the hashes unless it is empty."""
        self._chain = ChainCheck(run_id)
        self._expect = expect
        self._run: Run | None = None
        self._hashes: list[str] = []
        self._problem = ""

    @property
    def events(self) -> int:
        """How many hold so far."""
        return len(self._hashes)

    def feed(self, text: str) -> bool:
        """Check the next event; False once something is wrong."""
        if self._problem or not self._chain.feed(text):
            return False
        event = self._chain.last
        assert event is not None, "it holds"
        run = apply(self._run, event)
        self._problem = self._judge_seal(event, run)
        if not self._problem:
            self._hashes.append(event.hash)
            self._run = run
        return not self._problem

    def proof(self, header: RunHeader | None = None) -> Proof:
        """What was found, with the header held against the fold if it is given."""
        verdict = self._chain.verdict(header)
        if self._problem:
            last = self._hashes[-1]
            verdict = Verdict(False, self.events, self._problem, self.events + 1, last)
        elif verdict.ok and header is not None and self._run is not None:
            verdict = _with(verdict, _judge_header(header, header_of(self._run)))
        expected_seq = None
        if self._expect in self._hashes:
            expected_seq = self._hashes.index(self._expect) + 1
        elif verdict.ok and self._expect:
            verdict = _with(verdict, f"no event has the expected hash {self._expect}")
        return Proof(verdict, self._run, expected_seq)

    def _judge_seal(self, event: Event, run: Run) -> str:
        """A seal is of an event before it, and of the hash that this event has."""
        if event.type != EventType.RUN_SEALED:
            return ""
        statement = run.seals[-1].statement
        if not 1 <= statement.seq <= self.events:
            return f"event {event.seq} seals event {statement.seq}, which is not one before it"
        if (statement.run_id, statement.hash) != (run.run_id, self._hashes[statement.seq - 1]):
            return (
                f"event {event.seq} says that event {statement.seq} was sealed with another hash "
                "than it has"
            )
        return ""


def _beside(proof: Proof, problem: str) -> Proof:
    """The proof of events that hold, with what is wrong beside them; of others, as it is."""
    if proof.verdict.ok and problem:
        return replace(proof, verdict=_with(proof.verdict, problem))
    return proof


def _with(verdict: Verdict, problem: str) -> Verdict:
    """The verdict on a chain that holds, with what is wrong beside it."""
    return replace(verdict, ok=not problem, problem=problem)


def _judge_header(stored: RunHeader, folded: RunHeader) -> str:
    # The epoch is the store's own.
    for name in RunHeader.__slots__:
        told, known = getattr(stored, name), getattr(folded, name)
        if name != "epoch" and told != known:
            return f"the header says {name} {told}, and the events say {known}"
    return ""
