"""Benchmarks by name: `python -m tests.bench start fold`; `--json` for tools.

A benchmark measures and gives rows. A row may say in `unmet` what it should have been and is not:
then the exit status is 1. Without names all are run but `soak`, which takes ten minutes.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.bench import (
    figures,
    folding,
    guards,
    inventory,
    keys,
    memory,
    poll,
    polling,
    soak,
    start,
    store,
    wire,
)
from tests.bench.figures import Row


@dataclass(frozen=True, slots=True)
class Bench:
    """A benchmark, and how its rows are shown."""

    measure: Callable[[], Sequence[Row]]
    table: Callable[[Sequence[Row]], list[str]] = figures.table


BENCHES: dict[str, Bench] = {
    "start": Bench(start.measure),
    "keys": Bench(keys.measure),
    "wire": Bench(wire.measure),
    "inventory": Bench(inventory.measure),
    "poll": Bench(poll.measure),
    "fold": Bench(folding.measure),
    "guards": Bench(guards.measure, figures.columns),
    "store": Bench(store.measure),
    "memory": Bench(memory.measure),
    "polling": Bench(polling.measure, polling.table),
    "soak": Bench(soak.measure),
}

ONLY_BY_NAME = frozenset({"soak"})


def main(arguments: Sequence[str]) -> int:
    """Run what is asked for and print its rows."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHES))
    parser.add_argument("--json", action="store_true", help="one JSON object a row")
    wanted = parser.parse_args(arguments)
    unknown = set(wanted.names) - BENCHES.keys()
    if unknown:
        parser.error(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(BENCHES)}")
    _say("machine", [figures.machine()], wanted.json)
    unmet = False
    for name in wanted.names or [name for name in BENCHES if name not in ONLY_BY_NAME]:
        bench = BENCHES[name]
        rows = bench.measure()
        unmet = unmet or any(row.get("unmet") for row in rows)
        _say(name, rows, wanted.json, bench.table)
    return int(unmet)


def _say(
    name: str,
    rows: Sequence[Row],
    as_json: bool,
    table: Callable[[Sequence[Row]], list[str]] = figures.columns,
) -> None:
    if as_json:
        for row in rows:
            print(json.dumps({"bench": name, **row}), flush=True)
    else:
        print("\n".join([name, *table(rows), ""]), flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
