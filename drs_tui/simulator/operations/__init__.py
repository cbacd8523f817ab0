"""The DRS operations that are built, by the name they have in the service model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from drs_tui.simulator.errors import ApiError
from drs_tui.simulator.operations import (
    jobs,
    plan_executions,
    recovery_instances,
    service,
    settings,
    snapshots,
    source_servers,
    tags,
)
from drs_tui.simulator.region import Region

Parameters = Mapping[str, Any]
Answer = dict[str, Any] | None
"""None: the operation's answer has no body."""

OPERATIONS: Mapping[str, Callable[[Region, Parameters, datetime], Answer]] = {
    "CreateExtendedSourceServer": service.create_extended_source_server,
    "DeleteJob": jobs.delete_job,
    "DeleteRecoveryInstance": recovery_instances.delete_recovery_instance,
    "DeleteSourceServer": source_servers.delete_source_server,
    "DescribeJobLogItems": jobs.describe_job_log_items,
    "DescribeJobs": jobs.describe_jobs,
    "DescribeLaunchConfigurationTemplates": settings.describe_launch_configuration_templates,
    "DescribeRecoveryInstances": recovery_instances.describe_recovery_instances,
    "DescribeRecoverySnapshots": snapshots.describe_recovery_snapshots,
    "DescribeReplicationConfigurationTemplates": (
        settings.describe_replication_configuration_templates
    ),
    "DescribeSourceServers": source_servers.describe_source_servers,
    "DisconnectRecoveryInstance": recovery_instances.disconnect_recovery_instance,
    "DisconnectSourceServer": source_servers.disconnect_source_server,
    "GetFailbackReplicationConfiguration": settings.get_failback_replication_configuration,
    "GetLaunchConfiguration": settings.get_launch_configuration,
    "GetReplicationConfiguration": settings.get_replication_configuration,
    "InitializeService": service.initialize_service,
    "ListExtensibleSourceServers": service.list_extensible_source_servers,
    "ListRecoveryPlanExecutions": plan_executions.list_recovery_plan_executions,
    "ListRecoveryPlanExecutionSteps": plan_executions.list_recovery_plan_execution_steps,
    "ListStagingAccounts": service.list_staging_accounts,
    "ListTagsForResource": tags.list_tags_for_resource,
    "RetryDataReplication": source_servers.retry_data_replication,
    "ReverseReplication": recovery_instances.reverse_replication,
    "StartRecovery": jobs.start_recovery,
    "StartReplication": source_servers.start_replication,
    "StopFailback": recovery_instances.stop_failback,
    "StopReplication": source_servers.stop_replication,
    "TagResource": tags.tag_resource,
    "TerminateRecoveryInstances": jobs.terminate_recovery_instances,
    "UntagResource": tags.untag_resource,
    "UpdateLaunchConfiguration": settings.update_launch_configuration,
}
"""Each refuses what it can't do with an ApiError, before it has changed anything."""

_OPEN_TO_ALL = frozenset(
    {"InitializeService", "ListTagsForResource", "TagResource", "UntagResource"}
)
"""What an account may call whose Region is not initialized: no such error is declared for it."""


def refuse_unbuilt(operation: str) -> None:
    """Refuse an operation of the service that this simulator lacks.

    Raises:
        ApiError: it does; the message says what there is instead.
    """
    if operation in OPERATIONS:
        return
    if "RecoveryPlan" in operation:
        raise ApiError(
            "UnsupportedOperationException",
            f"This simulator does not build {operation} yet; of DRS's own recovery plans it lists "
            "executions that the scenario has. Launch with StartRecovery",
        )
    raise ApiError(
        "UnsupportedOperationException",
        f"This simulator does not build {operation} yet; it builds {', '.join(OPERATIONS)}",
    )


def perform(region: Region, operation: str, parameters: Parameters, now: datetime) -> Answer:
    """Perform an operation that is built, at the moment `now`.

    `parameters` are those of the service model, already validated against it.

    Raises:
        ApiError: it is refused, and nothing has changed.
    """
    if not region.changes.initialized and operation not in _OPEN_TO_ALL:
        raise ApiError(
            "UninitializedAccountException",
            f"Account {region.account} is not initialized for Elastic Disaster Recovery in "
            f"{region.name}; call InitializeService",
        )
    return OPERATIONS[operation](region, parameters, now)
