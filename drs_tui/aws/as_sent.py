"""DRS's long answers as they were sent, without the SDK's walk through each of their members.

The walk is most of the time for which a page of source servers holds up the loop, and it gives what
was sent: no answer of these holds a type of AWS's own, and `parse` takes whatever it is given. They
are canonical JSON, as events keep them.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any

from aiobotocore.parsers import AioResponseParserFactory, AioRestJSONParser

from drs_tui.aws import parse
from drs_tui.aws.picked import Picked, Picking
from drs_tui.model.events import Json

ANSWERS = frozenset(
    {
        "DescribeJobLogItemsResponse",
        "DescribeJobsResponse",
        "DescribeRecoveryInstancesResponse",
        "DescribeRecoverySnapshotsResponse",
        "DescribeSourceServersResponse",
    }
)
"""By the names that botocore's service model of DRS gives them."""

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_HALF = parse.LONGEST_TEXT // 2


class AsSent(AioResponseParserFactory):  # type: ignore[misc]  # untyped
    """What the SDK's clients get their parsers from."""

    def create_parser(self, protocol_name: str) -> Any:
        """The SDK's own parser, but for the protocol that DRS speaks."""
        if protocol_name == "rest-json":
            return _Parser(**self._defaults)
        return super().create_parser(protocol_name)


class _Parser(AioRestJSONParser):  # type: ignore[misc]  # untyped
    def _parse_payload(
        self, response: Any, shape: Any, member_shapes: Any, final_parsed: dict[str, Any]
    ) -> None:
        if shape.name not in ANSWERS:
            super()._parse_payload(response, shape, member_shapes, final_parsed)
            return
        # Of what is no answer nothing is taken, as by the SDK.
        with suppress(ValueError):
            answer = answer_in(shape.name, response["body"])
            final_parsed.update(answer if isinstance(answer, dict) else {})


class _Page:
    """The body of an answer, which its items share."""

    __slots__ = ("_is_packed", "_kept")

    def __init__(self, body: bytes) -> None:
        self._kept = body
        self._is_packed = False

    def pack(self) -> None:
        """Keep it compressed, to a tenth or less."""
        if not self._is_packed:
            self._kept, self._is_packed = zlib.compress(self._kept, _QUICKLY), True

    def body(self) -> bytes:
        return zlib.decompress(self._kept) if self._is_packed else self._kept


_QUICKLY = 1
"""A level of zlib's: pages of 4,000 source servers take 40 ms so, and at its usual level 80."""


class Sent(Mapping[str, Json]):
    """An item of an answer as it was sent, parsed when somebody looks into it.

    The bytes of a Region's source servers take a quarter of the memory of what is in them.
    """

    __slots__ = ("_page", "_place")

    def __init__(self, page: _Page, place: int) -> None:
        """Be the item at a place of a page's items."""
        self._page = page
        self._place = place

    def __getitem__(self, name: str) -> Json:
        return self._item()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._item())

    def __len__(self) -> int:
        return len(self._item())

    def _item(self) -> Mapping[str, Json]:
        return parse.as_sent(_items(self._page)[self._place])


def pack(items: Iterable[object]) -> None:
    """Compress what items as they were sent are parsed from, before anybody looks into them.

    To be run in a thread, for what is kept as long as a list is open.
    """
    for item in items:
        if isinstance(item, Sent):
            item._page.pack()  # noqa: SLF001  of the same module


@lru_cache(maxsize=1)
def _items(page: _Page) -> Sequence[object]:
    return parse.sequence(canonical(page.body()), "items")


_PICKED = {"DescribeSourceServersResponse": parse.OF_SOURCE_SERVER}
"""Those with thousands of long items."""


def answer_in(name: str, body: bytes) -> object:
    """The answer of this name that is in a body: of some, only what is looked at is parsed.

    Raises:
        ValueError: It is no JSON.
    """
    picking = _PICKED.get(name)
    if picking is not None:
        # What holds lone surrogates is parsed as a whole.
        with suppress(ValueError):
            return _picked(picking, body)
    return canonical(body)


def _picked(picking: Picking, body: bytes) -> Mapping[str, object]:
    items, token = picking.of_page(body)
    if items is None:
        return {}
    page = _Page(body)
    picked = [Picked(found, Sent(page, place)) for place, found in enumerate(items)]
    return {"items": picked, "nextToken": token}


def canonical(body: bytes) -> Json:
    """Parse JSON into what `parse.to_json` would make of it.

    Nearly always that is what was parsed: to go through all of it takes three times as long as to
    parse it, and to see in the bytes that there is nothing to rewrite takes next to nothing.

    Raises:
        ValueError: It is no JSON.
    """
    parsed: Json = _DECODER.decode(body.decode())
    return parsed if _is_plain(body) else parse.to_json(parsed)


def _number(written: str) -> Json:
    return parse.to_json(float(written))


_DECODER = json.JSONDecoder(parse_float=_number, parse_constant=_number)


def _is_plain(body: bytes) -> bool:
    """Whether no text in it can hold a lone surrogate or be too long to be kept."""
    if _SURROGATE.search(body):
        return False
    if len(body) <= parse.LONGEST_TEXT:
        return True
    # A text that is too long has no quote in it, but for those that are written as \".
    quoted = (body.find(b'"', at, at + _HALF) >= 0 for at in range(0, len(body) - _HALF, _HALF))
    return b'\\"' not in body and all(quoted)
