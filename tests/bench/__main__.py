"""Benchmarks by name: `python -m tests.bench audit`, all of them without one; `--json` for tools.

A benchmark measures and gives rows. A row may say in `unmet` what it should have been and is not:
then the exit status is 1.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from tests.bench import audit, guards, polling

Row: TypeAlias = Mapping[str, str | int]

BENCHES: dict[str, Callable[[], Sequence[Row]]] = {
    "audit": audit.measure,
    "guards": guards.measure,
    "polling": polling.measure,
}


def main(arguments: Sequence[str]) -> int:
    """Run what is asked for and print its rows."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHES))
    parser.add_argument("--json", action="store_true", help="one JSON object a row")
    wanted = parser.parse_args(arguments)
    unknown = set(wanted.names) - BENCHES.keys()
    if unknown:
        parser.error(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(BENCHES)}")
    unmet = False
    for name in wanted.names or BENCHES:
        rows = BENCHES[name]()
        unmet = unmet or any(row.get("unmet") for row in rows)
        if wanted.json:
            for row in rows:
                print(json.dumps({"bench": name, **row}))
        else:
            table = polling.table if name == "polling" else _table
            print("\n".join([name, *table(rows), ""]))
    return int(unmet)


def _table(rows: Sequence[Row]) -> list[str]:
    """Rows as columns: what was measured stands on the left."""
    lines = [[name, *[_cell(row[name]) for row in rows]] for name in rows[0]]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return [
        "  " + "  ".join([line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])])
        for line in lines
    ]


def _cell(value: str | int) -> str:
    return f"{value:,}" if isinstance(value, int) else value


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
