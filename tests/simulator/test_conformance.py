"""DRS as plain boto3 meets it, over a socket: every operation, every page, every error.

Each answer that comes in is held against botocore's service model: its status, its members, their
types, patterns, limits and enumerations. What the model doesn't know is a departure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError, HTTPClientError
from botocore.loaders import Loader
from botocore.model import Shape

from drs_tui.simulator.fleet import FLEET
from drs_tui.simulator.operations import OPERATIONS
from drs_tui.simulator.scenarios import SCENARIOS, RegionStart, Scenario
from drs_tui.simulator.scenarios.rules import FaultRule, RequestFault
from drs_tui.simulator.scenarios.scenario import PlanExecution, Quotas

from .caller import APP_1, DB_1, DB_2, STALLED, SYNCING, WINDOWS
from .conformance import drs_model
from .served import UNDECLARED, Drs, served

STAGING, OTHER_STAGING = "210987654321", "310987654321"
ABSENT_SERVER = "s-00000000000000000"
ABSENT_INSTANCE = "i-00000000000000000"
ABSENT_JOB = "drsjob-00000000000000000"

STAGED = tuple(
    replace(server, staging_account=account)
    for server, account in zip(
        FLEET, (STAGING, OTHER_STAGING, *[None] * (len(FLEET) - 2)), strict=True
    )
)
"""The usual fleet, whose first two servers replicate in other accounts."""

CALM = Scenario(
    "calm",
    "for these tests",
    fleet=STAGED,
    executions=(PlanExecution("DRILL", ((DB_2,),)), PlanExecution("RECOVERY", ((WINDOWS,),))),
)


@pytest.fixture(autouse=True)
def nobodys_aws_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DRS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def drs() -> Iterator[Drs]:
    with served(CALM) as client:
        yield client


# Every operation ---------------------------------------------------------------------------------


def arn(kind: str, identity: str) -> str:
    return f"arn:aws:drs:us-east-1:123456789012:{kind}/{identity}"


def extensible(drs: Drs) -> str:
    items = drs("ListExtensibleSourceServers", stagingAccountID=STAGING)["items"]
    found: str = items[0]["arn"]
    return found


def an_instance(drs: Drs) -> str:
    return drs.launched(APP_1)[APP_1]


def a_disconnected_instance(drs: Drs) -> str:
    instance = an_instance(drs)
    drs("DisconnectRecoveryInstance", recoveryInstanceID=instance)
    return instance


def a_disconnected_server(drs: Drs) -> str:
    drs("DisconnectSourceServer", sourceServerID=APP_1)
    return APP_1


def a_stopped_server(drs: Drs) -> str:
    drs("StopReplication", sourceServerID=APP_1)
    return APP_1


def an_execution(drs: Drs) -> str:
    found: str = drs("ListRecoveryPlanExecutions")["recoveryPlanExecutions"][0][
        "recoveryPlanExecutionArn"
    ]
    return found


def an_ended_job(drs: Drs) -> str:
    job_id = drs.launch(APP_1)
    drs.clock.advance(3600)
    return job_id


VALID: Mapping[str, Callable[[Drs], dict[str, Any]]] = {
    "CreateExtendedSourceServer": lambda drs: {
        "sourceServerArn": extensible(drs),
        "tags": {"Tier": "gold"},
    },
    "DeleteJob": lambda drs: {"jobID": an_ended_job(drs)},
    "DeleteRecoveryInstance": lambda drs: {"recoveryInstanceID": a_disconnected_instance(drs)},
    "DeleteSourceServer": lambda drs: {"sourceServerID": a_disconnected_server(drs)},
    "DescribeJobLogItems": lambda drs: {"jobID": an_ended_job(drs)},
    "DescribeJobs": lambda drs: {"filters": {"jobIDs": [an_ended_job(drs)]}},
    "DescribeLaunchConfigurationTemplates": lambda _: {},
    "DescribeRecoveryInstances": lambda drs: {
        "filters": {"recoveryInstanceIDs": [an_instance(drs)]}
    },
    "DescribeRecoverySnapshots": lambda _: {"sourceServerID": DB_1, "order": "DESC"},
    "DescribeReplicationConfigurationTemplates": lambda _: {},
    "DescribeSourceServers": lambda drs: {"filters": {"sourceServerIDs": list(drs.launched(DB_1))}},
    "DisconnectRecoveryInstance": lambda drs: {"recoveryInstanceID": an_instance(drs)},
    "DisconnectSourceServer": lambda _: {"sourceServerID": APP_1},
    "GetFailbackReplicationConfiguration": lambda drs: {"recoveryInstanceID": an_instance(drs)},
    "GetLaunchConfiguration": lambda _: {"sourceServerID": DB_1},
    "GetReplicationConfiguration": lambda _: {"sourceServerID": DB_1},
    "InitializeService": lambda _: {},
    "ListExtensibleSourceServers": lambda _: {"stagingAccountID": STAGING},
    "ListRecoveryPlanExecutionSteps": lambda drs: {"recoveryPlanExecutionArn": an_execution(drs)},
    "ListRecoveryPlanExecutions": lambda _: {"status": "IN_PROGRESS"},
    "ListStagingAccounts": lambda _: {"maxResults": 50},
    "ListTagsForResource": lambda _: {"resourceArn": arn("source-server", DB_1)},
    "RetryDataReplication": lambda _: {"sourceServerID": STALLED},
    "ReverseReplication": lambda drs: {"recoveryInstanceID": an_instance(drs)},
    "StartRecovery": lambda _: {
        "sourceServers": [{"sourceServerID": DB_1}, {"sourceServerID": WINDOWS}],
        "isDrill": True,
        "tags": {"Run": "01J"},
    },
    "StartReplication": lambda drs: {"sourceServerID": a_stopped_server(drs)},
    "StopFailback": lambda drs: {"recoveryInstanceID": an_instance(drs)},
    "StopReplication": lambda _: {"sourceServerID": DB_1},
    "TagResource": lambda _: {"resourceArn": arn("source-server", DB_1), "tags": {"Tier": "gold"}},
    "TerminateRecoveryInstances": lambda drs: {"recoveryInstanceIDs": [an_instance(drs)]},
    "UntagResource": lambda _: {
        "resourceArn": arn("source-server", DB_1),
        "tagKeys": ["Role", "Name"],
    },
    "UpdateLaunchConfiguration": lambda _: {
        "sourceServerID": DB_1,
        "launchIntoInstanceProperties": {"launchIntoEC2InstanceID": "i-0123456789abcdef0"},
        "launchDisposition": "STOPPED",
        "recoveryMode": "FAST",
    },
}
"""Parameters with which each operation succeeds, having done what it takes."""


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_answers_what_the_model_says(drs: Drs, operation: str) -> None:
    drs(operation, **VALID[operation](drs))


def test_every_state_that_a_server_can_be_in_is_one_of_the_model() -> None:
    states = drs_model().shape_for("DataReplicationState").metadata["enum"]
    fleet = tuple(
        replace(FLEET[0], source_server_id=f"s-{n:017d}", replication_state=state)
        for n, state in enumerate(states)
    )
    with served(Scenario("states", "one server of each", fleet=fleet)) as drs:
        for hours in (0, 5, 50):
            drs.clock.advance(hours * 3600)
            items = drs("DescribeSourceServers")["items"]
            found = [item["dataReplicationInfo"]["dataReplicationState"] for item in items]
            assert found == states


def test_a_restarted_replication_goes_through_states_of_the_model(drs: Drs) -> None:
    drs("StopReplication", sourceServerID=APP_1)
    drs("StartReplication", sourceServerID=APP_1)
    seen = []
    for _ in range(30):
        [server] = drs("DescribeSourceServers", filters={"sourceServerIDs": [APP_1]})["items"]
        seen.append(server["dataReplicationInfo"]["dataReplicationState"])
        drs.clock.advance(120)

    assert list(dict.fromkeys(seen)) == ["INITIATING", "INITIAL_SYNC", "CONTINUOUS"]


# Every page --------------------------------------------------------------------------------------


def two_instances(drs: Drs) -> dict[str, Any]:
    drs.launched(DB_1, DB_2)
    return {}


def two_jobs(drs: Drs) -> dict[str, Any]:
    return {"filters": {"jobIDs": [an_ended_job(drs), an_ended_job(drs)]}}


LISTS: Mapping[str, tuple[Callable[[Drs], dict[str, Any]], int]] = {
    "DescribeJobLogItems": (lambda drs: {"jobID": an_ended_job(drs)}, 8),
    "DescribeJobs": (two_jobs, 2),
    "DescribeLaunchConfigurationTemplates": (lambda _: {}, 1),
    "DescribeRecoveryInstances": (two_instances, 2),
    "DescribeRecoverySnapshots": (lambda _: {"sourceServerID": DB_1}, 35),
    "DescribeReplicationConfigurationTemplates": (lambda _: {}, 1),
    "DescribeSourceServers": (lambda _: {}, len(FLEET)),
    "ListExtensibleSourceServers": (lambda _: {"stagingAccountID": STAGING}, 3),
    "ListRecoveryPlanExecutionSteps": (
        lambda drs: {"recoveryPlanExecutionArn": an_execution(drs)},
        2,
    ),
    "ListRecoveryPlanExecutions": (lambda _: {}, 2),
    "ListStagingAccounts": (lambda _: {}, 2),
}
"""What to ask, and how many items there are then, for every operation that has pages."""


PAGINATED = sorted(
    Loader().load_service_model("drs", "paginators-1")["pagination"].keys() & OPERATIONS.keys()
)


def test_what_is_asked_for_pages_is_all_that_has_them() -> None:
    assert sorted(LISTS) == PAGINATED


@pytest.mark.parametrize("operation", PAGINATED)
def test_every_paginator_gives_the_same_by_single_items_as_at_once(
    drs: Drs, operation: str
) -> None:
    prepare, count = LISTS[operation]
    parameters = prepare(drs)
    [at_once] = drs.pages(operation, **parameters)
    singly = drs.pages(operation, 1, **parameters)

    assert len(at_once) == count
    assert singly == [[item] for item in at_once]


@pytest.mark.parametrize("operation", PAGINATED)
def test_a_token_of_nowhere_is_refused(drs: Drs, operation: str) -> None:
    error = drs.refusal(operation, **LISTS[operation][0](drs), nextToken="bm93aGVyZQ==")

    assert error.response["Error"]["Code"] == "ValidationException"
    assert [field["name"] for field in error.response["fieldList"]] == ["nextToken"]


# Every error -------------------------------------------------------------------------------------

ABSENT = {
    "ARN": arn("source-server", ABSENT_SERVER),
    "AccountID": STAGING,
    "JobID": ABSENT_JOB,
    "RecoveryInstanceID": ABSENT_INSTANCE,
    "SourceServerARN": arn("source-server", ABSENT_SERVER),
    "SourceServerID": ABSENT_SERVER,
    "StrictDRSARN": arn("recovery-plan", "rp-0/execution/rpe-0"),
    "TagKey": "Role",
    "TagValue": "db",
}
"""By shape, values that are in order and name what isn't there."""


