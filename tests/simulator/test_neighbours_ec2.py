"""EC2 as boto3 meets it, over a Region in which DRS launches."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .caller import APP_1, DB_1, WEB_1, WINDOWS
from .neighbourhood import BOOTED, Neighbourhood, neighbourhood, tags

SOURCE = "AWSElasticDisasterRecoverySourceServerID"
MINUTE = 60.0


async def recovered(around: Neighbourhood, server: str = DB_1) -> dict[str, Any]:
    """EC2's view of the newest recovery instance of a server."""
    asked = [{"Name": f"tag:{SOURCE}", "Values": [server]}]
    found = (await around.instances(Filters=asked)).values()
    return max(found, key=lambda instance: instance["LaunchTime"])


async def states(around: Neighbourhood, name: str) -> list[str]:
    """The states of all instances with a certain Name tag."""
    found = await around.instances(Filters=[{"Name": "tag:Name", "Values": [name]}])
    return [instance["State"]["Name"] for instance in found.values()]


async def checks(around: Neighbourhood, instance_id: str) -> tuple[str, str]:
    """The status of the system and of the instance."""
    answer = await around("ec2", "DescribeInstanceStatus", InstanceIds=[instance_id])
    (status,) = answer["InstanceStatuses"]
    return status["SystemStatus"]["Status"], status["InstanceStatus"]["Status"]


async def test_before_any_launch_there_are_replication_servers_alone(around: Neighbourhood) -> None:
    found = await around.instances()

    assert {tags(each)["Name"] for each in found.values()} == {
        "AWS Elastic Disaster Recovery Replication Server"
    }
    assert not any(SOURCE in tags(each) for each in found.values())


async def test_a_launch_brings_a_conversion_server_and_then_an_instance_that_stays(
    around: Neighbourhood,
) -> None:
    await around.launch(DB_1)
    around.clock.advance(3 * MINUTE)
    conversion = "AWS Elastic Disaster Recovery Conversion Server"
    assert await states(around, conversion) == ["running"]
    assert await states(around, "orders-db-1") == []

    around.clock.advance(3 * MINUTE)
    assert await states(around, conversion) == ["terminated"]
    assert await states(around, "orders-db-1") == ["running"]

    around.clock.advance(2 * BOOTED)
    assert await states(around, conversion) == []
    assert await states(around, "orders-db-1") == ["running"]


@pytest.mark.parametrize("server", [DB_1, WINDOWS])
async def test_drs_and_ec2_tell_the_same_of_a_recovery_instance(
    around: Neighbourhood, server: str
) -> None:
    job_id = await around.launch(server)
    around.clock.advance(BOOTED)
    told = (await around.recovery_instances())[server]
    found = await around.instances(InstanceIds=[told["ec2InstanceID"]])
    instance = found[told["ec2InstanceID"]]

    properties = told["recoveryInstanceProperties"]
    assert properties["networkInterfaces"][0]["ips"] == [instance["PrivateIpAddress"]]
    assert [disk["ebsVolumeID"] for disk in properties["disks"]] == [
        each["Ebs"]["VolumeId"] for each in instance["BlockDeviceMappings"]
    ]
    assert tags(instance).items() >= told["tags"].items()
    assert tags(instance)["drs.amazonaws.com-job"] == job_id


async def test_status_checks_pass_some_time_after_drs_calls_an_instance_launched(
    around: Neighbourhood,
) -> None:
    await around.launch(DB_1)
    while DB_1 not in await around.recovery_instances():
        around.clock.advance(5.0)
    instance_id = (await around.recovery_instances())[DB_1]["ec2InstanceID"]

    seen = [await checks(around, instance_id)]
    while seen[-1] != ("ok", "ok"):
        around.clock.advance(5.0)
        status = await checks(around, instance_id)
        seen += [] if status == seen[-1] else [status]
    assert seen == [("initializing", "initializing"), ("ok", "initializing"), ("ok", "ok")]


async def test_windows_boots_for_longer_than_linux(around: Neighbourhood) -> None:
    for server in (APP_1, WINDOWS):
        await around.launch(server)
        while server not in await around.recovery_instances():
            around.clock.advance(10.0)
        around.clock.advance(3 * MINUTE)
        instance_id = (await around.recovery_instances())[server]["ec2InstanceID"]
        expected = ("ok", "ok") if server == APP_1 else ("initializing", "initializing")
        assert await checks(around, instance_id) == expected


