"""AWS Security Token Service: whose credentials these are."""

from __future__ import annotations

from datetime import datetime

from drs_tui.aws import parse
from drs_tui.aws.errors import AwsUnclear
from drs_tui.aws.service import Service
from drs_tui.model.observed import CallerIdentity


class Sts:
    """STS of one account and Region."""

    def __init__(self, service: Service) -> None:
        """Call through `service`."""
        self._service = service
        self.accounts: dict[str, str] = {}
        """The account of each access key that was answered about."""

        self.caller: CallerIdentity | None = None
        """By the last answer; None before the first."""

    @property
    def is_simulator(self) -> bool | None:
        """Whether what answers calls itself a simulator; None before the first answer."""
        return self._service.is_simulator

    def aws_now(self) -> datetime:
        """AWS's own time."""
        return self._service.aws_now()

    async def caller_identity(self) -> CallerIdentity:
        """Who the calls are signed as.

        Raises:
            AwsError: Nobody could be made out.
        """
        operation = "GetCallerIdentity"
        answer, access_key = await self._service.signed_read(operation)
        identity = parse.caller_identity(answer)
        if not identity.account or not identity.arn:
            raise AwsUnclear(
                f"{operation} was answered without an account. Try again; "
                "if it stays so, check what answers at this endpoint.",
                operation=operation,
                code="NoAccount",
            )
        self.accounts[access_key] = identity.account
        self.caller = identity
        return identity
