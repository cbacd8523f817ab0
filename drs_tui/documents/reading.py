"""From a file to what its shape says, or to everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from drs_tui.documents.messages import Shapes, message
from drs_tui.documents.problems import WHOLE_FILE, Findings, Kind, Mark
from drs_tui.documents.shape import Shape
from drs_tui.documents.tree import BLANK, List, Mapping, Node, Scalar, plain

S = TypeVar("S", bound=Shape)


def read_text(path: Path, kind: Kind) -> str:
    """The text of a file.

    Raises:
        DocumentError: it can't be read, is too large, or isn't UTF-8.
    """
    try:
        with path.open("rb") as file:
            data = file.read(kind.max_bytes + 1)
    except OSError as error:
        raise Findings(str(path), kind).fatal(
            WHOLE_FILE, f"can't be read: {error.strerror}; {kind.noun} is a file that you may read"
        ) from None
    return text_of(data, str(path), kind)


def text_of(data: bytes, path: str, kind: Kind) -> str:
    """The text of the bytes that a file at `path` begins with, up to one more than it may have.

    Raises:
        DocumentError: they are too many, or aren't UTF-8.
    """
    findings = Findings(path, kind)
    if len(data) > kind.max_bytes:
        raise findings.fatal(
            WHOLE_FILE, f"is larger than {kind.max_bytes // 1024} KiB; {kind.noun} is not"
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig")
        mark = Mark(before.count("\n") + 1, len(before) - before.rfind("\n"))
        raise findings.fatal(
            mark, f"the byte 0x{data[error.start]:02X} is not UTF-8; {kind.noun} is text in UTF-8"
        ) from None


def validate(root: Mapping, shape: type[S], findings: Findings) -> S | None:
    """What the file says in the terms of its shape; None, with findings added, if it doesn't.

    Raises:
        DocumentError: there are `MAX_PROBLEMS` findings now, and nobody reads more.
    """
    data = plain(root)
    shapes: Shapes = {}
    try:
        return shape.model_validate(data, context=shapes)
    except ValidationError as error:
        for details in error.errors(include_url=False):
            at_key = details["type"] == "extra_forbidden"
            findings.add(place(root, details["loc"], at_key), message(details, data, shapes))
        return None


def place(root: Node, path: Sequence[str | int], at_key: bool = False) -> Mark:
    """Where the value at `path` stands: a text at its first letter, anything else at its key.

    Parts that lead nowhere are passed over: the key that is missing, and the names by which
    pydantic tells the members of a union apart.
    """
    node, key_mark = root, root.mark
    for part in path:
        match node:
            case Mapping(entries=entries) if part in entries:
                key_mark, node = entries[str(part)].key_mark, entries[str(part)].value
            case List(items=items) if isinstance(part, int) and part < len(items):
                key_mark, node = items[part].mark, items[part]
    own_mark = isinstance(node, Scalar) and node.value is not BLANK and not at_key
    return node.mark if own_mark else key_mark