async def test_a_terminated_instance_is_listed_for_an_hour_without_network_and_volumes(
    around: Neighbourhood,
) -> None:
    await around.launch(DB_1)
    around.clock.advance(BOOTED)
    before = await recovered(around)
    await around.terminate(before["InstanceId"])
    around.clock.advance(30.0)
    assert (await recovered(around))["State"] == {"Code": 32, "Name": "shutting-down"}

    around.clock.advance(5 * MINUTE)
    after = await recovered(around)
    assert after["State"] == {"Code": 48, "Name": "terminated"}
    assert "PrivateIpAddress" not in after
    assert after["BlockDeviceMappings"] == []
    ours = [{"Name": "tag:drs.amazonaws.com-source-server", "Values": [DB_1]}]
    assert (await around("ec2", "DescribeVolumes", Filters=ours))["Volumes"] == []

    around.clock.advance(BOOTED)
    assert before["InstanceId"] not in await around.instances()


async def test_a_new_launch_terminates_the_instance_of_the_one_before(
    around: Neighbourhood,
) -> None:
    await around.launch(DB_1)
    around.clock.advance(BOOTED)
    first = await recovered(around)
    await around.launch(DB_1)
    around.clock.advance(BOOTED / 2)

    found = await around.instances(Filters=[{"Name": f"tag:{SOURCE}", "Values": [DB_1]}])
    assert sorted(instance["State"]["Name"] for instance in found.values()) == [
        "running",
        "terminated",
    ]
    assert found[first["InstanceId"]]["State"]["Name"] == "terminated"


async def test_only_running_instances_have_a_status_unless_all_are_asked_for(
    around: Neighbourhood,
) -> None:
    await around.launch(DB_1)
    around.clock.advance(BOOTED)
    instance_id = (await recovered(around))["InstanceId"]
    await around.terminate(instance_id)
    around.clock.advance(10 * MINUTE)

    running = await around("ec2", "DescribeInstanceStatus")
    everything = await around("ec2", "DescribeInstanceStatus", IncludeAllInstances=True)
    assert instance_id not in {each["InstanceId"] for each in running["InstanceStatuses"]}
    (gone,) = (e for e in everything["InstanceStatuses"] if e["InstanceId"] == instance_id)
    assert gone["InstanceStatus"] == {"Status": "not-applicable"}


async def test_a_recovery_instance_has_the_disks_of_its_source(around: Neighbourhood) -> None:
    await around.launch(DB_1)
    around.clock.advance(BOOTED)
    instance_id = (await recovered(around))["InstanceId"]
    attached = [{"Name": "attachment.instance-id", "Values": [instance_id]}]
    answer = await around("ec2", "DescribeVolumes", Filters=attached)

    volumes = sorted(answer["Volumes"], key=lambda volume: volume["Attachments"][0]["Device"])
    assert [volume["Size"] for volume in volumes] == [40, 500]
    assert {tags(volume)["drs.amazonaws.com-source-server"] for volume in volumes} == {DB_1}
    named = await around("ec2", "DescribeVolumes", VolumeIds=[volumes[1]["VolumeId"]])
    assert named["Volumes"] == [volumes[1]]


@pytest.mark.parametrize(
    ("name", "values", "finds"),
    [
        ("instance-state-name", ["pending", "running"], True),
        ("instance-state-name", ["terminated"], False),
        ("instance-state-code", ["16"], True),
        ("tag:Name", ["orders-*-?"], True),
        ("tag:Name", [r"orders-\*-?"], False),
        ("tag:Name", ["ORDERS-DB-1"], False),
        ("tag-key", [SOURCE], True),
        ("instance-type", ["r5.xlarge"], True),
        ("availability-zone", ["us-east-1?"], True),
    ],
)
async def test_filters_take_wildcards_and_any_of_their_values(
    around: Neighbourhood, name: str, values: list[str], finds: bool
) -> None:
    await around.launch(DB_1)
    around.clock.advance(BOOTED)
    instance_id = (await recovered(around))["InstanceId"]

    found = await around.instances(Filters=[{"Name": name, "Values": values}])
    assert (instance_id in found) is finds


