"""What a benchmark gives: rows of figures, what stands beside them, and what must be reached.

Whatever is compared is measured in turn, in one run, and told by its medians: on a machine that
others use too only that means anything.
"""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Callable, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from shutil import which
from statistics import median
from typing import TypeAlias

Row: TypeAlias = Mapping[str, str | int | float]
"""Figures by name; `unmet` says what was to be reached and was not, and is empty otherwise."""

_LIBRARIES = ("textual", "aiobotocore", "botocore", "boto3")


def in_turn(
    ways: Mapping[str, Callable[[], float]], rounds: int, *, warm_up: int = 1
) -> dict[str, list[float]]:
    """Measure each way once a round; what the first `warm_up` rounds give is forgotten."""
    found: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(warm_up + rounds):
        for name, measured in ways.items():
            value = measured()
            if number >= warm_up:
                found[name].append(value)
    return found


def row(
    what: str,
    ours: float,
    unit: str,
    *,
    beside: str = "",
    theirs: float | None = None,
    times: float | None = None,
    quicker: float | None = None,
    most: float | None = None,
) -> Row:
    """One figure, and whether it reaches what it must.

    Args:
        what: What was measured.
        ours: What this program took.
        unit: Of both figures.
        beside: The alternative.
        theirs: What the alternative took.
        times: How many times theirs ours may be at most.
        quicker: How many times ours theirs must be at least.
        most: What ours may be at most, by itself.
    """
    figures: dict[str, str | int | float] = {"measured": what, "ours": _short(ours), "unit": unit}
    unmet = []
    if theirs is not None:
        figures |= {"beside": beside, "theirs": _short(theirs)}
        if quicker is None:
            figures["ratio"] = _short(ours / theirs) if theirs else 0.0
        else:
            figures["times_quicker"] = _short(theirs / ours)
    must = []
    if times is not None and theirs is not None:
        must.append(f"≤ {times:g} x")
        unmet += [f"{ours / theirs:.2f} x" if theirs else "nothing"] * (ours > times * theirs)
    if quicker is not None and theirs is not None:
        must.append(f"≥ {quicker:g} x quicker")
        unmet += [f"{theirs / ours:.1f} x"] * (theirs < quicker * ours)
    if most is not None:
        must.append(f"≤ {most:g} {unit}")
        unmet += [f"{_short(ours):g} {unit}"] * (ours > most)
    return {**figures, "must": ", ".join(must), "unmet": ", ".join(unmet)}


def middle(values: Sequence[float]) -> float:
    """The median."""
    return float(median(values))


def percentile(values: Sequence[float], share: float) -> float:
    """The value that so large a share of all is not above."""
    ordered = sorted(values)
    return ordered[max(0, -(-round(share * len(ordered) * 1000) // 1000) - 1)]


def table(rows: Sequence[Row]) -> list[str]:
    """A line for each figure: measured, ours, theirs, ratio, and what must be reached."""
    lines = []
    for each in rows:
        unit = str(each["unit"])
        beside = f"{each['beside']} {each['theirs']:,} {unit}" if "beside" in each else ""
        ratio = f"{each['ratio']:g} x" if "ratio" in each else ""
        if "times_quicker" in each:
            ratio = f"1/{each['times_quicker']:g}"
        must = f"{each['must']}: {'UNMET' if each['unmet'] else 'met'}" if each["must"] else ""
        lines.append([str(each["measured"]), f"{each['ours']:,} {unit}", beside, ratio, must])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return [
        "  " + "  ".join(t.ljust(w) for t, w in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]


def columns(rows: Sequence[Row]) -> list[str]:
    """Rows as columns: what was measured stands on the left."""
    lines = [[name, *[_cell(each[name]) for each in rows]] for name in rows[0]]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return [
        "  " + "  ".join([line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])])
        for line in lines
    ]


def _cell(value: str | int | float) -> str:
    return value if isinstance(value, str) else f"{value:,}"


def machine() -> Row:
    """What the figures were measured on, and with."""
    versions = " ".join(f"{name} {metadata.version(name)}" for name in _LIBRARIES)
    aws = which("aws")
    if aws is not None:
        said = subprocess.run([aws, "--version"], capture_output=True, text=True, check=True)
        versions += f" {said.stdout.split()[0]}"
    return {
        "machine": f"{platform.system()} {platform.release()}, {_processor()}",
        "cores": os.cpu_count() or 0,
        "load": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "versions": versions,
    }


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.machine()
    models = [line.split(":", 1)[1].strip() for line in text.splitlines() if "model name" in line]
    return models[0] if models else platform.machine()


def _short(value: float) -> float:
    """Three digits that mean something; whole where there are more."""
    if abs(value) >= 100:
        return round(value)
    return float(f"{value:.3g}")
