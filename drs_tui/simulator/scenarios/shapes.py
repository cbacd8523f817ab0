"""The shape of a scenario file: which keys stand where, and what each holds."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, Tag

from drs_tui.documents.shape import Shape, first_key
from drs_tui.simulator.fleet import Direction, Origin, Platform
from drs_tui.simulator.scenarios.fault_shapes import Fault
from drs_tui.simulator.scenarios.scenario import RegionStart
from drs_tui.simulator.scenarios.values import (
    AccountId,
    Address,
    Cpus,
    Flag,
    Gib,
    InstanceId,
    Line,
    Pattern,
    Quota,
    RegionName,
    Seconds,
    SecurityGroupId,
    ServerCount,
    ServerId,
    ServerName,
    Spread,
    SubnetId,
    TagValue,
)


class ReplicationState(StrEnum):
    """A dataReplicationState."""

    STOPPED = "STOPPED"
    INITIATING = "INITIATING"
    INITIAL_SYNC = "INITIAL_SYNC"
    BACKLOG = "BACKLOG"
    CREATING_SNAPSHOT = "CREATING_SNAPSHOT"
    CONTINUOUS = "CONTINUOUS"
    PAUSED = "PAUSED"
    RESCAN = "RESCAN"
    STALLED = "STALLED"
    DISCONNECTED = "DISCONNECTED"


class Disposition(StrEnum):
    """A launchDisposition."""

    STARTED = "STARTED"
    STOPPED = "STOPPED"


class RightSizing(StrEnum):
    """A targetInstanceTypeRightSizingMethod."""

    NONE = "NONE"
    BASIC = "BASIC"
    IN_AWS = "IN_AWS"


class LaunchShape(Shape):
    """A source server's launch settings."""

    into_instance_id: InstanceId | None = Field(
        None, description="an EC2 instance whose volumes a launch exchanges"
    )
    disposition: Disposition | None = Field(None, description="STARTED (default) or STOPPED")
    copies_private_ip: Flag | None = Field(None, description="whether the private IP is copied")
    copies_tags: Flag | None = Field(None, description="whether tags are copied (default: true)")
    right_sizing: RightSizing | None = Field(None, description="NONE, BASIC (default) or IN_AWS")
    has_post_launch_actions: Flag | None = Field(
        None, description="whether post-launch actions run"
    )
    subnet_id: SubnetId | None = Field(None, description="the launch template's subnet")
    security_group_ids: list[SecurityGroupId] | None = Field(
        None, min_length=1, description="the launch template's security groups"
    )
    is_protected: Flag | None = Field(
        None, description="whether the launch template switches termination protection on"
    )


class PastShape(Shape):
    """A recovery instance that is there from the start."""

    age: Seconds | None = Field(None, description="how long ago it was launched (default: 26h)")
    is_drill: Flag | None = Field(
        None, description="whether a drill launched it; false (default): a real recovery"
    )
    is_protected: Flag | None = Field(
        None, description="whether EC2's termination protection keeps it"
    )
    is_disconnected: Flag | None = Field(
        None, description="whether DRS lists it no longer, though EC2 has it"
    )


class ServerSettingsShape(Shape):
    """What can be said of source servers."""

    tags: dict[Line, TagValue] | None = Field(None, description="tags; Name is the name")
    platform: Platform | None = Field(None, description="linux (default) or windows")
    origin: Origin | None = Field(None, description="AWS (default) or ON_PREMISES")
    instance_type: Line | None = Field(None, description="the recommended instance type")
    cpus: Cpus | None = Field(None, description="the number of cores")
    ram_gib: Gib | None = Field(None, description="memory in GiB")
    disks_gib: list[Gib] | None = Field(
        None, min_length=1, max_length=60, description="the sizes of its disks in GiB"
    )
    replication_state: ReplicationState | None = Field(
        None, description="a dataReplicationState; absent: CONTINUOUS"
    )
    lag: Seconds | None = Field(
        None, description="about which the lag moves; absent: seconds now and then"
    )
    stalled_for: Seconds | None = Field(
        None, description="how long before the start a stalled server was last heard of"
    )
    direction: Direction | None = Field(None, description="FAILOVER (default) or FAILBACK")
    staging_account: AccountId | None = Field(
        None, description="the account that it replicates in, if it is another"
    )
    launch: LaunchShape | None = Field(None, description="its launch settings")
    past: PastShape | None = Field(None, description="the recovery instance that it has")


class GroupShape(ServerSettingsShape):
    """Source servers that are made alike."""

    name: ServerName = Field(description="the host name; {n} or {n:03} is replaced by a number")
    count: ServerCount = Field(1, description="how many there are (default: 1)")
    id: ServerId | None = Field(None, description="the id, if there is one of them")
    address: Address | None = Field(None, description="the private IP, if there is one of them")


class Examples(StrEnum):
    """Which servers of the example plans."""

    ALL = "all"


class ExamplesShape(Shape):
    """The fleet of the example plans."""

    examples: Examples = Field(description="all")


class ChangeShape(ServerSettingsShape):
    """What is different about some servers of the fleet."""

    servers: list[Pattern] = Field(min_length=1, description="names or ids; * for any letters")


def _fleet_item(value: object) -> object:
    """The bare word `examples` stands for the fleet of the example plans."""
    return {"examples": "all"} if value == "examples" else value


