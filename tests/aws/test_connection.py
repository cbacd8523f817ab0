from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from drs_tui.aws import session
from drs_tui.aws.connection import (
    Aws,
    Connection,
    connections_to,
    is_loopback_url,
    warm_up,
)
from drs_tui.aws.errors import AwsError, AwsNotSent, AwsRefused
from drs_tui.config import Reach
from drs_tui.model.plan import Plan, Target, Wave
from tests.aws import wire
from tests.aws.memory import Network
from tests.aws.wire import Wire

ROLE = "arn:aws:iam::123456789012:role/Drills"
EMPTY = wire.ok({"items": []})


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://127.0.0.1:8099", True),
        ("http://127.8.9.10", True),
        ("http://[::1]:8099", True),
        ("https://LOCALHOST", True),
        ("http://127.0.0.1@example.com", False),
        ("http://127.0.0.1.example.com", False),
        ("http://localhost.example.com", False),
        ("http://10.0.0.1", False),
        ("http://0.0.0.0:8099", False),
        ("http://[::1", False),
        ("127.0.0.1:8099", False),
        ("", False),
        (None, False),
    ],
)
def test_only_this_machine_is_loopback(url: str | None, loopback: bool) -> None:
    assert is_loopback_url(url) is loopback


def test_an_endpoint_of_a_service_wins() -> None:
    connection = Connection(endpoint_url="https://a.test", endpoints={"sts": "https://b.test"})
    assert connection.endpoint_of("drs") == "https://a.test"
    assert connection.endpoint_of("sts") == "https://b.test"
    assert not connection.is_loopback
    assert Connection().endpoint_of("drs") is None


@pytest.mark.parametrize(
    "connection",
    [
        Connection(endpoints={"drs": "http://127.0.0.1:1"}),
        Connection(endpoint_url="https://a.test", endpoints={"drs": "http://127.0.0.1:1"}),
        Connection(endpoint_url="http://127.0.0.1:1", endpoints={"sts": "https://b.test"}),
    ],
)
async def test_a_connection_to_this_machine_never_leads_elsewhere(connection: Connection) -> None:
    async with Aws(connection) as aws:
        with pytest.raises(AwsNotSent, match="on this machine"):
            await aws.sts.caller_identity()


async def test_nothing_of_the_user_reaches_this_machine(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "config").write_text("[this is no configuration\n")
    for name, value in {
        "AWS_ACCESS_KEY_ID": "AKIAREAL",
        "AWS_SECRET_ACCESS_KEY": "real",
        "AWS_SESSION_TOKEN": "real",
        "AWS_PROFILE": "missing",
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "config"),
        "AWS_REGION": "eu-central-1",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ENDPOINT_URL": "http://192.0.2.1",
        "AWS_ENDPOINT_URL_DRS": "http://192.0.2.1",
        "AWS_USE_FIPS_ENDPOINT": "true",
        "AWS_USE_DUALSTACK_ENDPOINT": "true",
        "AWS_DEFAULTS_MODE": "auto",
        "AWS_CA_BUNDLE": "/missing.pem",
        "REQUESTS_CA_BUNDLE": "/missing.pem",
        "HTTP_PROXY": "http://192.0.2.1:3128",
        "http_proxy": "http://192.0.2.1:3128",
    }.items():
        monkeypatch.setenv(name, value)

    async with Wire([EMPTY]) as server:
        connection = Connection(
            endpoint_url=server.endpoint_url, profile="missing too", role_arn=ROLE
        )
        async with Aws(connection) as aws:
            assert await aws.drs.source_servers() == []
            assert aws.region == "us-east-1"
        (arrival,) = server.arrivals
    assert "Credential=drs-tui/" in arrival.headers["Authorization"]
    assert "/us-east-1/drs/" in arrival.headers["Authorization"]
    assert "X-Amz-Security-Token" not in arrival.headers


async def test_a_named_region_counts_on_this_machine_too() -> None:
    async with Wire([EMPTY]) as server:
        async with Aws(Connection(region="eu-west-1", endpoint_url=server.endpoint_url)) as aws:
            assert aws.region == "eu-west-1"
            await aws.drs.source_servers()
        assert "/eu-west-1/drs/" in server.arrivals[0].headers["Authorization"]


