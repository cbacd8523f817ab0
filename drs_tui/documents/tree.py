"""YAML as a tree in which every key and value knows its line and column.

Scalars stay the text that was written: YAML 1.1 would read an account as an octal number,
12:30 as a count of minutes and `on` as true.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import yaml

from drs_tui.documents.problems import UNPRINTABLE, Findings, Kind, Mark, quoted

MAX_DEPTH = 20
"""Nobody needs half of it; PyYAML and the reader would follow any depth until the stack ends."""


class Blank:
    """The value of a key after which nothing is written.

    Of a type of its own since optional fields would take None, and texts an enum's member.
    """


BLANK = Blank()


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text, or `BLANK`."""

    mark: Mark
    value: str | Blank


@dataclass(frozen=True, slots=True)
class List:
    """A list of nodes."""

    mark: Mark
    items: list[Node] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Entry:
    """A key of a mapping, by its place, and the value under it."""

    key_mark: Mark
    value: Node


@dataclass(frozen=True, slots=True)
class Mapping:
    """Nodes by key; of a key that stands twice, the first."""

    mark: Mark
    entries: dict[str, Entry] = field(default_factory=dict)


Node = Scalar | List | Mapping
Plain = str | Blank | list["Plain"] | dict[str, "Plain"]


def read_tree(text: str, findings: Findings) -> Mapping:
    """The mapping that a file holds; keys that stand twice are added to `findings`.

    Raises:
        DocumentError: the text is not one YAML document with a mapping at the top.
    """
    refuse_unprintable(text, findings)
    return _Composer(text, findings).document()


def refuse_unprintable(text: str, findings: Findings) -> None:
    """Stop at the first character that doesn't belong in a text file.

    Raises:
        DocumentError: there is one.
    """
    if found := UNPRINTABLE.search(text):
        before = text[: found.start()].replace("\r\n", "\n").replace("\r", "\n")
        mark = Mark(before.count("\n") + 1, len(before) - before.rfind("\n"))
        raise findings.fatal(mark, _unprintable(found[0], findings.kind))


def plain(node: Node) -> Plain:
    """The node as lists, dicts, texts and `BLANK`."""
    match node:
        case Scalar():
            return node.value
        case List():
            return [plain(item) for item in node.items]
        case Mapping():
            return {key: plain(entry.value) for key, entry in node.entries.items()}


def _unprintable(character: str, kind: Kind) -> str:
    return (
        f"the unprintable character U+{ord(character):04X}; {kind.noun} is printable text in "
        "UTF-8, since it is shown on terminals"
    )


def _mark(mark: yaml.Mark) -> Mark:
    return Mark(mark.line + 1, mark.column + 1)


class _Composer:
    """Builds the tree from PyYAML's events, which unlike its own nodes can be refused in time."""

    def __init__(self, text: str, findings: Findings) -> None:
        self._text = text
        self._findings = findings
        self._kind = findings.kind
        self._loader = yaml.SafeLoader(text)

    def document(self) -> Mapping:
        self._next()  # the stream's start
        if isinstance(self._peek(), yaml.StreamEndEvent):
            raise self._empty()
        self._next()  # the document's start
        root = self._node(depth=1)
        self._next()  # the document's end
        after = self._peek()
        if not isinstance(after, yaml.StreamEndEvent):
            raise self._fatal(after, f"a second document; {self._kind.noun} is a file of its own")
        if isinstance(root, Mapping):
            return root
        if root == Scalar(root.mark, BLANK):
            raise self._empty()
        kind = "a list" if isinstance(root, List) else "a text"
        raise self._findings.fatal(
            root.mark,
            f"{kind} at the top; {self._kind.noun} is a mapping with {self._kind.holds}",
        )

    def _node(self, depth: int) -> Node:
        event = self._next()
        self._refuse_references(event)
        mark = _mark(event.start_mark)
        if isinstance(event, yaml.ScalarEvent):
            return Scalar(mark, self._scalar(event))
        if depth == MAX_DEPTH:
            raise self._fatal(event, f"lists and mappings {depth} deep; half of that is enough")
        if isinstance(event, yaml.SequenceStartEvent):
            return self._list(List(mark), depth)
        return self._mapping(Mapping(mark), depth)

    def _list(self, sequence: List, depth: int) -> List:
        while not isinstance(self._peek(), yaml.SequenceEndEvent):
            sequence.items.append(self._node(depth + 1))
        self._next()
        return sequence

    def _mapping(self, mapping: Mapping, depth: int) -> Mapping:
        while not isinstance(self._peek(), yaml.MappingEndEvent):
            event = self._next()
            self._refuse_references(event)
            key = self._scalar(event) if isinstance(event, yaml.ScalarEvent) else BLANK
            if isinstance(key, Blank):
                raise self._fatal(event, "a value without a key; a key is a word")
            mark = _mark(event.start_mark)
            entry = Entry(mark, self._node(depth + 1))
            first = mapping.entries.setdefault(key, entry)
            if first is not entry:
                self._findings.add(
                    mark,
                    f"{quoted(key)} stands twice, first on line {first.key_mark.line}; "
                    "a key stands once in a mapping",
                )
        self._next()
        return mapping

    def _scalar(self, event: yaml.ScalarEvent) -> str | Blank:
        if found := UNPRINTABLE.search(event.value):
            raise self._fatal(event, _unprintable(found[0], self._kind))
        text: str = event.value
        return text if text or event.style else BLANK

    def _refuse_references(self, event: Any) -> None:
        if isinstance(event, yaml.AliasEvent):
            raise self._fatal(
                event, f"the alias *{event.anchor}; {self._kind.noun} writes everything out"
            )
        if event.anchor is not None:
            raise self._fatal(
                event, f"the anchor &{event.anchor}; {self._kind.noun} writes everything out"
            )
        if event.tag is not None:
            raise self._fatal(
                event, f"the tag {quoted(event.tag)}; the values need none, quote a text"
            )

    def _empty(self) -> Exception:
        kind = self._kind
        return self._findings.fatal(Mark(1, 1), f"the file is empty; {kind.noun} has {kind.holds}")

    def _fatal(self, event: Any, message: str) -> Exception:
        return self._findings.fatal(_mark(event.start_mark), message)

    # PyYAML's event methods have no types.
    def _peek(self) -> Any:
        return self._read(self._loader.peek_event)

    def _next(self) -> Any:
        return self._read(self._loader.get_event)

    def _read(self, method: Any) -> Any:
        try:
            return method()
        except yaml.MarkedYAMLError as error:
            raise self._syntax_error(error) from None
        except (ValueError, OverflowError):
            # PyYAML hands "\UFFFFFFFF" to chr() and %YAML 1.<5,000 digits> to int().
            mark = _mark(self._loader.get_mark())
            raise self._findings.fatal(
                mark, "a number out of range; an escape names a Unicode character"
            ) from None

    def _syntax_error(self, error: yaml.MarkedYAMLError) -> Exception:
        mark = error.problem_mark or error.context_mark or self._loader.get_mark()
        if self._text[mark.index : mark.index + 1] == "\t":
            message = "a tab; YAML is indented and separated with spaces"
        else:
            message = f"not YAML: {error.problem or error.context}"
            if error.problem and error.context and error.context_mark:
                message += f" ({error.context} that began on line {error.context_mark.line + 1})"
            message += "; a text with : ? # , or brackets in it is quoted"
        return self._findings.fatal(_mark(mark), message)