AnyFleetItem = Annotated[ExamplesShape, Tag("<examples>")] | Annotated[GroupShape, Tag("<name>")]
FleetItem = Annotated[
    Annotated[AnyFleetItem, first_key(AnyFleetItem)],
    BeforeValidator(
        _fleet_item, json_schema_input_type=Literal["examples"] | ExamplesShape | GroupShape
    ),
]


class FleetShape(Shape):
    """A fleet, and what is different about some of it."""

    fleet: list[FleetItem] | None = Field(
        None,
        min_length=1,
        description="groups of source servers; `examples` are those of the example plans",
    )
    servers: list[ChangeShape] | None = Field(
        None, min_length=1, description="changes to some servers of the fleet, in order"
    )


class RegionShape(FleetShape):
    """One Region."""

    start: RegionStart = Field(
        RegionStart.INITIALISED,
        description="initialised (default), uninitialised or not-opted-in",
    )


class PhaseShape(Shape):
    """A duration, distributed log-normally."""

    median: Seconds = Field(description="half of them take less")
    spread: Spread = Field(
        0.05, description="the standard deviation of its logarithm (default: 0.05)"
    )


def _phase(value: object) -> object:
    """A bare duration is a median."""
    return {"median": value} if isinstance(value, str) else value


Phase = Annotated[PhaseShape, BeforeValidator(_phase, json_schema_input_type=Seconds | PhaseShape)]


class ProfileShape(Shape):
    """The phases of a launch; absent ones take as long as recorded drills."""

    snapshot: Phase | None = Field(None, description="taking the snapshot")
    wait: Phase | None = Field(None, description="between snapshot and conversion")
    conversion: Phase | None = Field(None, description="converting the volumes")
    launch: Phase | None = Field(None, description="launching the recovery instance")


class TimingsShape(Shape):
    """How long things take; what is absent takes as long as in recorded drills."""

    linux: ProfileShape | None = Field(None, description="launches of Linux servers")
    windows: ProfileShape | None = Field(None, description="launches of Windows servers")
    cleanup: Phase | None = Field(
        None, description="a launch's removal of an earlier recovery instance"
    )
    termination: Phase | None = Field(None, description="a TERMINATE job's removal of an instance")
    unreachable: Seconds | None = Field(
        None, description="how long DRS tries for a snapshot of an unreachable source"
    )
    refusal: Seconds | None = Field(
        None, description="how long DRS tries for a caller without EC2 rights"
    )


class QuotasShape(Shape):
    """Quotas of the account in each Region; absent ones of DRS are those that AWS documents."""

    concurrent_jobs: Quota | None = Field(None, description="jobs at once (20)")
    servers_in_a_job: Quota | None = Field(None, description="servers of one job (100)")
    servers_in_all_jobs: Quota | None = Field(None, description="servers of all jobs (500)")
    replicating_servers: Quota | None = Field(None, description="replicating servers (300)")
    source_servers: Quota | None = Field(None, description="source servers (4,000)")
    vcpus: Quota | None = Field(
        None, description="vCPUs of EC2's running standard On-Demand instances (4,096)"
    )


class ExecutionMode(StrEnum):
    """A recovery plan execution's mode."""

    DRILL = "DRILL"
    RECOVERY = "RECOVERY"


class ExecutionShape(Shape):
    """An execution of one of DRS's own recovery plans."""

    mode: ExecutionMode = Field(description="DRILL or RECOVERY")
    steps: list[Annotated[list[Pattern], Field(min_length=1)]] = Field(
        min_length=1, description="the servers of each step, by name or id; * for any letters"
    )
    until: Seconds | None = Field(None, description="when it is over (default: never)")


class AccountShape(FleetShape):
    """The Regions of an account."""

    regions: dict[RegionName, RegionShape] | None = Field(
        None, description="Regions that begin in a way of their own"
    )
    other_regions: RegionStart = Field(
        RegionStart.INITIALISED,
        description="the other Regions: initialised (default), uninitialised or not-opted-in",
    )


class ScenarioShape(AccountShape):
    """A scenario file."""

    summary: Line = Field(description="what happens, in one line")
    account: AccountId | None = Field(None, description="the account's 12 digits")
    accounts: dict[AccountId, AccountShape] | None = Field(
        None,
        description="other accounts, by their 12 digits: who signs with an access key of those "
        "digits, or takes on a role of theirs, is in them",
    )
    timings: TimingsShape | None = Field(None, description="how long things take")
    quotas: QuotasShape | None = Field(None, description="quotas that aren't AWS's defaults")
    plan_executions: list[ExecutionShape] | None = Field(
        None, description="executions of DRS's own recovery plans that wait before they launch"
    )
    jobs_show_late: Seconds | None = Field(
        None, description="how long at most a new job is missing, and an instance's id from its job"
    )
    first_launches_fail: Flag = Field(
        False,
        description="whether the first server launched fails and another is skipped, once a Region",
    )
    faults: list[Fault] | None = Field(
        None, min_length=1, description="what goes wrong, and when; of a request, the first counts"
    )


def scenario_schema() -> dict[str, Any]:
    """The JSON schema of scenario files, for editors that complete and check while one writes."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **ScenarioShape.model_json_schema(),
        "title": "drs-tui scenario",
    }
