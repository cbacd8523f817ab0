"""Launch and replication settings, tags, staging accounts, and the service itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from drs_tui.simulator.changes import Changes
from drs_tui.simulator.errors import ApiError
from drs_tui.simulator.fleet import FLEET, LaunchSettings
from drs_tui.simulator.region import Region
from drs_tui.simulator.scenarios import RegionStart, Scenario

from .caller import DB_1, DB_2, START, Caller

Regions = Callable[..., Caller]
STAGING = "210987654321"


def region(scenario: Scenario) -> Caller:
    return Caller(Region("us-east-1", scenario, created_at=START, seed=0, speed=1.0))


def staged() -> Caller:
    """A Region of the usual fleet, whose first server is staged in another account."""
    first, *others = FLEET
    fleet = (replace(first, staging_account=STAGING), *others)
    return region(Scenario("staged", "one server is staged elsewhere", fleet=fleet))


# Launch and replication --------------------------------------------------------------------------


def test_a_launch_configuration_is_what_the_scenario_says() -> None:
    into = LaunchSettings(into_instance_id="i-0123456789abcdef0", copies_private_ip=True)
    drs = region(Scenario("into", "x", fleet=(replace(FLEET[0], launch=into),)))
    found = drs("GetLaunchConfiguration", sourceServerID=DB_1)

    assert found["launchIntoInstanceProperties"] == {
        "launchIntoEC2InstanceID": "i-0123456789abcdef0"
    }
    assert (found["copyPrivateIp"], found["launchDisposition"]) == (True, "STARTED")
    assert found["ec2LaunchTemplateID"].startswith("lt-")


def test_an_update_changes_what_it_names_and_nothing_else(region_of: Regions) -> None:
    drs = region_of()
    before = drs("GetLaunchConfiguration", sourceServerID=DB_1)
    answer = drs(
        "UpdateLaunchConfiguration", sourceServerID=DB_1, copyPrivateIp=True, recoveryMode="FAST"
    )

    assert answer == before | {"copyPrivateIp": True, "recoveryMode": "FAST"}
    assert drs("GetLaunchConfiguration", sourceServerID=DB_1) == answer
    assert drs("GetLaunchConfiguration", sourceServerID=DB_2)["copyPrivateIp"] is False


def test_the_fast_recovery_mode_makes_launches_without_conversion(region_of: Regions) -> None:
    drs = region_of()
    drs("UpdateLaunchConfiguration", sourceServerID=DB_1, recoveryMode="FAST")
    job_id = drs.launch(DB_1, DB_2)
    drs.pass_time(minutes=15)

    assert "CONVERSION_START" not in drs.events(job_id, DB_1)
    assert "CONVERSION_START" in drs.events(job_id, DB_2)


def test_the_settings_of_a_server_in_a_job_stay(region_of: Regions) -> None:
    drs = region_of()
    drs.launch(DB_1)

    with pytest.raises(ApiError, match="processed by a job"):
        drs("UpdateLaunchConfiguration", sourceServerID=DB_1, copyPrivateIp=True)


def test_a_replication_configuration_names_the_schedule_that_points_are_kept_by(
    region_of: Regions,
) -> None:
    found = region_of()("GetReplicationConfiguration", sourceServerID=DB_1)

    policy = [(r["units"], r["interval"], r["retentionDuration"]) for r in found["pitPolicy"]]
    assert policy == [("MINUTE", 10, 60), ("HOUR", 1, 24), ("DAY", 1, 7)]
    assert [disk["isBootDisk"] for disk in found["replicatedDisks"]] == [True, False]


# Tags --------------------------------------------------------------------------------------------


def test_tags_of_a_source_server_are_the_same_wherever_they_are_read(region_of: Regions) -> None:
    drs = region_of()
    arn = drs.server(DB_1)["arn"]
    drs("TagResource", resourceArn=arn, tags={"Tier": "gold", "Role": "primary"})
    drs("UntagResource", resourceArn=arn, tagKeys=["Environment", "none of it"])

    tags = drs("ListTagsForResource", resourceArn=arn)["tags"]
    assert tags == {
        "Application": "orders",
        "Name": "orders-db-1",
        "Role": "primary",
        "Tier": "gold",
    }
    assert drs.server(DB_1)["tags"] == tags
    assert drs.server(DB_2)["tags"]["Role"] == "database"


def test_instances_jobs_and_templates_have_tags_too(region_of: Regions) -> None:
    drs = region_of()
    job_id = drs.launch(DB_1)
    drs.pass_time(minutes=15)
    [launch_template] = drs("DescribeLaunchConfigurationTemplates")["items"]
    [replication_template] = drs("DescribeReplicationConfigurationTemplates")["items"]

    for resource in (
        drs.instances()[DB_1],
        drs.job(job_id),
        launch_template,
        replication_template,
    ):
        drs("TagResource", resourceArn=resource["arn"], tags={"Tier": "gold"})
        tags = drs("ListTagsForResource", resourceArn=resource["arn"])["tags"]
        assert tags == resource["tags"] | {"Tier": "gold"}
    assert drs.instances()[DB_1]["tags"]["Tier"] == "gold"
    assert drs.job(job_id)["tags"] == {"Tier": "gold"}


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:drs:us-east-1:123456789012:source-server/s-00000000000000000",
        f"arn:aws:drs:eu-west-1:123456789012:source-server/{DB_1}",
        f"arn:aws:drs:us-east-1:210987654321:source-server/{DB_1}",
        f"arn:aws:drs:us-east-1:123456789012:recovery-plan/{DB_1}",
        "arn:aws:s3:::a-bucket-of-mine",
    ],
)
def test_what_is_no_resource_of_the_region_has_no_tags(region_of: Regions, arn: str) -> None:
    with pytest.raises(ApiError) as refused:
        region_of()("ListTagsForResource", resourceArn=arn)

    assert refused.value.code == "ResourceNotFoundException"


@pytest.mark.parametrize(
    ("tags", "words"),
    [({"aws:mine": ""}, "reserved"), ({f"k{n}": "" for n in range(47)}, "51 tags")],
)
def test_tags_beyond_what_aws_allows_are_refused(
    region_of: Regions, tags: dict[str, str], words: str
) -> None:
    drs = region_of()
    with pytest.raises(ApiError, match=words):
        drs("TagResource", resourceArn=drs.server(DB_1)["arn"], tags=tags)


# Staging accounts --------------------------------------------------------------------------------


def test_a_staged_server_says_where_it_comes_from() -> None:
    drs = staged()
    area = drs.server(DB_1)["stagingArea"]

    assert (area["status"], area["stagingAccountID"]) == ("EXTENDED", STAGING)
    assert f":{STAGING}:source-server/s-" in area["stagingSourceServerArn"]
    assert drs.server(DB_2)["stagingArea"]["status"] == "NOT_EXTENDED"
    assert drs("ListStagingAccounts")["accounts"] == [{"accountID": STAGING}]


def test_extending_a_server_makes_one_of_our_own_that_can_be_launched() -> None:
    drs = staged()
    first, *others = drs("ListExtensibleSourceServers", stagingAccountID=STAGING)["items"]
    answer = drs("CreateExtendedSourceServer", sourceServerArn=first["arn"], tags={"Tier": "gold"})
    server = answer["sourceServer"]

    assert server["tags"] == first["tags"] | {"Tier": "gold"}
    assert server["stagingArea"]["stagingSourceServerArn"] == first["arn"]
    assert drs.server(server["sourceServerID"]) == server
    left = drs("ListExtensibleSourceServers", stagingAccountID=STAGING)["items"]
    assert left == others
    with pytest.raises(ApiError, match="does not exist"):
        drs("CreateExtendedSourceServer", sourceServerArn=first["arn"])
    drs.launch(server["sourceServerID"])


def test_an_account_that_stages_nothing_has_nothing_to_extend(region_of: Regions) -> None:
    drs = region_of()

    assert drs("ListExtensibleSourceServers", stagingAccountID=STAGING)["items"] == []
    assert drs("ListStagingAccounts")["accounts"] == []


# The service -------------------------------------------------------------------------------------


def test_nothing_answers_in_a_region_until_it_is_initialized() -> None:
    drs = region(Scenario("new", "never used", other_regions=RegionStart.UNINITIALISED))
    with pytest.raises(ApiError, match="us-east-1; call InitializeService") as refused:
        drs("DescribeSourceServers")
    assert refused.value.code == "UninitializedAccountException"

    drs("InitializeService")
    drs("InitializeService")
    assert drs("DescribeSourceServers")["items"] == []


def test_a_deleted_job_is_forgotten_and_its_instances_stay(region_of: Regions) -> None:
    drs = region_of()
    job_id = drs.launch(DB_1)
    with pytest.raises(ApiError, match="is PENDING"):
        drs("DeleteJob", jobID=job_id)
    drs.pass_time(minutes=15)

    drs("DeleteJob", jobID=job_id)
    assert drs("DescribeJobs")["items"] == []
    with pytest.raises(ApiError, match="does not exist"):
        drs.log(job_id)
    assert set(drs.instances()) == {DB_1}


# What is kept ------------------------------------------------------------------------------------


def test_a_restored_region_answers_as_the_one_that_was_kept() -> None:
    drs = staged()
    first, *_ = drs("ListExtensibleSourceServers", stagingAccountID=STAGING)["items"]
    drs("CreateExtendedSourceServer", sourceServerArn=first["arn"])
    drs("UpdateLaunchConfiguration", sourceServerID=DB_2, copyPrivateIp=True)
    drs("TagResource", resourceArn=drs.server(DB_2)["arn"], tags={"Tier": "gold"})
    drs.launch(DB_2)
    drs.pass_time(minutes=15)
    drs("StopReplication", sourceServerID=DB_2)

    again = staged()
    changes = Changes.from_json(drs.region.changes.to_json())
    again.region.restore(drs.region.jobs, drs.region.instances.values(), changes)
    again.now = drs.now

    asked: list[tuple[str, dict[str, Any]]] = [
        ("DescribeSourceServers", {}),
        ("DescribeRecoveryInstances", {}),
        ("DescribeJobs", {}),
        ("GetLaunchConfiguration", {"sourceServerID": DB_2}),
        ("ListExtensibleSourceServers", {"stagingAccountID": STAGING}),
    ]
    for operation, parameters in asked:
        assert again(operation, **parameters) == drs(operation, **parameters)


def test_only_what_changes_something_counts_as_a_change(region_of: Regions) -> None:
    drs = region_of()
    for operation in ("DescribeSourceServers", "DescribeJobs", "ListStagingAccounts"):
        drs(operation)
    assert drs.region.revision == 0

    drs.launch(DB_1)
    drs("UpdateLaunchConfiguration", sourceServerID=DB_2, copyPrivateIp=True)
    assert drs.region.revision == 2
