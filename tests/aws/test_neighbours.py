"""EC2, Service Quotas and DRS's settings, as read from a simulated account over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from drs_tui.aws.connection import Aws, Connection
from drs_tui.aws.errors import AwsUnclear
from drs_tui.clock import ManualClock
from drs_tui.model.machines import Ec2Instance
from drs_tui.simulator.fleet import ORDERS
from drs_tui.simulator.server import Simulator, SimulatorSettings

from .wire import raw, served

START = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
DB, APP = ORDERS[0].source_server_id, ORDERS[2].source_server_id
UNKNOWN_INSTANCE = "i-0123456789abcdef0"
HOUR = 3600.0


@dataclass
class Account:
    """A simulated account, and the doors to it."""

    aws: Aws
    clock: ManualClock

    async def launch(self, server_id: str = DB) -> Ec2Instance:
        """Drill a server; its instance an hour later."""
        await self.aws.drs.start_recovery([(server_id, None)], is_drill=True, tags={})
        self.clock.advance(HOUR)
        (instance,) = await self.aws.ec2.instances_of_servers([server_id])
        return instance


@pytest.fixture
async def account(request: pytest.FixtureRequest) -> AsyncIterator[Account]:
    scenario = getattr(request, "param", "calm")
    clock = ManualClock(START)
    async with (
        Simulator(SimulatorSettings(scenario=scenario), clock) as simulator,
        Aws(Connection(endpoint_url=simulator.endpoint_url), clock=clock) as aws,
    ):
        yield Account(aws, clock)


async def test_an_instance_tells_its_server_its_network_and_its_volumes(account: Account) -> None:
    instance = await account.launch()
    assert (instance.server_id, instance.state) == (DB, "running")
    assert instance.launched_at is not None
    assert START < instance.launched_at < account.clock.now()
    (interface,) = instance.interfaces
    assert interface.vpc_id.startswith("vpc-")
    assert interface.private_addresses == (instance.private_address,)
    assert interface.security_group_ids
    assert interface.has_public_address is False
    volumes = await account.aws.ec2.volumes(instance.volume_ids)
    assert {volume.id for volume in volumes} == set(instance.volume_ids)
    assert {volume.instance_ids for volume in volumes} == {(instance.id,)}


async def test_what_ec2_does_not_know_is_left_out(account: Account) -> None:
    instance = await account.launch()
    ids = [instance.id, UNKNOWN_INSTANCE]
    assert [found.id for found in await account.aws.ec2.instances(ids)] == [instance.id]
    checks = await account.aws.ec2.instance_checks(ids)
    assert [(found.id, found.are_passed) for found in checks] == [(instance.id, True)]
    assert await account.aws.ec2.volumes(["vol-0123456789abcdef0"]) == []
    assert await account.aws.ec2.subnets(["subnet-0123456789abcdef0"]) == []


async def test_nothing_asked_for_is_nothing_found(account: Account) -> None:
    await account.launch()
    assert await account.aws.ec2.instances([]) == []
    assert await account.aws.ec2.instances_of_servers([]) == []
    assert await account.aws.ec2.volumes([]) == []


async def test_a_terminated_instance_is_gone_and_so_are_its_volumes(account: Account) -> None:
    instance = await account.launch()
    await account.aws.drs.terminate_recovery_instances([instance.id])
    account.clock.advance(HOUR / 6)
    (found,) = await account.aws.ec2.instances([instance.id])
    assert found.is_gone
    assert await account.aws.ec2.volumes(instance.volume_ids) == []


@pytest.mark.parametrize("account", ["protected"], indirect=True)
async def test_termination_protection_is_told(account: Account) -> None:
    listed = await account.aws.drs.recovery_instances()
    answers = [await account.aws.ec2.is_protected(instance.id) for instance in listed]
    assert True in answers
    assert None not in answers


async def test_the_default_version_of_a_template_is_what_a_launch_follows(account: Account) -> None:
    settings = await account.aws.drs.launch_settings(DB)
    template = await account.aws.ec2.default_template(settings.template_id)
    assert template is not None
    assert (template.is_default, template.version) == (True, 2)
    (wanted,) = template.interfaces
    assert template.digest
    assert await account.aws.ec2.default_templates([settings.template_id]) == [template]
    subnets = await account.aws.ec2.subnets([wanted.subnet_id]) if wanted.subnet_id else []
    possible = subnets or await account.aws.ec2.default_subnets()
    instance = await account.launch()
    assert instance.interfaces[0].subnet_id in {subnet.id for subnet in possible}
    assert {subnet.vpc_id for subnet in possible} == {instance.interfaces[0].vpc_id}


def version_of_template(data: str) -> str:
    """An answer of EC2's with one version of a launch template."""
    return (
        "<DescribeLaunchTemplateVersionsResponse><launchTemplateVersionSet><item>"
        "<launchTemplateId>lt-0123456789abcdef0</launchTemplateId><versionNumber>2</versionNumber>"
        f"<launchTemplateData>{data}</launchTemplateData>"
        "</item></launchTemplateVersionSet></DescribeLaunchTemplateVersionsResponse>"
    )


async def test_templates_have_one_digest_only_if_they_say_the_same() -> None:
    said = ["<keyName>ops</keyName>", "<keyName>ops</keyName>", "<keyName>dev</keyName>"]
    async with served(*(raw(version_of_template(data)) for data in said)) as (_, aws):
        read = [await aws.ec2.default_template("lt-0123456789abcdef0") for _ in said]
    first, same, other = (template.digest for template in read if template is not None)
    assert len(first) == 12
    assert first == same != other


async def test_a_template_that_is_gone_does_not_hide_the_others(account: Account) -> None:
    settings = [await account.aws.drs.launch_settings(each) for each in (DB, APP)]
    ids = [settings[0].template_id, "lt-0123456789abcdef0", settings[1].template_id]
    found = await account.aws.ec2.default_templates(ids)
    assert [template.id for template in found] == [ids[0], ids[2]]


@pytest.mark.parametrize("account", ["launch-into"], indirect=True)
async def test_launch_settings_name_the_instance_that_they_launch_into(account: Account) -> None:
    settings = await account.aws.drs.launch_settings(APP)
    assert settings.into_instance_id.startswith("i-")
    assert settings.server_id == APP
    other = await account.aws.drs.launch_settings(DB)
    assert (other.into_instance_id, other.copies_private_ip) == ("", False)
    assert "ResponseMetadata" not in other.raw


async def test_points_in_time_come_newest_first(account: Account) -> None:
    points = await account.aws.drs.points_in_time(DB)
    moments = [point.at for point in points if point.at is not None]
    assert len(moments) > 1
    assert moments == sorted(moments, reverse=True)
    assert {point.server_id for point in points} == {DB}


async def test_quotas_are_found_by_their_codes(account: Account) -> None:
    quotas = await account.aws.quotas.of("drs")
    assert quotas["L-D88FAC3A"] == 20
    assert await account.aws.quotas.one("ec2", "L-1216C47A") == 4096


async def test_an_answer_without_its_list_is_not_taken_for_an_empty_one() -> None:
    async with served(raw("<DescribeInstancesResponse/>")) as (_, aws):
        with pytest.raises(AwsUnclear, match="without its list of Reservations"):
            await aws.ec2.instances_of_servers([DB])
