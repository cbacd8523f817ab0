"""Whose credentials a changing call leaves with: STS is asked about every access key before."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from drs_tui.aws.errors import AwsError, AwsNotSent
from drs_tui.aws.service import Service
from drs_tui.aws.sts import Sts

_KEYS_IN_A_ROW = 3
"""How often credentials may change between the question whose they are and the call."""

LastCheck = Callable[[], None]
"""Raises when a call must not be sent after all."""


class UnknownKey(Exception):
    """STS was not asked about the access key that a request is signed with; it did not leave."""


class Signers:
    """The accounts of the access keys that one connection signs with.

    A key never changes its account, but credentials that are renewed are other keys.
    """

    def __init__(self, sts: Sts) -> None:
        """Ask `sts`, which signs with the same credentials."""
        self._sts = sts

    def check(self, operation: str, access_key: str, account: str) -> None:
        """Let a request leave if its key is of `account`.

        Raises:
            UnknownKey: nobody knows yet whose it is.
            AwsNotSent: it is another account's.
        """
        found = self._sts.accounts.get(access_key)
        if found is None:
            raise UnknownKey(operation)
        if found != account:
            raise AwsNotSent(
                f"{operation} was not sent: the credentials are for account {found} now, and it "
                f"is meant for {account}. Put the credentials of {account} back, then try again.",
                operation=operation,
                code="WrongAccount",
            )

    async def change(
        self,
        service: Service,
        operation: str,
        account: str,
        last_check: LastCheck,
        **parameters: object,
    ) -> Mapping[str, object]:
        """Send a changing call once STS has said whose key it is signed with.

        With an empty `account` anybody's will do. `last_check` is called when the request is about
        to leave; what it raises is raised, and nothing was sent.

        Raises:
            AwsRefused: AWS said no and changed nothing.
            AwsNotSent: it never left.
            AwsUnclear: it may have taken effect.
        """

        def check(access_key: str) -> None:
            if account:
                self.check(operation, access_key, account)
            last_check()

        for _ in range(_KEYS_IN_A_ROW):
            try:
                return await service.change(operation, check, **parameters)
            except UnknownKey:
                # It did not leave.
                await self.ask(operation)
        raise AwsNotSent(
            f"{operation} was not sent: the credentials are others each time. "
            "Find out what renews them, then try again.",
            operation=operation,
            code="KeysChange",
        )

    async def ask(self, operation: str) -> None:
        """Find out whose the credentials at hand are, before `operation` is sent.

        Raises:
            AwsNotSent: nobody says, so that it must not be.
        """
        try:
            await self._sts.caller_identity()
        except AwsError as error:
            raise AwsNotSent(
                f"{operation} was not sent: whose credentials these are is not known. {error}",
                operation=operation,
                code=error.code,
            ) from error
