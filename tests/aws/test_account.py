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
from drs_tui.model.keys import Keys
from drs_tui.model.observed import GIVEN
from tests.aws.memory import Network

MEANT, OTHER = "123456789012", "999999999999"
SERVERS = [("s-1a2b3c4d5e6f70001", None)]
TOKEN = "1f0b3c52-8f0f-4a0e-9a5e-2f9f3f1b7c11"
KEYS = {
    **dict.fromkeys(("AKIAFIRST", "AKIASECOND", "AKIATHIRD", "AKIAROLE"), MEANT),
    "AKIAELSEWHERE": OTHER,
}


class Cloud:
    """An AWS that knows whose each access key is, and takes no expired one."""

    def __init__(self) -> None:
        self.network = Network(self._answer)
        self.expired: set[str] = set()
        self.sts_is_down = False
        self.called: list[tuple[str, str]] = []
        """The operations that were answered, and with which key."""

    def aws(self, role_arn: str | None = None) -> Aws:
        connection = Connection(region="eu-west-1", role_arn=role_arn)
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
        takes_role = "AssumeRole" in str(request.body)
        operation = "AssumeRole" if takes_role else "GetCallerIdentity"
        self.called.append((path if path != "/" else operation, key))
        if takes_role:
            return self._role(expired=key in self.expired)
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

    def _role(self, *, expired: bool) -> tuple[int, Mapping[str, str], bytes]:
        if expired:
            error = b"<Error><Code>ExpiredToken</Code><Message>expired</Message></Error>"
            return 403, {}, b"<ErrorResponse>" + error + b"</ErrorResponse>"
        keys = (
            "<AccessKeyId>AKIAROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
            "<SessionToken>t</SessionToken><Expiration>2126-01-01T00:00:00Z</Expiration>"
        )
        result = f"<AssumeRoleResult><Credentials>{keys}</Credentials></AssumeRoleResult>"
        return 200, {}, f"<AssumeRoleResponse>{result}</AssumeRoleResponse>".encode()


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


async def test_keys_that_are_given_sign_the_next_request_once_sts_has_said_whose_they_are(
    cloud: Cloud, keys: Path
) -> None:
    async with cloud.aws() as aws:
        await launch(aws)
        aws.renew(Keys("AKIASECOND", "secret", "token"))
        await launch(aws)
    assert cloud.called[-2:] == [
        ("GetCallerIdentity", "AKIASECOND"),
        ("/StartRecovery", "AKIASECOND"),
    ]
    assert cloud.network.requests[-1].headers["X-Amz-Security-Token"] == b"token"


async def test_keys_of_another_account_that_are_given_launch_nothing(
    cloud: Cloud, keys: Path
) -> None:
    async with cloud.aws() as aws:
        aws.renew(Keys("AKIAELSEWHERE", "secret", "token"))
        with pytest.raises(AwsNotSent, match=f"for account {OTHER} now"):
            await launch(aws)
    assert cloud.changes == []


async def test_keys_that_are_given_stay_until_somebody_has_it_look_again(
    cloud: Cloud, keys: Path
) -> None:
    async with cloud.aws() as aws:
        await launch(aws)
        aws.renew(Keys("AKIASECOND", "secret", "token"))
        cloud.expired.add("AKIASECOND")
        with pytest.raises(AwsRefused, match="expired"):
            await aws.drs.source_servers()
        assert (await aws.credentials()).source == GIVEN
        write(keys, "AKIATHIRD")
        await aws.look_again()
        await launch(aws)
    assert cloud.changes[-1] == ("/StartRecovery", "AKIATHIRD")


async def test_a_role_is_taken_on_with_the_keys_that_are_given(cloud: Cloud, keys: Path) -> None:
    cloud.expired.add("AKIAFIRST")
    async with cloud.aws(role_arn=f"arn:aws:iam::{MEANT}:role/drills") as aws:
        with pytest.raises(AwsNotSent, match="AssumeRole failed: ExpiredToken"):
            await launch(aws)
        aws.renew(Keys("AKIASECOND", "secret", "token"))
        await launch(aws)
    assert cloud.changes == [("/StartRecovery", "AKIAROLE")]
    assert ("AssumeRole", "AKIASECOND") in cloud.called


async def renewed(aws: Aws, cloud: Cloud, keys: Path, access_key: str) -> None:
    """Have the keys at hand expire, and others stand in the file."""
    cloud.expired.add("AKIAFIRST")
    write(keys, access_key)
    with pytest.raises(AwsRefused, match="expired"):
        await aws.drs.source_servers()
