"""AWS Identity and Access Management: what a caller's policies allow; reads only."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from drs_tui.aws import parse
from drs_tui.aws.errors import AwsRefused
from drs_tui.aws.service import Service
from drs_tui.model.checks.rights import Question, Right, right_of


class Iam:
    """IAM of one account; every method raises `AwsError`."""

    def __init__(self, service: Service) -> None:
        """Call through `service`."""
        self._service = service

    async def role_arn(self, name: str) -> str:
        """The ARN of a role, with its path; empty where the caller may not look at it."""
        try:
            answer = await self._service.read("GetRole", RoleName=name)
        except AwsRefused:
            return ""
        return parse.text(parse.member(answer, "Role", "Arn"))

    async def rights(self, source: str, asked: list[Question]) -> Mapping[str, Right]:
        """What the policies of `source`, the ARN of a user or a role, allow, by action.

        That is IAM's simulation: it knows no policy that was given to a session alone.
        """
        answers = await asyncio.gather(*(self._rights(source, question) for question in asked))
        return {action: right for answer in answers for action, right in answer.items()}

    async def _rights(self, source: str, question: Question) -> Mapping[str, Right]:
        items = await self._service.items(
            "SimulatePrincipalPolicy",
            {
                "PolicySourceArn": source,
                "ActionNames": list(question.actions),
                "ResourceArns": list(question.resources),
                "ContextEntries": [
                    {
                        "ContextKeyName": key,
                        "ContextKeyValues": [value],
                        "ContextKeyType": "boolean" if value == "true" else "string",
                    }
                    for key, value in question.context.items()
                ],
            },
            under="EvaluationResults",
            more="Marker",
        )
        told = {parse.text(parse.member(item, "EvalActionName")): item for item in items}
        return {action: _right(told.get(action)) for action in question.actions}


def _right(item: object) -> Right:
    """By each resource, where an answer tells of them apart."""
    by_resource = parse.sequence(item, "ResourceSpecificResults")
    decisions = [parse.text(parse.member(each, "EvalResourceDecision")) for each in by_resource]
    decisions = decisions or [parse.text(parse.member(item, "EvalDecision"))]
    missing = [
        parse.text(key)
        for each in (item, *by_resource)
        for key in parse.sequence(each, "MissingContextValues")
    ]
    return right_of([decision for decision in decisions if decision], missing)