async def test_an_instance_lives_where_its_launch_template_says(around: Neighbourhood) -> None:
    await around.launch(DB_1)
    around.clock.advance(BOOTED)
    instance = await recovered(around)
    template_id = tags(instance)["aws:ec2launchtemplate:id"]

    answer = await around(
        "ec2",
        "DescribeLaunchTemplateVersions",
        LaunchTemplateId=template_id,
        Versions=["$Default"],
    )
    (version,) = answer["LaunchTemplateVersions"]
    data = version["LaunchTemplateData"]
    assert version["DefaultVersion"]
    assert str(version["VersionNumber"]) == tags(instance)["aws:ec2launchtemplate:version"]
    assert data["InstanceType"] == instance["InstanceType"]
    assert data["NetworkInterfaces"][0]["Groups"] == [
        group["GroupId"] for group in instance["SecurityGroups"]
    ]
    subnets = await around("ec2", "DescribeSubnets", SubnetIds=[instance["SubnetId"]])
    assert subnets["Subnets"][0]["VpcId"] == instance["VpcId"]
    vpcs = await around("ec2", "DescribeVpcs", VpcIds=[instance["VpcId"]])
    assert vpcs["Vpcs"][0]["IsDefault"] is ("SubnetId" not in data["NetworkInterfaces"][0])


async def test_drs_names_the_launch_template_that_ec2_has(around: Neighbourhood) -> None:
    configuration = await around("drs", "GetLaunchConfiguration", sourceServerID=DB_1)
    named = configuration["ec2LaunchTemplateID"]
    answer = await around("ec2", "DescribeLaunchTemplates", LaunchTemplateIds=[named])

    (template,) = answer["LaunchTemplates"]
    assert DB_1 in template["LaunchTemplateName"]
    by_name = await around(
        "ec2",
        "DescribeLaunchTemplates",
        LaunchTemplateNames=[template["LaunchTemplateName"]],
    )
    assert by_name["LaunchTemplates"] == [template]


async def test_the_default_versions_of_all_templates_can_be_read_at_once(
    around: Neighbourhood,
) -> None:
    templates = await around("ec2", "DescribeLaunchTemplates")
    answer = await around("ec2", "DescribeLaunchTemplateVersions", Versions=["$Default"])

    assert {each["LaunchTemplateId"] for each in answer["LaunchTemplateVersions"]} == {
        each["LaunchTemplateId"] for each in templates["LaunchTemplates"]
    }
    one = templates["LaunchTemplates"][0]["LaunchTemplateId"]
    every = await around("ec2", "DescribeLaunchTemplateVersions", LaunchTemplateId=one)
    assert [each["DefaultVersion"] for each in every["LaunchTemplateVersions"]] == [False, True]


async def test_an_instance_says_whether_it_is_protected_from_termination(
    around: Neighbourhood,
) -> None:
    await around.launch(DB_1)
    around.clock.advance(BOOTED)
    instance_id = (await recovered(around))["InstanceId"]

    async def attribute(name: str) -> dict[str, Any]:
        return await around(
            "ec2", "DescribeInstanceAttribute", InstanceId=instance_id, Attribute=name
        )

    protection = await attribute("disableApiTermination")
    assert protection["DisableApiTermination"] == {"Value": False}
    assert (await attribute("instanceType"))["InstanceType"] == {"Value": "r5.xlarge"}
    assert await around.refused(
        "ec2", "DescribeInstanceAttribute", InstanceId=instance_id, Attribute="kernel"
    ) == (400, "UnsupportedOperation")


async def test_each_region_has_networks_of_its_own() -> None:
    ids = []
    for region in ("us-east-1", "eu-west-1"):
        async with neighbourhood(region) as around:
            vpcs = await around("ec2", "DescribeVpcs")
            ids += [vpc["VpcId"] for vpc in vpcs["Vpcs"]]

    assert len(set(ids)) == len(ids)


