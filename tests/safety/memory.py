"""The SDK's HTTP session without a network: each request goes to a function, in virtual time."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from aiobotocore.awsrequest import AioAWSResponse
from botocore.model import ServiceModel

from drs_tui.aws.session import service_models
from drs_tui.simulator.message import Request, Response


def session_class(answer: Callable[[Request], Response]) -> type:
    """A class of sessions whose requests are all answered by `answer`."""

    class MemorySession:
        def __init__(self, **_: object) -> None: ...

        async def __aenter__(self) -> MemorySession:
            return self

        async def __aexit__(self, *_: object) -> None: ...

        async def close(self) -> None: ...

        async def send(self, sent: Any) -> AioAWSResponse:
            body = sent.body.encode() if isinstance(sent.body, str) else bytes(sent.body or b"")
            headers = {
                name.lower(): value.decode() if isinstance(value, bytes) else str(value)
                for name, value in sent.headers.items()
            }
            response = answer(Request(sent.method, urlsplit(sent.url).path, headers, body))
            found = AioAWSResponse(sent.url, response.status, dict(response.headers), None)
            found._content = response.body
            return found

    return MemorySession


@cache
def drs_model() -> ServiceModel:
    """Botocore's model of DRS, read once."""
    return ServiceModel(service_models().load_service_model("drs", "service-2"), "drs")