def least(shape: Shape) -> Any:
    """The least input that the model allows."""
    match shape.type_name:
        case "structure":
            return {name: least(shape.members[name]) for name in shape.required_members}
        case "list":
            return [least(shape.member)]
        case "map":
            return {least(shape.key): least(shape.value)}
        case _:
            return ABSENT[shape.name]


def least_input(operation: str) -> dict[str, Any]:
    found: dict[str, Any] = least(drs_model().operation_model(operation).input_shape)
    return found


def declared(operation: str) -> list[str]:
    return [shape.name for shape in drs_model().operation_model(operation).error_shapes]


ANYWHERE: Mapping[str, Scenario] = {
    "AccessDeniedException": replace(CALM, rules=(FaultRule(RequestFault.ACCESS_DENIED),)),
    "InternalServerException": replace(CALM, rules=(FaultRule(RequestFault.ERROR),)),
    "ThrottlingException": replace(CALM, rules=(FaultRule(RequestFault.THROTTLE, seconds=3),)),
    "UninitializedAccountException": replace(CALM, other_regions=RegionStart.UNINITIALISED),
}
"""Errors that any operation that declares them answers in some scenario."""


@pytest.mark.parametrize("error", ANYWHERE)
def test_errors_of_the_account_and_the_service_come_as_declared(error: str) -> None:
    with served(ANYWHERE[error]) as drs:
        for operation in OPERATIONS:
            if error in declared(operation):
                refused = drs.refusal(operation, **least_input(operation))
                assert type(refused).__name__ == error, operation
                if error == "ThrottlingException":
                    assert refused.response["retryAfterSeconds"] == "3"