class Elsewhere:
    """An AWS that answers both services, over no network at all."""

    def __init__(self) -> None:
        self.network = Network(self._answer)
        self.assumed: list[Mapping[str, list[str]]] = []
        self.refuses_roles = False
        self.expired: set[str] = set()
        """Access keys that are taken no more."""
        self.lasting = timedelta(hours=1)

    def aws(self, connection: Connection) -> Aws:
        return Aws(connection, http_session_cls=self.network.session_class())

    @property
    def signed_by(self) -> list[str]:
        """Access keys of the calls to DRS."""
        return [
            request.headers["Authorization"].decode().split("Credential=")[1].split("/")[0]
            for request in self.network.requests
            if "//drs." in request.url
        ]

    async def _answer(self, request: Any) -> tuple[int, Mapping[str, str], bytes]:
        if self.expired & {self.signed_by[-1] if self.signed_by else ""}:
            return 403, {"x-amzn-ErrorType": "ExpiredTokenException"}, b'{"message": "expired"}'
        if "//sts." not in request.url:
            return 200, {}, b'{"items": []}'
        self.assumed.append(parse_qs(request.body))
        if self.refuses_roles:
            refusal = "<Error><Code>AccessDenied</Code><Message>not you</Message></Error>"
            return 403, {}, f"<ErrorResponse>{refusal}</ErrorResponse>".encode()
        expiration = (datetime.now(UTC) + self.lasting).strftime("%Y-%m-%dT%H:%M:%SZ")
        answer = (
            "<AssumeRoleResponse><AssumeRoleResult><Credentials>"
            f"<AccessKeyId>ASIAROLE{len(self.assumed)}</AccessKeyId>"
            "<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>"
            f"<Expiration>{expiration}</Expiration></Credentials>"
            f"<AssumedRoleUser><Arn>{ROLE}</Arn><AssumedRoleId>x</AssumedRoleId></AssumedRoleUser>"
            "</AssumeRoleResult></AssumeRoleResponse>"
        )
        return 200, {}, answer.encode()


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Elsewhere:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAUSER")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    return Elsewhere()


async def test_aws_itself_gets_the_users_credentials(elsewhere: Elsewhere) -> None:
    async with elsewhere.aws(Connection(region="eu-west-1")) as aws:
        await aws.drs.source_servers()
    assert elsewhere.signed_by == ["AKIAUSER"]
    assert elsewhere.network.requests[0].url.startswith("https://drs.eu-west-1.amazonaws.com/")


async def test_keys_that_were_written_into_the_file_anew_are_read_once_the_old_expired(
    elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    keys = tmp_path / "credentials"
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(keys))
    write_keys(keys, "AKIAOLD")
    async with elsewhere.aws(Connection(region="eu-west-1")) as aws:
        await aws.drs.source_servers()
        elsewhere.expired.add("AKIAOLD")
        keys.write_text("[default\n")
        for _ in range(2):
            with pytest.raises(AwsRefused, match="expired"):
                await aws.drs.source_servers()
            write_keys(keys, "AKIANEW")
        await aws.drs.source_servers()
    assert elsewhere.signed_by == ["AKIAOLD"] * 3 + ["AKIANEW"]


def write_keys(path: Path, access_key: str) -> None:
    secret = "aws_secret_access_key=s\naws_session_token=t"
    path.write_text(f"[default]\naws_access_key_id={access_key}\n{secret}\n")


