"""boto3's clients, each made once for all tests, and led to the simulator of one of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import boto3
from botocore.awsrequest import AWSRequest
from botocore.config import Config

_NOWHERE = "http://127.0.0.1:9"
_LED: set[tuple[str, str]] = set()


class Led:
    """A client whose requests go to `url`, until it is let go of."""

    def __init__(self, service: str, region: str, url: str, answered: Callable[..., None]) -> None:
        """Have `answered` told of each answer before it is parsed."""
        self._name = service, region
        assert self._name not in _LED, "one simulator at a time can have a client"
        _LED.add(self._name)
        self.client = _client(service, region)
        self._url = url
        self.client.meta.events.register_first("request-created", self._send_there, "led")
        self.client.meta.events.register("before-parse", answered, "told")

    def let_go(self) -> None:
        """Close what is open, and go there no more."""
        self.client.meta.events.unregister("request-created", unique_id="led")
        self.client.meta.events.unregister("before-parse", unique_id="told")
        self.client.close()
        _LED.remove(self._name)

    def _send_there(self, request: AWSRequest, **_: Any) -> None:
        request.url = request.url.replace(_NOWHERE, self._url)


@cache
def _client(service: str, region: str) -> Any:
    """That of EC2 takes longer to make than most tests."""
    return _session().client(
        service,
        endpoint_url=_NOWHERE,
        region_name=region,
        config=Config(retries={"total_max_attempts": 1, "mode": "standard"}),
    )


@cache
def _session() -> Any:
    return boto3.Session(aws_access_key_id="AKID", aws_secret_access_key="secret")
