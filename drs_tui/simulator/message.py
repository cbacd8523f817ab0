"""What goes over the wire between a client and the simulator, without the wire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Request:
    """What came in."""

    method: str
    path: str
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes
    query: str = ""
    """What stands behind the path's question mark, as it came."""
    request_id: str = ""
    """Given by the front door, for protocols that repeat it in the body."""


@dataclass(frozen=True, slots=True)
class Response:
    """What goes out, and what the call log says about it."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    operation: str | None = None
    parameters: Any = None
    error: str | None = None
    job_id: str | None = None
    is_lost: bool = False
    """Whether the connection closes instead of carrying this."""
    delay_seconds: float = 0.0
    """How long it is held back, in seconds of drill time; infinite: until the client gives up."""
    service: str = ""
    """The service that was asked, by its signing name."""
    account: str = ""
    """The account that it was asked of, by its digits."""
    region: str = ""
    fault: str | None = None
    """What the scenario did to it."""


class Service(Protocol):
    """One AWS service behind the front door."""

    def answer(self, request: Request, region_name: str, now: datetime) -> Response:
        """Answer a request that was signed for this service and this Region.

        The mark, the date and the request id are the front door's to add.
        """
