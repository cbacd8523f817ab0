"""The shape of a plan file: which keys stand where, and what each holds."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, Tag

from drs_tui.documents.shape import Shape, first_key
from drs_tui.model.plan import (
    MAX_SERVERS_PER_WAVE,
    FailurePolicy,
    Impact,
    Mode,
    ObjectivesPolicy,
    Overdue,
)
from drs_tui.plans.check_shapes import Check
from drs_tui.plans.values import (
    SOURCE_SERVER_ID,
    Account,
    Approvals,
    Duration,
    Excluded,
    Flag,
    InstanceId,
    Name,
    PointInTime,
    Prose,
    Region,
    RoleArn,
    SecurityGroupId,
    ServerId,
    ServerName,
    SubnetId,
    TagValue,
    Text,
    VpcId,
    source_server_id,
)

Modes = Annotated[
    list[Mode],
    Field(min_length=1, description="the modes it runs in: [drill], [recovery] or both"),
]
Timeout = Annotated[Duration | None, Field(description="how long it may take; absent: 5m")]
OnFailure = Annotated[
    FailurePolicy,
    Field(description="what to do when it fails: pause and ask (default), stop or continue"),
]
ImpactField = Annotated[
    Impact, Field(description="whether its failure is the wave's: critical (default) or optional")
]


class TargetShape(Shape):
    """An account and Region."""

    account: Account | None = Field(None, description="the account's 12 digits")
    region: Region | None = Field(None, description="the Region, such as us-east-1")
    profile: Text | None = Field(None, description="a profile of the AWS configuration")
    role_arn: RoleArn | None = Field(None, description="a role to assume")


class NetworksShape(Shape):
    """Networks, of each kind any number."""

    vpcs: list[VpcId] | None = Field(None, min_length=1, description="VPC ids")
    subnets: list[SubnetId] | None = Field(None, min_length=1, description="subnet ids")
    security_groups: list[SecurityGroupId] | None = Field(
        None, min_length=1, description="security group ids"
    )


class IsolationShape(NetworksShape):
    """The networks in which drill instances may live."""

    waived: Prose | None = Field(
        None, description="instead of networks: why drills of this plan need none of their own"
    )


class DefaultsShape(Shape):
    """What holds for every wave that doesn't say otherwise."""

    timeout: Duration | None = Field(
        None, description="how long a wave may take; absent: 60m, with Windows servers 2h"
    )
    max_lag: Duration | None = Field(None, description="the replication lag that is still ready")
    on_failure: FailurePolicy | None = Field(
        None, description="what to do when a wave did not succeed: pause, stop or continue"
    )


class ServerShape(Shape):
    """One server, by id or by name."""

    id: ServerId | None = Field(None, description="the source server's id")
    name: ServerName | None = Field(None, description="the source server's tag Name or host name")
    impact: ImpactField = Impact.CRITICAL
    launch_into: InstanceId | None = Field(
        None,
        description="the existing EC2 instance that its launch settings launch into, if they do",
    )


class SelectorShape(Shape):
    """Servers by their tags."""

    tags: dict[Text, TagValue] = Field(
        min_length=1, description="the tags that a server must all have, such as {Role: app}"
    )
    impact: ImpactField = Impact.CRITICAL


class GateShape(Shape):
    """A question before a wave launches."""

    prompt: Prose = Field(description="the question that a person answers")
    approvals: Approvals = Field(1, description="how many different people must approve")
    excluded: Excluded | None = Field(
        None, alias="not", description="who may not approve: starter, who started the run"
    )
    within: Duration | None = Field(
        None, description="how long it waits for its answer; absent: for ever"
    )
    then: Overdue | None = Field(
        None, description="what follows `within`: wait (default: it is shown as overdue) or stop"
    )


class ManualStepShape(Shape):
    """Something a person does."""

    manual: Prose = Field(description="what a person does and acknowledges")
    assignee: Prose | None = Field(None, description="whose it is; anybody may acknowledge it")


