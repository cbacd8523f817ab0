"""`drs-tui runs verify`: whether runs are as they were recorded, and what vouches for that."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

from drs_tui.audit.listing import ids_in_any_list
from drs_tui.audit.seal import Sealer
from drs_tui.audit.verify import PROVEN, Proof, prove_file, prove_run
from drs_tui.cli.asynchronous import run_async
from drs_tui.cli.failure import CliError
from drs_tui.cli.files import is_file, run_file
from drs_tui.cli.say import say, tell, tell_json
from drs_tui.cli.stores import NoStoreYet, find_id, opened
from drs_tui.clock import SystemClock
from drs_tui.config import Settings
from drs_tui.driver.sealing import sealers_of
from drs_tui.model.exit_codes import FAILED, SUCCEEDED
from drs_tui.model.seals import Confirmation, Seal, SealError, failed, made

_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class _Asked:
    """A seal, and what its place says of it."""

    seal: Seal
    answer: Confirmation | None
    """None where nobody could be asked."""

    words: str
    """Why not."""


def verify(settings: Settings, reference: str | None, *, expect: str | None, as_json: bool) -> int:
    """Verify a run or a file, or all runs of the store for None; 1 if one is not as written.

    Raises:
        CliError: there is no such run or file, or `expect` is not a hash.
    """
    expected = (expect or "").strip().lower()
    if expect is not None and not _HASH.fullmatch(expected):
        raise CliError("--expect takes a hash as it was printed: 64 hexadecimal digits")
    return run_async(_verify(settings, reference, expected, as_json))


async def _verify(settings: Settings, reference: str | None, expect: str, as_json: bool) -> int:
    async with AsyncExitStack() as stack:
        sealers = sealers_of(settings.seal, stack, SystemClock())
        if reference is not None and is_file(reference):
            file = run_file(Path(reference))
            fine = await _judge(file.run_id, prove_file(file, expect), sealers, as_json)
        else:
            fine = await _judge_stored(settings, reference, expect, sealers, as_json)
    if fine and not as_json:
        say(PROVEN)
    return SUCCEEDED if fine else FAILED


async def _judge_stored(
    settings: Settings, reference: str | None, expect: str, sealers: Sequence[Sealer], as_json: bool
) -> bool:
    fine = True
    try:
        async with opened(settings) as store:
            if reference is not None:
                run_ids = [await find_id(store, reference)]
            else:
                run_ids = await ids_in_any_list(store)
            for run_id in run_ids:
                proof = await prove_run(store, run_id, expect)
                fine &= await _judge(run_id, proof, sealers, as_json)
    except NoStoreYet as nothing:
        if reference is not None:
            raise
        say(str(nothing))
    return fine


async def _judge(run_id: str, proof: Proof, sealers: Sequence[Sealer], as_json: bool) -> bool:
    """Ask the places where a run was sealed, and tell what was found; False: it is broken."""
    seals = [await _ask(seal, sealers) for seal in made(proof.run.seals if proof.run else ())]
    denied = [asked.answer.words for asked in seals if asked.answer and not asked.answer.ok]
    problem = proof.verdict.problem or (f"sealed otherwise: {denied[0]}" if denied else "")
    if as_json:
        tell_json(_to_data(run_id, proof, seals, problem))
    else:
        for line in _lines(run_id, proof, seals, problem):
            tell(line)
    return not problem


async def _ask(seal: Seal, sealers: Sequence[Sealer]) -> _Asked:
    for sealer in sealers:
        if (sealer.kind, sealer.where(seal.statement)) == (seal.kind, seal.where):
            try:
                answer = await sealer.confirm(seal)
            except SealError as error:
                return _Asked(seal, None, f"which can't be asked now: {error}")
            if answer is not None:
                return _Asked(seal, answer, "")
    return _Asked(seal, None, "by its own record: compare the hash with the one there")


def _lines(run_id: str, proof: Proof, seals: Sequence[_Asked], problem: str) -> list[str]:
    verdict = proof.verdict
    if problem:
        return [f"{run_id}: BROKEN, {problem}"]
    lines = [f"{run_id}: fine, {verdict.events} events, the last with hash {verdict.head_hash}"]
    if proof.run is not None and proof.run.stamp:
        lines.append(f"  {proof.run.stamp}")
    if proof.expected_seq is not None:
        later = verdict.events - proof.expected_seq
        lines.append(f"  event {proof.expected_seq} has the expected hash, {later} follow it")
    for asked in seals:
        statement = asked.seal.statement
        confirmed = asked.answer.words if asked.answer else f"{asked.seal.where}, {asked.words}"
        lines.append(f"  sealed up to event {statement.seq}, hash {statement.hash}: {confirmed}")
    if not seals:
        lines.append("  unsealed: nothing outside of this record vouches for it")
    if proof.run is not None:
        lines += [
            f"  not sealed since by {s.kind} {s.where}: {s.words}" for s in failed(proof.run.seals)
        ]
        lines += [f"  imported from {i.store} by {i.actor}" for i in proof.run.imports]
    return lines


def _to_data(run_id: str, proof: Proof, seals: Sequence[_Asked], problem: str) -> dict[str, object]:
    return {
        "run_id": run_id,
        **asdict(proof.verdict),
        "ok": not problem,
        "problem": problem,
        "expected_seq": proof.expected_seq,
        "sealed_seq": proof.sealed_seq,
        "seals": [
            {
                **asked.seal.to_data(),
                "confirmed": asked.answer.ok if asked.answer else None,
                "words": asked.answer.words if asked.answer else asked.words,
            }
            for asked in seals
        ],
        "imported": bool(proof.run and proof.run.imports),
        "evidence": bool(proof.run and proof.run.is_evidence),
    }