NOT_OF_THE_PATTERN = "?" * 19
INVALID: Mapping[str, Callable[[Drs], dict[str, Any]]] = {
    "CreateExtendedSourceServer": lambda _: {"sourceServerArn": "arn:aws:drs:us-east-1:1:job/1"},
    "DescribeJobLogItems": lambda _: {"jobID": "drsjob-" + "?" * 17},
    "DescribeJobs": lambda _: {"filters": {"fromDate": NOT_OF_THE_PATTERN}},
    "DescribeLaunchConfigurationTemplates": lambda _: {"maxResults": 1001},
    "DescribeRecoverySnapshots": lambda _: {"sourceServerID": NOT_OF_THE_PATTERN},
    "DescribeReplicationConfigurationTemplates": lambda _: {
        "replicationConfigurationTemplateIDs": ["rct-" + "?" * 17]
    },
    "DescribeSourceServers": lambda _: {"filters": {"sourceServerIDs": [NOT_OF_THE_PATTERN]}},
    "ListExtensibleSourceServers": lambda _: {"stagingAccountID": "nobody's own"},
    "ListRecoveryPlanExecutionSteps": lambda _: {"recoveryPlanExecutionArn": "?" * 20},
    "ListRecoveryPlanExecutions": lambda _: {"status": "LATE"},
    "ListStagingAccounts": lambda _: {"maxResults": 51},
    "ListTagsForResource": lambda _: {"resourceArn": NOT_OF_THE_PATTERN + "?"},
    "RetryDataReplication": lambda _: {"sourceServerID": DB_1},
    "ReverseReplication": lambda drs: {
        "recoveryInstanceID": drs.launched(STALLED)[STALLED],
    },
    "StartRecovery": lambda _: {"sourceServers": [{"sourceServerID": SYNCING}]},
    "TagResource": lambda _: {
        "resourceArn": arn("source-server", DB_1),
        "tags": {"aws:reserved": ""},
    },
    "TerminateRecoveryInstances": lambda _: {"recoveryInstanceIDs": [ABSENT_INSTANCE]},
    "UntagResource": lambda _: {"resourceArn": NOT_OF_THE_PATTERN + "?", "tagKeys": ["Role"]},
    "UpdateLaunchConfiguration": lambda _: {"sourceServerID": DB_1, "recoveryMode": "SLOW"},
}
"""Input that each operation refuses; InitializeService has none that could be wrong."""