class CommandStepShape(Shape):
    """A local command."""

    run: list[Text] = Field(
        min_length=1,
        description="the command and its arguments, as a list; a path is relative to the plan",
    )
    modes: Modes
    timeout: Timeout = None
    on_failure: OnFailure = FailurePolicy.PAUSE
    aws: Flag = Field(False, description="whether it gets AWS_* variables: true or false")


class SsmShape(Shape):
    """An SSM automation document with its parameters."""

    document: Text = Field(description="the name of the automation document")
    parameters: dict[Text, list[Text]] = Field(
        default_factory=dict, description="lists of values by parameter name"
    )


class SsmStepShape(Shape):
    """An SSM automation."""

    ssm: SsmShape = Field(description="a document and its parameters")
    modes: Modes
    timeout: Timeout = None
    on_failure: OnFailure = FailurePolicy.PAUSE


def _server(value: object) -> object:
    """A bare text is an id if it looks like one, else a name."""
    if not isinstance(value, str):
        return value
    if value.startswith("s-"):
        return {"id": source_server_id(value)}
    return {"name": value}


Server = Annotated[
    ServerShape, BeforeValidator(_server, json_schema_input_type=ServerName | ServerShape)
]
AnyStepShape = (
    Annotated[ManualStepShape, Tag("<manual>")]
    | Annotated[CommandStepShape, Tag("<run>")]
    | Annotated[SsmStepShape, Tag("<ssm>")]
)
Step = Annotated[AnyStepShape, first_key(AnyStepShape)]


class WaveShape(Shape):
    """Servers launched together."""

    name: Name = Field(description="the wave's name: a-z, 0-9 and hyphen, unique in the plan")
    servers: list[Server] | None = Field(
        None,
        min_length=1,
        max_length=MAX_SERVERS_PER_WAVE,
        description=f"ids ({SOURCE_SERVER_ID}) or names, or mappings with id or name and impact",
    )
    select: SelectorShape | None = Field(None, description="more servers, by their tags")
    after: list[Name] | None = Field(
        None, description="waves that come first; absent: the one before it; []: at once"
    )
    gate: GateShape | None = Field(None, description="a question that a person answers first")
    before: list[Step] = Field(
        default_factory=list, description="steps before the wave launches, in order"
    )
    afterwards: list[Step] = Field(
        default_factory=list, description="steps once it has ended, before the waves after it"
    )
    checks: list[Check] | None = Field(
        None,
        description="checks of launched servers; critical ones always get ec2_status; []: none",
    )
    timeout: Duration | None = Field(
        None, description="how long the wave may take; absent: 60m, with Windows servers 2h"
    )
    max_lag: Duration | None = Field(None, description="the replication lag that is still ready")
    on_failure: FailurePolicy | None = Field(
        None, description="what to do when the wave did not succeed: pause, stop or continue"
    )
    point_in_time: PointInTime | None = Field(
        None, description="latest (default), newest-existing, common, or a time with offset"
    )
    target: TargetShape | None = Field(
        None,
        description="another account or Region; a Region alone is of the plan's own account",
    )


class PlanShape(Shape):
    """A plan file."""

    name: Name = Field(description="the plan's name: a-z, 0-9 and hyphen, unique in its folder")
    title: Prose | None = Field(None, description="the name for people")
    target: TargetShape | None = Field(None, description="the account and Region to act on")
    rto: Duration | None = Field(None, description="how long the whole recovery may take")
    rpo: Duration | None = Field(None, description="how much data may be lost")
    objectives: ObjectivesPolicy | None = Field(
        None,
        description="whether a missed or unknown rto or rpo is no success: required (default) or "
        "reported",
    )
    isolation: IsolationShape | None = Field(
        None,
        description="where drill instances may live: vpcs, subnets, security_groups, or waived",
    )
    defaults: DefaultsShape = Field(
        default_factory=DefaultsShape, description="what holds for every wave unless it says so"
    )
    waves: list[WaveShape] = Field(min_length=1, description="the waves, a list")


def plan_schema() -> dict[str, Any]:
    """The JSON schema of plan files, for editors that complete and check while one writes."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **PlanShape.model_json_schema(),
        "title": "drs-tui plan",
    }