async def test_an_instance_that_never_boots_fails_its_check_in_the_end(tmp_path: Path) -> None:
    scenario = tmp_path / "no-boot.yaml"
    scenario.write_text(
        "summary: one server of orders never boots\n"
        "faults:\n  - {kind: no-boot, servers: [orders-db-1]}\n"
    )
    async with neighbourhood(scenario=str(scenario)) as around:
        await around.launch(DB_1, APP_1)
        around.clock.advance(BOOTED)
        found = await around.recovery_instances()
        assert await checks(around, found[DB_1]["ec2InstanceID"]) == ("ok", "impaired")
        assert await checks(around, found[APP_1]["ec2InstanceID"]) == ("ok", "ok")
        reporting = await around("ssm", "DescribeInstanceInformation")

    agents = {each["InstanceId"] for each in reporting["InstanceInformationList"]}
    assert agents == {found[APP_1]["ec2InstanceID"]}


async def test_termination_protection_of_an_earlier_instance_shows() -> None:
    async with neighbourhood(scenario="protected") as around:
        instance_id = (await around.recovery_instances())[DB_1]["ec2InstanceID"]
        answer = await around(
            "ec2",
            "DescribeInstanceAttribute",
            InstanceId=instance_id,
            Attribute="disableApiTermination",
        )

    assert answer["DisableApiTermination"] == {"Value": True}


async def test_a_launch_template_can_switch_protection_on_and_tags_are_copied() -> None:
    async with neighbourhood(scenario="kept") as around:
        await around.launch(DB_1, APP_1)
        around.clock.advance(BOOTED)
        found = await around.recovery_instances()
        answer = await around(
            "ec2",
            "DescribeInstanceAttribute",
            InstanceId=found[DB_1]["ec2InstanceID"],
            Attribute="disableApiTermination",
        )
        instances = await around.instances()

    assert answer["DisableApiTermination"] == {"Value": True}
    tags = instances[found[APP_1]["ec2InstanceID"]]["Tags"]
    assert {"Key": "drs-tui:keep", "Value": "until Monday"} in tags


async def test_a_server_whose_post_launch_actions_failed_is_failed_and_runs() -> None:
    async with neighbourhood(scenario="kept") as around:
        job_id = await around.launch(WEB_1)
        around.clock.advance(BOOTED)
        answer = await around("drs", "DescribeJobs", filters={"jobIDs": [job_id]})
        found = await around.recovery_instances()

    (server,) = answer["items"][0]["participatingServers"]
    assert (server["launchStatus"], found[WEB_1]["ec2InstanceState"]) == ("FAILED", "RUNNING")


async def test_an_instance_to_launch_into_is_there_before_and_is_the_recovery_instance_after() -> (
    None
):
    async with neighbourhood(scenario="launch-into") as around:
        target = "i-0a11ce0fa11ce0001"
        before = (await around.instances(InstanceIds=[target]))[target]
        await around.launch(APP_1)
        around.clock.advance(BOOTED)
        after = (await around.instances(InstanceIds=[target]))[target]

    assert (before["State"]["Name"], after["State"]["Name"]) == ("stopped", "running")
    assert tags(before)["AWSDRS"] == "AllowLaunchingIntoThisInstance"
    assert tags(after)[SOURCE] == APP_1
    assert before["PrivateIpAddress"] == after["PrivateIpAddress"]


async def test_a_server_of_many_disks_has_a_volume_and_a_device_for_each(tmp_path: Path) -> None:
    scenario = tmp_path / "wide.yaml"
    sizes = ", ".join(["10"] * 60)
    scenario.write_text(
        "summary: one server with many disks\n"
        f"fleet:\n  - {{name: wide, id: s-0123456789abcdef0, disks_gib: [{sizes}]}}\n"
    )
    async with neighbourhood(scenario=str(scenario)) as around:
        await around.launch("s-0123456789abcdef0")
        around.clock.advance(BOOTED)
        instance = await recovered(around, "s-0123456789abcdef0")

    mappings = instance["BlockDeviceMappings"]
    assert len({mapping["Ebs"]["VolumeId"] for mapping in mappings}) == 60
    devices = [mapping["DeviceName"] for mapping in mappings]
    assert len(set(devices)) == 60
    assert [devices[0], devices[1], devices[25], devices[26], devices[59]] == [
        "/dev/sda1",
        "/dev/sdb",
        "/dev/sdz",
        "/dev/sdba",
        "/dev/sdch",
    ]