def test_whatever_declares_that_input_can_be_wrong_is_given_wrong_input() -> None:
    of_the_model = {name for name in OPERATIONS if "ValidationException" in declared(name)}

    assert of_the_model - {"InitializeService"} <= INVALID.keys()


@pytest.mark.parametrize("operation", INVALID)
def test_wrong_input_is_refused_and_its_place_is_named(drs: Drs, operation: str) -> None:
    refused = drs.refusal(operation, **INVALID[operation](drs))

    assert type(refused).__name__ == "ValidationException"
    assert refused.response["reason"] in {"fieldValidationFailed", "other"}
    assert all(field["name"] and field["message"] for field in refused.response["fieldList"])


MISSING: Mapping[str, dict[str, Any]] = {
    "DescribeLaunchConfigurationTemplates": {"launchConfigurationTemplateIDs": ["lct-" + "0" * 17]},
    "DescribeReplicationConfigurationTemplates": {
        "replicationConfigurationTemplateIDs": ["rct-" + "0" * 17]
    },
}


@pytest.mark.parametrize(
    "operation",
    [
        name
        for name in OPERATIONS
        if "ResourceNotFoundException" in declared(name)
        or (name, "ResourceNotFoundException") in UNDECLARED
    ],
)
def test_what_is_not_there_is_refused_by_name(drs: Drs, operation: str) -> None:
    refused = drs.refusal(operation, **MISSING.get(operation, least_input(operation)))

    assert type(refused).__name__ == "ResourceNotFoundException"
    assert refused.response["resourceId"] in refused.response["Error"]["Message"]
    assert refused.response["resourceType"]


def a_busy_instance(drs: Drs) -> str:
    instance = an_instance(drs)
    drs.launch(APP_1)
    return instance


def a_reversed_instance(drs: Drs) -> str:
    instance = an_instance(drs)
    drs("ReverseReplication", recoveryInstanceID=instance)
    return instance


def a_busy_server(drs: Drs) -> str:
    drs.launch(APP_1)
    return APP_1


CONFLICTS: Mapping[str, Callable[[Drs], dict[str, Any]]] = {
    "DeleteJob": lambda drs: {"jobID": drs.launch(APP_1)},
    "DeleteRecoveryInstance": lambda drs: {"recoveryInstanceID": an_instance(drs)},
    "DeleteSourceServer": lambda _: {"sourceServerID": APP_1},
    "DisconnectRecoveryInstance": lambda drs: {"recoveryInstanceID": a_busy_instance(drs)},
    "DisconnectSourceServer": lambda drs: {"sourceServerID": next(iter(drs.launched(APP_1)))},
    "ReverseReplication": lambda drs: {"recoveryInstanceID": a_reversed_instance(drs)},
    "StartRecovery": lambda drs: {"sourceServers": [{"sourceServerID": a_busy_server(drs)}]},
    "StartReplication": lambda _: {"sourceServerID": APP_1},
    "StopReplication": lambda drs: {"sourceServerID": a_busy_server(drs)},
    "TerminateRecoveryInstances": lambda drs: {"recoveryInstanceIDs": [a_busy_instance(drs)]},
    "UpdateLaunchConfiguration": lambda drs: {"sourceServerID": a_busy_server(drs)},
}


