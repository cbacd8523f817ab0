"""What the SDK works out anew for every process, worked out once for all simulated ones.

A drill starts dozens of processes, and each would build the same client classes and the same
User-Agent again. Nothing that a request says or a client decides depends on what is kept here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import pytest
from aiobotocore.client import AioClientCreator
from botocore.hooks import EventAliaser
from botocore.useragent import UserAgentString

_create_client_class = AioClientCreator._create_client_class
_classes: dict[str, type] = {}


async def _client_class(creator: AioClientCreator, name: str, model: Any) -> type:
    if name not in _classes:
        _classes[name] = await _create_client_class(creator, name, model)
    return _classes[name]


@contextmanager
def worked_out_once() -> Iterator[None]:
    """Keep it between the clients that are made meanwhile."""
    alias = EventAliaser._alias_event_name
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(AioClientCreator, "_create_client_class", _client_class)
        patch.setattr(EventAliaser, "_alias_event_name", _shared_aliases(alias))
        patch.setattr(UserAgentString, "to_string", lambda _: "simulated")
        yield


@lru_cache
def _shared_aliases(alias: Any) -> Any:
    known: dict[str, str] = {}

    def aliased(aliaser: EventAliaser, name: str) -> str:
        if name not in known:
            known[name] = alias(aliaser, name)
        return known[name]

    return aliased
