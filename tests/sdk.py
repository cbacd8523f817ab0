"""What the SDK works out anew for every client, worked out once for all that tests make.

A simulated drill starts dozens of processes, and most tests over the wire a client for each
service: each would build the same classes, alias the names of the same events and parse the same
times again. Nothing that a request says or a client decides depends on what is kept here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import pytest
from aiobotocore.client import AioClientCreator
from botocore import parsers
from botocore.hooks import EventAliaser
from botocore.utils import parse_timestamp

_create_client_class = AioClientCreator._create_client_class
_alias_event_name = EventAliaser._alias_event_name
_classes: dict[str, type] = {}
_aliases: dict[str, str] = {}
_utc = lru_cache(maxsize=100_000)(parse_timestamp)


async def _client_class(creator: AioClientCreator, name: str, model: Any) -> type:
    if name not in _classes:
        _classes[name] = await _create_client_class(creator, name, model)
    return _classes[name]


def _aliased(aliaser: EventAliaser, name: str) -> str:
    if name not in _aliases:
        _aliases[name] = _alias_event_name(aliaser, name)
    return _aliases[name]


def _time(text: Any) -> Any:
    """Of times in UTC alone: others hang on where somebody is."""
    return _utc(text) if isinstance(text, str) and text.endswith("Z") else parse_timestamp(text)


@contextmanager
def worked_out_once() -> Iterator[None]:
    """Keep it between the clients that are made meanwhile."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(AioClientCreator, "_create_client_class", _client_class)
        patch.setattr(EventAliaser, "_alias_event_name", _aliased)
        patch.setattr(parsers, "DEFAULT_TIMESTAMP_PARSER", _time)
        yield
