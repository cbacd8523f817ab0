"""What a driver's surroundings may be: a table that others reach, AWS with its credentials."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.audit.dynamodb_server import dynamodb_server


@pytest.fixture
def table() -> Iterator[str]:
    """The address of a table that does not exist yet, on a DynamoDB server of its own."""
    with dynamodb_server() as endpoint:
        yield f"dynamodb:drs-tui?region=us-east-1&endpoint={endpoint}"


@pytest.fixture
def with_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the simulator be reached as AWS is: with credentials, and roles taken on with them."""
    monkeypatch.setattr("drs_tui.aws.connection.is_loopback_url", lambda _: False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAUSER")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
