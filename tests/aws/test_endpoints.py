"""What is AWS's own endpoint, and what is called something else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from drs_tui.aws.connection import Aws, Connection
from drs_tui.aws.endpoints import is_custom
from tests.aws.memory import Network


@pytest.mark.parametrize(
    ("service", "url", "region"),
    [
        ("drs", "https://drs.us-east-1.amazonaws.com", "us-east-1"),
        ("drs", "https://drs-fips.us-east-1.amazonaws.com/", "us-east-1"),
        ("drs", "https://drs.eu-central-1.api.aws", "eu-central-1"),
        ("sts", "https://sts.amazonaws.com", "us-east-1"),
        ("sts", "https://sts.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
        ("ec2", "https://ec2.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        ("ssm", "https://SSM.eu-west-1.amazonaws.com:443", "eu-west-1"),
        ("service-quotas", "https://servicequotas.us-east-1.amazonaws.com", "us-east-1"),
        ("drs", "https://vpce-0a1b2c3d4e5f60718-ab1.drs.us-east-1.vpce.amazonaws.com", "us-east-1"),
        (
            "drs",
            "https://vpce-0a1b2c3d4e5f60718-ab1-us-east-1a.drs.us-east-1.vpce.amazonaws.com",
            "us-east-1",
        ),
        ("ec2", "https://vpce-0a1b2c3d-x.ec2.cn-north-1.vpce.amazonaws.com.cn", "cn-north-1"),
    ],
)
def test_these_are_aws(service: str, url: str, region: str) -> None:
    assert not is_custom(service, url, region)


@pytest.mark.parametrize(
    "url",
    [
        "http://drs.us-east-1.amazonaws.com",
        "https://drs.us-east-1.amazonaws.com:8443",
        "https://drs.eu-west-1.amazonaws.com",
        "https://ec2.us-east-1.amazonaws.com",
        "https://drs.us-east-1.amazonaws.com.example.com",
        "https://example.com/drs.us-east-1.amazonaws.com",
        "https://me@drs.us-east-1.amazonaws.com",
        "https://drs.internal.example.com",
        "http://127.0.0.1:8099",
        # A service that somebody offers by PrivateLink has a name of its own before the Region.
        "https://vpce-0a1b2c3d.vpce-svc-0a1b2c3d.us-east-1.vpce.amazonaws.com",
        "https://vpce-0a1b2c3d.ec2.us-east-1.vpce.amazonaws.com",
        "https://vpce-0a1b2c3d.drs.eu-west-1.vpce.amazonaws.com",
        "https://vpce-0a1b2c3d.x.drs.us-east-1.vpce.amazonaws.com",
    ],
)
def test_these_are_not_where_drs_answers_in_us_east_1(url: str) -> None:
    assert is_custom("drs", url, "us-east-1")


def test_a_vpc_endpoint_with_a_name_of_the_sites_own_is_listed_by_host() -> None:
    url = "https://drs.internal.example.com"
    assert not is_custom("drs", url, "us-east-1", ["drs.internal.example.com"])
    assert is_custom("drs", url.replace("https", "http"), "us-east-1", ["drs.internal.example.com"])


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAUSER")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")

    async def answer(_: Any) -> tuple[int, Mapping[str, str], bytes]:
        return 200, {}, b'{"items": []}'

    return Network(answer)


async def test_the_endpoints_are_told_without_asking_anybody(network: Network) -> None:
    async with Aws(Connection("us-east-1"), http_session_cls=network.session_class()) as aws:
        found = await aws.endpoints()
    assert found.urls == {
        "sts": "https://sts.us-east-1.amazonaws.com",
        "drs": "https://drs.us-east-1.amazonaws.com",
    }
    assert found.is_evidence
    assert found.stamp == ""
    assert network.requests == []


async def test_other_services_are_told_of_once_they_are_called(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SERVICE_QUOTAS", "https://quotas.example.com")
    async with Aws(Connection("us-east-1"), http_session_cls=network.session_class()) as aws:
        assert (await aws.endpoints()).is_evidence
        for service in (aws.ec2._service, aws.quotas._service):
            await service.open()
        found = await aws.endpoints()
    assert found.urls["ec2"] == "https://ec2.us-east-1.amazonaws.com"
    assert found.custom == ("service-quotas",)


async def test_an_endpoint_that_the_environment_names_is_found_out(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_DRS", "https://me:secret@drs.example.com/x")
    async with Aws(Connection("us-east-1"), http_session_cls=network.session_class()) as aws:
        found = await aws.endpoints()
    assert found.custom == ("drs",)
    assert not found.is_evidence
    assert found.urls["drs"] == "https://drs.example.com/x"
    assert found.stamp.startswith("NOT EVIDENCE: ")
    assert "drs at https://drs.example.com/x" in found.stamp


async def test_fips_endpoints_are_aws(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_USE_FIPS_ENDPOINT", "true")
    async with Aws(Connection("us-gov-west-1"), http_session_cls=network.session_class()) as aws:
        found = await aws.endpoints()
    assert found.urls["drs"] == "https://drs-fips.us-gov-west-1.amazonaws.com"
    assert found.is_evidence


async def test_what_calls_itself_a_simulator_is_one_wherever_it_is(network: Network) -> None:
    async def answer(_: Any) -> tuple[int, Mapping[str, str], bytes]:
        return 200, {"x-drs-simulator": "1"}, b'{"items": []}'

    network.answer = answer
    async with Aws(Connection("us-east-1"), http_session_cls=network.session_class()) as aws:
        await aws.drs.source_servers()
        found = await aws.endpoints()
    assert found.simulated
    assert found.stamp == "NOT EVIDENCE: it is a simulator that answered, not AWS"
