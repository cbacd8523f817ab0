"""The references in the README, drawn from the command line's parser and the plan's schema."""

from __future__ import annotations

from argparse import ArgumentParser, _SubParsersAction
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from drs_tui.cli.arguments import build_parser
from drs_tui.plans import plan_schema

README = Path(__file__).parents[2] / "README.md"

_TOGETHER = {
    "TargetShape": "target",
    "IsolationShape": "isolation",
    "DefaultsShape": "defaults",
    "WaveShape": "a wave",
    "ServerShape": "a server",
    "SelectorShape": "select",
    "GateShape": "gate",
}
"""The shapes that a reader looks up, by the name they are looked up by."""


def commands() -> list[str]:
    """Every command and what it does."""
    return ["| | |", "|---|---|", *(f"| `{name}` | {words} |" for name, words in _leaves())]


def plan_keys() -> list[str]:
    """Every key that may stand in a plan file; those that have to stand there in bold."""
    schema = plan_schema()
    shapes: dict[str, Mapping[str, Any]] = {"the plan": schema}
    shapes |= {words: schema["$defs"][name] for name, words in _TOGETHER.items()}
    lines = ["| in | key | |", "|---|---|---|"]
    for words, shape in shapes.items():
        needed = shape.get("required", ())
        for number, (key, about) in enumerate(shape["properties"].items()):
            shown = f"**`{key}`**" if key in needed else f"`{key}`"
            lines.append(f"| {'' if number else words} | {shown} | {_cell(about['description'])} |")
    return lines


SECTIONS = {"commands": commands, "plan keys": plan_keys}
"""What stands between the comments of these names."""


def renewed(text: str) -> str:
    """A README with its references as they should be.

    Raises:
        ValueError: A reference has no place in it.
    """
    for name, lines in SECTIONS.items():
        begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->\n"
        if text.count(begin) != 1 or text.count(end) != 1:
            raise ValueError(f"README.md has no one place for {name!r}")
        before, _, rest = text.partition(begin)
        after = rest.partition(end)[2]
        body = "".join(f"{line}\n" for line in lines())
        text = f"{before}{begin}{body}{end}{after}"
    return text


def _leaves(parser: ArgumentParser | None = None) -> Iterator[tuple[str, str]]:
    parser = parser or build_parser()
    for group in parser._actions:
        if not isinstance(group, _SubParsersAction):
            continue
        helps = {choice.dest: choice.help for choice in group._choices_actions}
        for name, command in group.choices.items():
            below = list(_leaves(command))
            yield from below or [(command.prog, _cell(helps[name] or ""))]


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
