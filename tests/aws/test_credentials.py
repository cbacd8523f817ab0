"""How long credentials last, as the SDK finds them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from drs_tui.aws.connection import Aws, Connection
from drs_tui.model.keys import Keys
from drs_tui.model.observed import Credentials

END = (datetime.now(UTC) + timedelta(hours=1)).replace(microsecond=0)
AWS = Connection(region="us-east-1")


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the user's configuration, and long-lived keys in the environment."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_CREDENTIAL_EXPIRATION"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")


async def found(connection: Connection = AWS) -> Credentials:
    async with Aws(connection) as aws:
        return await aws.credentials()


async def test_a_users_own_keys_have_no_end() -> None:
    assert await found() == Credentials(renews=True, source="env")


async def test_a_session_in_the_environment_ends_when_it_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token")
    assert await found() == Credentials(renews=False, source="env")
    monkeypatch.setenv("AWS_CREDENTIAL_EXPIRATION", END.isoformat())
    assert await found() == Credentials(renews=False, ends_at=END, source="env")


async def test_what_is_given_ends_when_it_says_wherever_the_others_were_from() -> None:
    async with Aws(AWS) as aws:
        aws.renew(Keys("ASIAEXAMPLE123456789", "secret", "token", END))
        assert await aws.credentials() == Credentials(renews=False, ends_at=END, source="given")
        aws.renew(Keys("AKIAEXAMPLE123456789", "secret"))
        assert await aws.credentials() == Credentials(renews=True, source="given")
        await aws.look_again()
        assert await aws.credentials() == Credentials(renews=True, source="env")


async def test_a_role_lasts_as_long_as_what_it_is_assumed_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "token")
    monkeypatch.setenv("AWS_CREDENTIAL_EXPIRATION", END.isoformat())
    role = Connection(region="us-east-1", role_arn="arn:aws:iam::123456789012:role/drills")
    assert (await found(role)).ends_at == END


async def test_a_simulator_on_this_machine_asks_for_none() -> None:
    assert await found(Connection(endpoint_url="http://127.0.0.1:9")) == Credentials(renews=True)
