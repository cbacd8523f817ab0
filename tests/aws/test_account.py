"""A changing call leaves with the credentials of the account it is meant for, or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from drs_tui.aws.connection import Aws, Connection
from drs_tui.aws.errors import AwsNotSent, AwsRefused
from tests.aws.memory import Network

MEANT, OTHER = "123456789012", "999999999999"
SERVERS = [("s-1a2b3c4d5e6f70001", None)]
TOKEN = "1f0b3c52-8f0f-4a0e-9a5e-2f9f3f1b7c11"
KEYS = {"AKIAFIRST": MEANT, "AKIASECOND": MEANT, "AKIAELSEWHERE": OTHER}


class Cloud:
    """An AWS that knows whose each access key is, and takes no expired one."""

    def __init__(self) -> None:
        self.network = Network(self._answer)
        self.expired: set[str] = set()
        self.sts_is_down = False
        self.called: list[tuple[str, str]] = []
        """The operations that were answered, and with which key."""

    def aws(self) -> Aws:
        connection = Connection(region="eu-west-1")
        return Aws(connection, http_session_cls=self.network.session_class())

    @property
    def changes(self) -> list[tuple[str, str]]:
        changing = ("/StartRecovery", "/TerminateRecoveryInstances")
        return [call for call in self.called if call[0] in changing]

    async def _answer(self, request: Any) -> tuple[int, Mapping[str, str], bytes]:
        authorization = request.headers["Authorization"]
        text = authorization.decode() if isinstance(authorization, bytes) else authorization
        key = text.split("Credential=")[1].split("/")[0]
        path = urlsplit(request.url).path
        self.called.append((path if path != "/" else "GetCallerIdentity", key))
        if path != "/" and key in self.expired:
            return 403, {"x-amzn-ErrorType": "ExpiredTokenException"}, b'{"message": "expired"}'
        if path != "/":
            return 202, {}, b'{"job": {"jobID": "drsjob-1a2b3c4d5e6f70001"}, "items": []}'
        if self.sts_is_down:
            return 403, {}, b"<ErrorResponse><Error><Code>No</Code></Error></ErrorResponse>"
        account = KEYS[key]
        return (
            200,
            {},
            (
                "<GetCallerIdentityResponse><GetCallerIdentityResult>"
                f"<Arn>arn:aws:iam::{account}:user/anna</Arn><UserId>AIDA</UserId>"
                f"<Account>{account}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
            ).encode(),
        )


@pytest.fixture
def cloud() -> Cloud:
    return Cloud()


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A file of credentials, as a program that renews them writes it."""
    path = tmp_path / "credentials"
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(path))
    write(path, "AKIAFIRST")
    return path


def write(path: Path, access_key: str) -> None:
    path.write_text(
        f"[default]\naws_access_key_id={access_key}\naws_secret_access_key=s\naws_session_token=t\n"
    )


async def launch(aws: Aws, account: str = MEANT) -> str:
    return (await aws.drs.start_recovery(SERVERS, is_drill=True, tags={}, account=account)).id


async def test_sts_is_asked_about_a_key_once_before_the_first_change(
    cloud: Cloud, keys: Path
) -> None:
    async with cloud.aws() as aws:
        await launch(aws)
        await launch(aws)
    assert cloud.called == [
        ("GetCallerIdentity", "AKIAFIRST"),
        ("/StartRecovery", "AKIAFIRST"),
        ("/StartRecovery", "AKIAFIRST"),
    ]


async def test_nothing_is_changed_with_another_accounts_credentials(
    cloud: Cloud, keys: Path
) -> None:
    write(keys, "AKIAELSEWHERE")
    async with cloud.aws() as aws:
        with pytest.raises(AwsNotSent, match=f"for account {OTHER} now") as caught:
            await launch(aws)
        with pytest.raises(AwsNotSent, match=f"meant for {MEANT}"):
            await aws.drs.terminate_recovery_instances(["i-0123456789abcdef0"], account=MEANT)
        with pytest.raises(AwsNotSent, match="StartAutomationExecution was not sent"):
            await aws.automations.start(
                "CreateOpsItem", {}, token=TOKEN, account=MEANT, last_check=lambda: None
            )
    assert caught.value.code == "WrongAccount"
    assert cloud.changes == []


async def test_sts_is_asked_again_after_the_credentials_were_renewed(
    cloud: Cloud, keys: Path
) -> None:
    async with cloud.aws() as aws:
        await launch(aws)
        await renewed(aws, cloud, keys, "AKIASECOND")
        await launch(aws)
    assert cloud.changes == [
        ("/StartRecovery", "AKIAFIRST"),
        ("/StartRecovery", "AKIASECOND"),
    ]
    assert ("GetCallerIdentity", "AKIASECOND") in cloud.called


async def test_credentials_that_were_renewed_for_another_account_launch_nothing(
    cloud: Cloud, keys: Path
) -> None:
    async with cloud.aws() as aws:
        await launch(aws)
        await renewed(aws, cloud, keys, "AKIAELSEWHERE")
        with pytest.raises(AwsNotSent, match=f"for account {OTHER} now"):
            await launch(aws)
    assert cloud.changes == [("/StartRecovery", "AKIAFIRST")]


async def test_nothing_is_launched_while_nobody_says_whose_the_credentials_are(
    cloud: Cloud, keys: Path
) -> None:
    cloud.sts_is_down = True
    async with cloud.aws() as aws:
        with pytest.raises(AwsNotSent, match="whose credentials these are is not known"):
            await launch(aws)
    assert cloud.changes == []


async def test_credentials_that_are_others_at_each_look_launch_nothing(
    cloud: Cloud, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never_the_same(_: object) -> None:
        """STS tells whose a key is that the launch is then not signed with."""

    async with cloud.aws() as aws:
        monkeypatch.setattr(aws.sts, "caller_identity", partial(never_the_same, None))
        with pytest.raises(AwsNotSent, match="others each time"):
            await launch(aws)
    assert cloud.changes == []


async def renewed(aws: Aws, cloud: Cloud, keys: Path, access_key: str) -> None:
    """Have the keys at hand expire, and others stand in the file."""
    cloud.expired.add("AKIAFIRST")
    write(keys, access_key)
    with pytest.raises(AwsRefused, match="expired"):
        await aws.drs.source_servers()