def test_whatever_declares_a_conflict_is_led_into_one() -> None:
    assert CONFLICTS.keys() == {
        name for name in OPERATIONS if "ConflictException" in declared(name)
    }


@pytest.mark.parametrize("operation", CONFLICTS)
def test_a_conflict_names_what_is_in_the_way(drs: Drs, operation: str) -> None:
    refused = drs.refusal(operation, **CONFLICTS[operation](drs))

    assert type(refused).__name__ == "ConflictException"
    assert refused.response["resourceId"] in refused.response["Error"]["Message"]
    assert refused.response["resourceType"] in {"job", "recoveryInstance", "sourceServer"}


def two_of_two_jobs(drs: Drs) -> str:
    instance = an_instance(drs)
    drs.launch(DB_1)
    drs.launch(DB_2)
    return instance


BEYOND: Mapping[str, tuple[Quotas, Callable[[Drs], dict[str, Any]], str]] = {
    "CreateExtendedSourceServer": (
        Quotas(source_servers=len(FLEET)),
        lambda drs: {"sourceServerArn": extensible(drs)},
        "L-E28BE5E0",
    ),
    "StartRecovery": (
        Quotas(servers_in_a_job=1),
        lambda _: {"sourceServers": [{"sourceServerID": DB_1}, {"sourceServerID": DB_2}]},
        "L-B827C881",
    ),
    "TerminateRecoveryInstances": (
        Quotas(concurrent_jobs=2),
        lambda drs: {"recoveryInstanceIDs": [two_of_two_jobs(drs)]},
        "L-D88FAC3A",
    ),
}


def test_whatever_declares_a_quota_is_led_beyond_it() -> None:
    assert BEYOND.keys() == {
        name for name in OPERATIONS if "ServiceQuotaExceededException" in declared(name)
    }


@pytest.mark.parametrize("operation", BEYOND)
def test_a_quota_is_named_with_its_code(operation: str) -> None:
    quotas, provoke, code = BEYOND[operation]
    with served(replace(CALM, quotas=quotas)) as drs:
        refused = drs.refusal(operation, **provoke(drs))

        assert type(refused).__name__ == "ServiceQuotaExceededException"
        assert (refused.response["serviceCode"], refused.response["quotaCode"]) == ("drs", code)
        assert refused.response["resourceId"] == "123456789012"


# Every scenario ----------------------------------------------------------------------------------

WITHOUT_THE_SERVICE = {"chaos", "outage"}
"""Scenarios in which something else than DRS answers at times."""


@pytest.mark.parametrize(
    "scenario", [name for name in SCENARIOS if name not in WITHOUT_THE_SERVICE]
)
def test_a_drill_in_any_scenario_meets_nothing_that_the_model_does_not_know(scenario: str) -> None:
    with served(scenario) as drs:

        def ask(operation: str, **parameters: Any) -> dict[str, Any]:
            """Ask a few times; a scenario may have something against it."""
            for _ in range(5):
                with suppress(ClientError, HTTPClientError):
                    return drs(operation, **parameters)
                drs.clock.advance(30)
            return {}

        servers = ask("DescribeSourceServers", maxResults=50)["items"]
        chosen = [{"sourceServerID": server["sourceServerID"]} for server in servers[:2]]
        ask("StartRecovery", sourceServers=chosen, isDrill=True)
        for _ in range(8):
            for job in ask("DescribeJobs")["items"]:
                ask("DescribeJobLogItems", jobID=job["jobID"])
            ask("DescribeRecoveryInstances")
            drs.clock.advance(120)
        instances = ask("DescribeRecoveryInstances")["items"]
        if instances:
            ids = [instance["recoveryInstanceID"] for instance in instances]
            ask("TerminateRecoveryInstances", recoveryInstanceIDs=ids)
        drs.clock.advance(600)
        ask("DescribeJobs")
        ask("DescribeSourceServers", maxResults=50)
