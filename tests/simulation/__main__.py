"""Runs seeds: `python -m tests.simulation --seeds 10000`, or one with `--seed N --trace`."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace

import pytest

from tests.simulation.mutants import MUTANTS, Mutant
from tests.simulation.world import Outcome, World

MUTANT_SEEDS = 200
"""Within which each mutant has to be caught."""


def play(seed: int, faults: frozenset[str] | None = None) -> Outcome:
    """One drill, without its trace."""
    return replace(World(seed, faults=faults).run(), lines=())


def play_many(seeds: Iterable[int], jobs: int) -> Iterator[Outcome]:
    """Many drills, in the order of their seeds."""
    if jobs == 1:
        yield from map(play, seeds)
        return
    with ProcessPoolExecutor(jobs, initializer=_collect_seldom) as pool:
        yield from pool.map(play, seeds, chunksize=8)


def _collect_seldom() -> None:
    """A tenth of the time went to looking for garbage among what stays."""
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


def first_to_catch(
    mutant: Mutant, seeds: Iterable[int], faults: frozenset[str] | None = None
) -> Outcome | None:
    """The first drill that a mutant breaks, an ordinary one unless its `faults` are named."""
    with pytest.MonkeyPatch.context() as patch:
        mutant(patch)
        outcomes = (play(seed, faults) for seed in seeds)
        return next((outcome for outcome in outcomes if outcome.broken), None)


def replay_words(seed: int) -> str:
    """How a seed is seen again."""
    return f"python -m tests.simulation --seed {seed} --trace"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000, help="how many (default: %(default)s)")
    parser.add_argument("--first", type=int, default=0, help="the first one")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--seed", type=int, help="only this one")
    parser.add_argument("--trace", action="store_true", help="print all that happens, with --seed")
    parser.add_argument(
        "--mutants",
        action="store_true",
        help=f"the program with a promise taken out at a time, {MUTANT_SEEDS} seeds each",
    )
    arguments = parser.parse_args()
    if arguments.mutants:
        return _hunt(arguments.first, arguments.jobs)
    if arguments.seed is not None:
        return _show(World(arguments.seed).run(), trace=arguments.trace)
    seeds = range(arguments.first, arguments.first + arguments.seeds)
    return _total(play_many(seeds, arguments.jobs))


def _show(outcome: Outcome, *, trace: bool) -> int:
    if trace:
        _say(*outcome.lines)
    _say(*(f"BROKEN: {words}" for words in outcome.broken))
    ends = ", ".join(outcome.ends) or "nothing begun"
    _say(f"seed {outcome.seed}: {ends}, {outcome.launches} launches, {outcome.digest}")
    return 1 if outcome.broken else 0


def _total(outcomes: Iterable[Outcome]) -> int:
    faults: Counter[str] = Counter()
    ends: Counter[str] = Counter()
    drills = launches = failed = 0
    longest = 0.0
    for outcome in outcomes:
        drills += 1
        launches += outcome.launches
        faults += outcome.faults
        ends.update(outcome.ends)
        longest = max(longest, outcome.seconds)
        if outcome.broken:
            failed += 1
            _say(f"seed {outcome.seed}: {outcome.broken[0]}", f"  {replay_words(outcome.seed)}")
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(faults.items()))
    _say(
        f"{drills} drills, {failed} failed, {launches} launches, {faults.total()} faults "
        f"({kinds}), the longest {longest / 3600:.1f} h of virtual time; "
        f"runs {', '.join(f'{count} {end}' for end, count in sorted(ends.items()))}"
    )
    return 1 if failed else 0


def _hunt(first: int, jobs: int) -> int:
    """A line for each mutant: the seed that caught it, and by what."""
    seeds = range(first, first + MUTANT_SEEDS)
    escaped = 0
    with ProcessPoolExecutor(jobs) as pool:
        caught = pool.map(first_to_catch, MUTANTS, [seeds] * len(MUTANTS))
        for mutant, outcome in zip(MUTANTS, caught, strict=True):
            escaped += outcome is None
            words = f"seed {outcome.seed}: {outcome.broken[0]}" if outcome else "ESCAPED"
            _say(f"{mutant.__name__:<34}{words}")
    _say(f"{len(MUTANTS) - escaped} of {len(MUTANTS)} caught within {MUTANT_SEEDS} seeds")
    return 1 if escaped else 0


def _say(*lines: str) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
