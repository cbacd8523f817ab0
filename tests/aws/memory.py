"""An HTTP session for the SDK without sockets, for endpoints that are not on this machine."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiobotocore.awsrequest import AioAWSResponse


@dataclass
class Network:
    """What requests meet: `answer` gives status, headers and body, or raises."""

    answer: Callable[[Any], Awaitable[tuple[int, Mapping[str, str], bytes]]]
    requests: list[Any] = field(default_factory=list)

    def session_class(self) -> type:
        network = self

        class MemorySession:
            def __init__(self, **settings: object) -> None:
                self.settings = settings

            async def __aenter__(self) -> MemorySession:
                return self

            async def __aexit__(self, *_: object) -> None:
                return None

            async def close(self) -> None:
                return None

            async def send(self, request: Any) -> AioAWSResponse:
                network.requests.append(request)
                status, headers, body = await network.answer(request)
                response = AioAWSResponse(request.url, status, dict(headers), None)
                response._content = body
                return response

        return MemorySession
