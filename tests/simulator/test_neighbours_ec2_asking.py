"""What EC2 is asked for page by page, and what it refuses in its own terms."""

from __future__ import annotations

from typing import Any

import pytest

from .caller import APP_1, DB_1, WINDOWS
from .neighbourhood import BOOTED, Neighbourhood


@pytest.mark.parametrize(
    ("operation", "members", "size"),
    [
        ("DescribeInstances", "Reservations", 5),
        ("DescribeInstanceStatus", "InstanceStatuses", 5),
        ("DescribeVolumes", "Volumes", 5),
        ("DescribeSubnets", "Subnets", 5),
        ("DescribeVpcs", "Vpcs", 5),
        ("DescribeLaunchTemplates", "LaunchTemplates", 4),
    ],
)
async def test_every_list_comes_in_pages(
    around: Neighbourhood, operation: str, members: str, size: int
) -> None:
    await around.launch(DB_1, APP_1, WINDOWS)
    around.clock.advance(BOOTED)

    pages = await around.pages("ec2", operation, size)
    paged = [item for page in pages for item in page[members]]
    assert paged == (await around("ec2", operation))[members]
    assert all(len(page[members]) <= size for page in pages)


async def test_versions_of_launch_templates_come_in_pages(around: Neighbourhood) -> None:
    whole = await around("ec2", "DescribeLaunchTemplateVersions", Versions=["$Latest"])
    pages = await around.pages("ec2", "DescribeLaunchTemplateVersions", 3, Versions=["$Latest"])

    paged = [item for page in pages for item in page["LaunchTemplateVersions"]]
    assert paged == whole["LaunchTemplateVersions"]
    assert len(pages) > 1


MISSING = "0123456789abcdef0"


@pytest.mark.parametrize(
    ("operation", "parameters", "status", "code"),
    [
        ("DescribeInstances", {"InstanceIds": [f"i-{MISSING}"]}, 400, "InvalidInstanceID.NotFound"),
        ("DescribeInstances", {"InstanceIds": ["orders"]}, 400, "InvalidInstanceID.Malformed"),
        ("DescribeInstances", {"MaxResults": 4}, 400, "InvalidParameterValue"),
        ("DescribeInstances", {"NextToken": "bogus"}, 400, "InvalidParameterValue"),
        (
            "DescribeInstances",
            {"InstanceIds": [f"i-{MISSING}"], "MaxResults": 5},
            400,
            "InvalidInstanceID.NotFound",
        ),
        (
            "DescribeInstances",
            {"Filters": [{"Name": "colour", "Values": ["red"]}]},
            400,
            "InvalidParameterValue",
        ),
        ("DescribeInstances", {"DryRun": True}, 412, "DryRunOperation"),
        (
            "DescribeInstanceStatus",
            {"InstanceIds": [f"i-{MISSING}"]},
            400,
            "InvalidInstanceID.NotFound",
        ),
        (
            "DescribeInstanceAttribute",
            {"InstanceId": f"i-{MISSING}", "Attribute": "instanceType"},
            400,
            "InvalidInstanceID.NotFound",
        ),
        ("DescribeVolumes", {"VolumeIds": [f"vol-{MISSING}"]}, 400, "InvalidVolume.NotFound"),
        ("DescribeSubnets", {"SubnetIds": [f"subnet-{MISSING}"]}, 400, "InvalidSubnetID.NotFound"),
        ("DescribeVpcs", {"VpcIds": [f"vpc-{MISSING}"]}, 400, "InvalidVpcID.NotFound"),
        (
            "DescribeLaunchTemplates",
            {"LaunchTemplateIds": [f"lt-{MISSING}"]},
            400,
            "InvalidLaunchTemplateId.NotFound",
        ),
        (
            "DescribeLaunchTemplates",
            {"LaunchTemplateNames": ["orders"]},
            400,
            "InvalidLaunchTemplateName.NotFoundException",
        ),
        ("DescribeLaunchTemplateVersions", {}, 400, "MissingParameter"),
        ("RunInstances", {"MinCount": 1, "MaxCount": 1}, 400, "UnsupportedOperation"),
    ],
)
async def test_what_there_is_not_is_refused_in_ec2s_own_terms(
    around: Neighbourhood, operation: str, parameters: dict[str, Any], status: int, code: str
) -> None:
    assert await around.refused("ec2", operation, **parameters) == (status, code)


async def test_a_page_size_beside_ids_is_refused(around: Neighbourhood) -> None:
    instance_id = next(iter(await around.instances()))

    assert await around.refused(
        "ec2", "DescribeInstances", InstanceIds=[instance_id], MaxResults=5
    ) == (400, "InvalidParameterCombination")


async def test_a_version_that_a_launch_template_lacks_is_refused(around: Neighbourhood) -> None:
    templates = await around("ec2", "DescribeLaunchTemplates")
    one = templates["LaunchTemplates"][0]["LaunchTemplateId"]

    for version, code in (
        ("9", "InvalidLaunchTemplateId.VersionNotFound"),
        ("latest", "InvalidLaunchTemplateVersion.Malformed"),
    ):
        assert await around.refused(
            "ec2", "DescribeLaunchTemplateVersions", LaunchTemplateId=one, Versions=[version]
        ) == (400, code)


async def test_instance_types_have_vcpus_and_unknown_ones_are_left_out_by_a_filter(
    around: Neighbourhood,
) -> None:
    asked = [{"Name": "instance-type", "Values": ["m5.large", "r5.4xlarge", "m9.tiny"]}]
    answer = await around("ec2", "DescribeInstanceTypes", Filters=asked, MaxResults=100)

    found = {each["InstanceType"]: each["VCpuInfo"] for each in answer["InstanceTypes"]}
    assert {name: cpus["DefaultVCpus"] for name, cpus in found.items()} == {
        "m5.large": 2,
        "r5.4xlarge": 16,
    }


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"InstanceTypes": ["x1e.xlarge"]}, "InvalidInstanceType"),
        ({"MaxResults": 200}, "InvalidParameterValue"),
    ],
)
async def test_instance_types_that_are_none_and_too_many_at_once_are_refused(
    around: Neighbourhood, parameters: dict[str, Any], code: str
) -> None:
    assert await around.refused("ec2", "DescribeInstanceTypes", **parameters) == (400, code)
