"""SSM automations: starting a document once, and looking how it gets on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from drs_tui.aws import parse
from drs_tui.aws.account import LastCheck, Signers
from drs_tui.aws.errors import AwsUnclear
from drs_tui.aws.service import Service
from drs_tui.model.automations import Automation


class Automations:
    """The automations of one account and Region."""

    def __init__(self, service: Service, signers: Signers) -> None:
        """Call Systems Manager through `service`; `signers` knows whose its credentials are."""
        self._service = service
        self._signers = signers

    async def start(
        self,
        document: str,
        parameters: Mapping[str, Sequence[str]],
        *,
        token: str,
        account: str,
        last_check: LastCheck,
    ) -> str:
        """Start a document; returns the execution's id.

        With the same `token`, a UUID, it is started once however often this is called. `account`
        is whose credentials it has to be signed with, empty for anybody's; `last_check` is called
        when the request is about to leave: what it raises is raised, and nothing was sent.

        Raises:
            AwsRefused: SSM said no and started nothing.
            AwsNotSent: The request never left.
            AwsUnclear: It may have been started.
        """
        operation = "StartAutomationExecution"
        asked: dict[str, object] = {"DocumentName": document, "ClientToken": token}
        if parameters:
            asked["Parameters"] = {name: list(values) for name, values in parameters.items()}
        answer = await self._signers.change(self._service, operation, account, last_check, **asked)
        execution = parse.text(parse.member(answer, "AutomationExecutionId"))
        if not execution:
            raise AwsUnclear(
                f"{operation} was answered without an id: it may have been started.",
                operation=operation,
                code="NoExecution",
            )
        return execution

    async def one(self, execution_id: str) -> Automation:
        """An automation as it is now.

        Raises:
            AwsError: It could not be asked for, or is not known.
        """
        answer = await self._service.read(
            "GetAutomationExecution", AutomationExecutionId=execution_id
        )
        found = parse.member(answer, "AutomationExecution")
        outputs = parse.member(found, "Outputs")
        told = [*_outputs(outputs), *_steps(parse.sequence(found, "StepExecutions"))]
        return Automation(
            id=execution_id,
            status=parse.text(parse.member(found, "AutomationExecutionStatus")),
            failure=parse.text(parse.member(found, "FailureMessage")),
            output="\n".join(told),
        )


def _outputs(outputs: object) -> Iterable[str]:
    if isinstance(outputs, Mapping):
        for name, values in outputs.items():
            listed = values if isinstance(values, list | tuple) else [values]
            yield f"{parse.text(name)}: {', '.join(map(parse.text, listed))}"


def _steps(steps: Iterable[object]) -> Iterable[str]:
    for step in steps:
        status = parse.text(parse.member(step, "StepStatus"))
        failure = parse.text(parse.member(step, "FailureMessage"))
        why = f": {failure}" if failure else ""
        yield f"step {parse.text(parse.member(step, 'StepName'))}: {status}{why}"