async def test_fips_endpoints_are_honoured(
    elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_USE_FIPS_ENDPOINT", "true")
    async with elsewhere.aws(Connection(region="us-east-1")) as aws:
        await aws.drs.source_servers()
    assert "//drs-fips.us-east-1." in elsewhere.network.requests[0].url


@pytest.mark.parametrize("name", ["AWS_REGION", "AWS_DEFAULT_REGION"])
async def test_the_region_comes_from_the_environment(
    elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "ap-southeast-2")
    async with elsewhere.aws(Connection()) as aws:
        assert aws.region == "ap-southeast-2"


async def test_the_region_comes_from_the_profile(
    elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    use_config(monkeypatch, tmp_path, "[profile drills]\nregion = sa-east-1\n")
    async with elsewhere.aws(Connection(profile="drills")) as aws:
        assert aws.region == "sa-east-1"


async def test_a_missing_region_is_said_with_the_remedy(elsewhere: Elsewhere) -> None:
    async with elsewhere.aws(Connection()) as aws:
        with pytest.raises(AwsNotSent, match="--region"):
            await aws.drs.source_servers()
        with pytest.raises(AwsNotSent, match="AWS_DEFAULT_REGION"):
            _ = aws.region


async def test_a_role_is_assumed_once_and_signs_the_calls(elsewhere: Elsewhere) -> None:
    async with elsewhere.aws(Connection(region="eu-west-1", role_arn=ROLE)) as aws:
        await aws.drs.source_servers()
        await aws.drs.jobs(["drsjob-1a2b3c4d5e6f70001"])
    (assumed,) = elsewhere.assumed
    assert assumed["RoleArn"] == [ROLE]
    assert assumed["RoleSessionName"] == [session.role_session_name()]
    assert elsewhere.signed_by == ["ASIAROLE1", "ASIAROLE1"]


async def test_a_role_of_the_profile_is_assumed_in_the_region_that_is_called(
    elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    use_config(
        monkeypatch,
        tmp_path,
        f"[profile drills]\nrole_arn = {ROLE}\nsource_profile = base\n"
        "[profile base]\naws_access_key_id = AKIABASE\naws_secret_access_key = s\n",
    )
    async with elsewhere.aws(Connection(region="eu-west-1", profile="drills")) as aws:
        await aws.drs.source_servers()
    assert elsewhere.network.requests[0].url == "https://sts.eu-west-1.amazonaws.com/"
    assert elsewhere.signed_by == ["ASIAROLE1"]


async def test_a_role_about_to_expire_is_assumed_again(elsewhere: Elsewhere) -> None:
    elsewhere.lasting = timedelta(minutes=5)
    async with elsewhere.aws(Connection(region="eu-west-1", role_arn=ROLE)) as aws:
        await aws.drs.source_servers()
        elsewhere.lasting = timedelta(hours=1)
        await aws.drs.source_servers()
        await aws.drs.source_servers()
    assert elsewhere.signed_by == ["ASIAROLE1", "ASIAROLE2", "ASIAROLE2"]


async def test_a_launch_whose_role_is_refused_was_not_sent(elsewhere: Elsewhere) -> None:
    elsewhere.refuses_roles = True
    async with elsewhere.aws(Connection(region="eu-west-1", role_arn=ROLE)) as aws:
        with pytest.raises(AwsNotSent, match="AssumeRole failed: AccessDenied: not you"):
            await aws.drs.start_recovery([("s-1a2b3c4d5e6f70001", None)], is_drill=True, tags={})
    assert elsewhere.signed_by == []


async def test_a_launch_whose_role_gets_no_answer_was_not_sent_either(
    elsewhere: Elsewhere,
) -> None:
    async def reset(request: Any) -> tuple[int, Mapping[str, str], bytes]:
        raise ConnectionResetError(104, "reset")

    elsewhere.network.answer = reset
    async with elsewhere.aws(Connection(region="eu-west-1", role_arn=ROLE)) as aws:
        with pytest.raises(AwsNotSent):
            await aws.drs.start_recovery([("s-1a2b3c4d5e6f70001", None)], is_drill=True, tags={})
    assert elsewhere.signed_by == []


@pytest.mark.parametrize("user", ["anna", "ANNA\\domain user", "x" * 90])
def test_a_role_session_is_named_after_the_user(monkeypatch: pytest.MonkeyPatch, user: str) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: user)
    name = session.role_session_name()
    assert name.startswith("drs-tui-")
    assert len(name) <= 64
    assert not set(name) & {"\\", " "}


def test_a_user_without_a_name_has_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def nameless() -> str:
        raise KeyError("getpwuid(): uid not found: 1234")

    monkeypatch.setattr("getpass.getuser", nameless)
    monkeypatch.setattr("os.getuid", lambda: 1234)
    assert session.role_session_name() == "drs-tui-1234"


async def failure_of(aws: Aws) -> AwsError:
    async with aws:
        with pytest.raises(AwsNotSent) as caught:
            await aws.drs.start_recovery([("s-1a2b3c4d5e6f70001", None)], is_drill=True, tags={})
    return caught.value


async def test_missing_credentials_are_said_with_the_remedy() -> None:
    elsewhere = Elsewhere()
    error = await failure_of(elsewhere.aws(Connection(region="eu-west-1")))
    assert error.code == "NoCredentialsError"
    assert "aws sso login" in str(error)
    assert elsewhere.network.requests == []


async def test_a_missing_profile_is_said_with_the_remedy(elsewhere: Elsewhere) -> None:
    error = await failure_of(elsewhere.aws(Connection(region="eu-west-1", profile="missing")))
    assert error.code == "ProfileNotFound"
    assert "missing" in str(error)
    assert "aws configure list-profiles" in str(error)


async def test_single_sign_on_without_a_session_is_said_with_the_remedy(
    elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    use_config(
        monkeypatch,
        tmp_path,
        "[profile sso]\nsso_start_url = https://a.test\nsso_region = us-east-1\n"
        "sso_account_id = 123456789012\nsso_role_name = Drills\n",
    )
    error = await failure_of(elsewhere.aws(Connection(region="eu-west-1", profile="sso")))
    assert "aws sso login" in str(error)


async def test_a_profile_that_wants_a_code_never_asks_on_the_terminal(
    elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    use_config(
        monkeypatch,
        tmp_path,
        f"[profile mfa]\nrole_arn = {ROLE}\nsource_profile = base\n"
        "mfa_serial = arn:aws:iam::123456789012:mfa/anna\n"
        "[profile base]\naws_access_key_id = AKIABASE\naws_secret_access_key = s\n",
    )
    error = await failure_of(elsewhere.aws(Connection(region="eu-west-1", profile="mfa")))
    assert error.code == "MfaRequired"
    assert "export-credentials" in str(error)


@pytest.mark.parametrize("endpoint", ["drs.example.com", "http://"])
async def test_an_endpoint_that_is_no_url_is_refused(elsewhere: Elsewhere, endpoint: str) -> None:
    error = await failure_of(elsewhere.aws(Connection(region="eu-west-1", endpoint_url=endpoint)))
    assert "ndpoint" in str(error)


def test_importing_the_doors_leaves_the_sdk_alone() -> None:
    script = (
        "import sys, drs_tui.aws.connection, drs_tui.aws.drs, drs_tui.aws.sts\n"
        "from drs_tui.aws.connection import Aws, Connection\n"
        "Aws(Connection(endpoint_url='http://127.0.0.1:1')).region\n"
        "print({name.split('.')[0] for name in sys.modules}"
        " & {'aiobotocore', 'botocore', 'aiohttp', 'textual', 'pydantic'})"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"


def test_warming_up_reads_the_models_that_the_first_call_needs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    session.service_models.cache_clear()
    warm_up()

    def already_read(*_: object) -> None:
        raise AssertionError("read again")

    models = session.service_models()
    monkeypatch.setattr(models, "load_data_with_path", already_read)
    assert models.load_service_model("drs", "service-2")["metadata"]["serviceId"] == "drs"
    assert models.load_service_model("sts", "service-2")["metadata"]["serviceId"] == "STS"


def use_config(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str) -> None:
    (tmp_path / "config").write_text(text)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))


# Targets ----------------------------------------------------------------------------------------

LEDGER = Target("210987654321", "eu-west-1", role_arn="arn:aws:iam::210987654321:role/drills")
PLACES = Plan(
    "p",
    (Wave("a"), Wave("b", target=Target(region="eu-west-1")), Wave("c", target=LEDGER)),
    target=Target("123456789012", "us-east-1", "colleague"),
)


def test_what_is_said_for_all_replaces_what_a_plan_says_of_itself_alone() -> None:
    own, region, ledger = connections_to(PLACES, Reach("mine", "us-east-2")).values()
    assert (own.profile, own.region, own.role_arn) == ("mine", "us-east-2", None)
    assert (region.profile, region.region) == ("mine", "eu-west-1")
    assert (ledger.profile, ledger.region, ledger.role_arn) == (
        "mine",
        "eu-west-1",
        LEDGER.role_arn,
    )
    assert {each.simulated_account for each in (own, region, ledger)} == {""}


def test_on_this_machine_each_target_is_an_account_of_the_simulator() -> None:
    reach = Reach(endpoint_url="http://127.0.0.1:8099")
    apart = connections_to(PLACES, reach).values()
    embedded = connections_to(PLACES, Reach(), "http://127.0.0.1:8099").values()
    for found in (apart, embedded):
        assert [each.simulated_account for each in found] == [
            "123456789012",
            "123456789012",
            "210987654321",
        ]


async def test_an_account_of_the_simulator_is_named_by_the_access_key() -> None:
    async with Wire([EMPTY]) as server:
        there = Connection(endpoint_url=server.endpoint_url, simulated_account="210987654321")
        async with Aws(there) as aws:
            await aws.drs.source_servers()
        assert "Credential=210987654321/" in server.arrivals[0].headers["Authorization"]
