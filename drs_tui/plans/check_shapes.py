"""The shape of the checks in a plan file, and the checks that they become."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, Tag

from drs_tui.documents.shape import Shape, first_key
from drs_tui.model import launch_checks as model
from drs_tui.plans.values import (
    Duration,
    Flag,
    HostName,
    HttpPath,
    HttpStatus,
    Port,
    RegularExpression,
    Text,
    Vantage,
)

Within = Annotated[
    Duration | None,
    Field(description="how long it may take to pass; absent: 15m, of Windows servers 60m"),
]


class Per(StrEnum):
    """How often a check is made."""

    SERVER = "server"
    WAVE = "wave"


class CheckShape(Shape):
    """The options of a check that needs no more to be said."""

    within: Within = None


class ProbeShape(CheckShape):
    """The options of a check that is made from somewhere."""

    from_: Vantage = Field(
        model.BASTION,
        alias="from",
        description="bastion (default); ssm, on the instance itself; or ssm:NAME, a server of the "
        "run or an instance id to probe from",
    )
    per: Per = Field(
        Per.SERVER, description="server (default), or wave: one server that passes is enough"
    )


class TcpShape(ProbeShape):
    """The options of a TCP check."""

    port: Port = Field(description="the port that must accept connections, 1 to 65535")


class HttpShape(ProbeShape):
    """The options of an HTTP check."""

    port: Port = Field(80, description="the port, 1 to 65535 (default: 80)")
    path: HttpPath = Field("/", description="what is asked for, such as /health (default: /)")
    status: HttpStatus = Field(200, description="the status that it answers with (default: 200)")
    body: RegularExpression | None = Field(
        None, description="a regular expression to be found in the first 64 KiB of the body"
    )
    host: HostName | None = Field(
        None, description="the Host header; the connection goes to the instance all the same"
    )


class HttpsShape(HttpShape):
    """The options of an HTTPS check."""

    port: Port = Field(443, description="the port, 1 to 65535 (default: 443)")
    verify: Flag = Field(
        True, description="whether its certificate must be good for `host` (default: true)"
    )


class CommandShape(ProbeShape):
    """The options of a command check."""

    run: list[Text] = Field(min_length=1, description="the command and its arguments, as a list")
    from_: Vantage = Field(
        model.ON_INSTANCE,
        alias="from",
        description="ssm (default), on the instance itself; ssm:NAME, a server of the run or an "
        "instance id; or bastion, where the driver runs",
    )


class InstanceCheckShape(Shape):
    """The instance must be there."""

    instance: CheckShape = Field(description="its options, {} for none")


class Ec2StatusCheckShape(Shape):
    """Both EC2 status checks must pass."""

    ec2_status: CheckShape = Field(description="its options, {} for none")


class SsmAgentCheckShape(Shape):
    """The Systems Manager agent must be online."""

    ssm_agent: CheckShape = Field(description="its options, {} for none")


class PostLaunchCheckShape(Shape):
    """All post-launch actions must have succeeded."""

    post_launch: CheckShape = Field(description="its options, {} for none")


class TcpCheckShape(Shape):
    """A port must accept connections."""

    tcp: TcpShape = Field(description="its options, such as {port: 5432}")


class HttpCheckShape(Shape):
    """An HTTP request must be answered."""

    http: HttpShape = Field(description="its options, such as {port: 8080, path: /health}")


class HttpsCheckShape(Shape):
    """An HTTPS request must be answered."""

    https: HttpsShape = Field(description="its options, such as {host: orders.example.com}")


class CommandCheckShape(Shape):
    """A command must succeed."""

    command: CommandShape = Field(
        description="its options, such as {run: [systemctl, is-active, orders]}"
    )


AnyCheckShape = (
    Annotated[Ec2StatusCheckShape, Tag("<ec2_status>")]
    | Annotated[TcpCheckShape, Tag("<tcp>")]
    | Annotated[HttpCheckShape, Tag("<http>")]
    | Annotated[HttpsCheckShape, Tag("<https>")]
    | Annotated[CommandCheckShape, Tag("<command>")]
    | Annotated[SsmAgentCheckShape, Tag("<ssm_agent>")]
    | Annotated[PostLaunchCheckShape, Tag("<post_launch>")]
    | Annotated[InstanceCheckShape, Tag("<instance>")]
)
Check = Annotated[AnyCheckShape, first_key(AnyCheckShape)]


def build_check(shape: AnyCheckShape) -> model.Check:
    """The check that a file describes."""
    match shape:
        case InstanceCheckShape():
            return model.InstanceCheck(shape.instance.within)
        case Ec2StatusCheckShape():
            return model.Ec2StatusCheck(shape.ec2_status.within)
        case SsmAgentCheckShape():
            return model.SsmAgentCheck(shape.ssm_agent.within)
        case PostLaunchCheckShape():
            return model.PostLaunchCheck(shape.post_launch.within)
        case TcpCheckShape(tcp=tcp):
            return model.TcpCheck(tcp.port, tcp.within, tcp.from_, tcp.per is Per.WAVE)
        case CommandCheckShape(command=command):
            per_wave = command.per is Per.WAVE
            return model.CommandCheck(tuple(command.run), command.within, command.from_, per_wave)
        case HttpCheckShape(http=http):
            return _http(http)
        case HttpsCheckShape(https=https):
            return _http(https)


def _http(shape: HttpShape) -> model.HttpCheck:
    is_tls = isinstance(shape, HttpsShape)
    return model.HttpCheck(
        port=shape.port,
        within_seconds=shape.within,
        vantage=shape.from_,
        per_wave=shape.per is Per.WAVE,
        path=shape.path,
        status=shape.status,
        body=shape.body or "",
        host=shape.host or "",
        tls=is_tls,
        verify=shape.verify if isinstance(shape, HttpsShape) else True,
    )
