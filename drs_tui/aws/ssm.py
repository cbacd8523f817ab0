"""AWS Systems Manager: which instances' agents are online, and commands on them."""

from __future__ import annotations

from collections.abc import Sequence

from drs_tui.aws import parse
from drs_tui.aws.account import LastCheck, Signers
from drs_tui.aws.errors import AwsRefused, AwsUnclear
from drs_tui.aws.service import Service
from drs_tui.model.machines import Agent, Invocation

MOST_FILTER_VALUES = 100
"""Values that one filter of DescribeInstanceInformation takes (SSM's service model)."""

SHELL_SCRIPT = "AWS-RunShellScript"
POWERSHELL_SCRIPT = "AWS-RunPowerShellScript"

_PAGE_SIZE = 50
_FEW = 5


class Ssm:
    """Systems Manager of one account and Region; every method raises `AwsError`."""

    def __init__(self, service: Service, signers: Signers) -> None:
        """Call through `service`; `signers` knows whose its credentials are."""
        self._service = service
        self._signers = signers

    async def agents(self, instance_ids: Sequence[str]) -> list[Agent]:
        """The agents of the named instances; those that have never reported are absent."""
        found: list[Agent] = []
        for start in range(0, len(instance_ids), MOST_FILTER_VALUES):
            batch = list(instance_ids[start : start + MOST_FILTER_VALUES])
            items = await self._service.items(
                "DescribeInstanceInformation",
                {"Filters": [{"Key": "InstanceIds", "Values": batch}], "MaxResults": _PAGE_SIZE},
                under="InstanceInformationList",
                more="NextToken",
            )
            found += [_agent(item) for item in items]
        return found

    async def try_agents(self) -> None:
        """Read of a few agents, for the sake of being allowed to."""
        await self._service.read("DescribeInstanceInformation", MaxResults=_FEW)

    async def send_script(
        self,
        instance_id: str,
        document: str,
        lines: Sequence[str],
        *,
        seconds: int,
        comment: str,
        account: str,
        last_check: LastCheck,
    ) -> str:
        """Begin a script on an instance, sent once; returns the id of the command.

        Args:
            instance_id: Where it runs.
            document: `SHELL_SCRIPT` or `POWERSHELL_SCRIPT`.
            lines: The script.
            seconds: How long it may run before its agent ends it.
            comment: What Systems Manager lists it as, of at most 100 letters.
            account: Whose credentials it has to be signed with; empty for anybody's.
            last_check: Called when the request is about to leave; what it raises is raised, and
                nothing was sent.

        Raises:
            AwsUnclear: it may have begun.
            AwsError: it has not.
        """
        operation = "SendCommand"
        answer = await self._signers.change(
            self._service,
            operation,
            account,
            last_check,
            InstanceIds=[instance_id],
            DocumentName=document,
            Comment=comment[:100],
            TimeoutSeconds=max(30, seconds),
            Parameters={"commands": list(lines), "executionTimeout": [str(seconds)]},
        )
        command_id = parse.text(parse.member(answer, "Command", "CommandId"))
        if not command_id:
            raise AwsUnclear(
                f"{operation} was answered without an id; the command may run.",
                operation=operation,
                code="NoCommandId",
            )
        return command_id

    async def invocation(self, command_id: str, instance_id: str) -> Invocation | None:
        """How a command fares on an instance; None while Systems Manager does not show it yet."""
        try:
            answer = await self._service.read(
                "GetCommandInvocation", CommandId=command_id, InstanceId=instance_id
            )
        except AwsRefused as error:
            if error.code == "InvocationDoesNotExist":
                return None
            raise
        code = parse.member(answer, "ResponseCode")
        return Invocation(
            status=parse.text(parse.member(answer, "Status")),
            exit_code=code if isinstance(code, int) else None,
            output=parse.text(parse.member(answer, "StandardOutputContent")),
            error=parse.text(parse.member(answer, "StandardErrorContent")),
        )


def _agent(item: object) -> Agent:
    return Agent(
        instance_id=parse.text(parse.member(item, "InstanceId")),
        ping=parse.text(parse.member(item, "PingStatus")),
        platform=parse.text(parse.member(item, "PlatformType")),
        seen_at=parse.moment(parse.member(item, "LastPingDateTime")),
    )
