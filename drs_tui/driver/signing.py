"""What a process signs with: other credentials are checked first, then in use everywhere."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from drs_tui.aws.connection import Aws, Connection
from drs_tui.aws.errors import AwsError
from drs_tui.driver.orders import DriverError
from drs_tui.driver.renewals import ActsAs, Held, Renewal, RenewalRefused, end_words
from drs_tui.model.keys import Keys
from drs_tui.model.masking import MASK
from drs_tui.model.observed import GIVEN, CallerIdentity

CHECK_SECONDS = 45.0
"""How long STS may take to say whose the credentials are, in real time."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody acts, and through which doors."""

    aws: Aws
    account: str = ""
    """The account that it has to be; empty if any is right."""

    @property
    def connection(self) -> Connection:
        """How it is reached."""
        return self.aws.connection

    @property
    def profile(self) -> str:
        """The profile whose credentials it is reached with; empty for the SDK's own choice."""
        return self.connection.profile or ""

    def signs_with(self, profile: str) -> bool:
        """Whether those are its credentials; a simulator on this machine asks for none."""
        return self.profile == profile and not self.connection.is_loopback

    def is_as(self, other: Place) -> bool:
        """Whether it is the same place, reached the same way."""
        return (self.connection, self.account) == (other.connection, other.account)

    def acts_as(self, caller: CallerIdentity | None) -> ActsAs:
        """Where, and as whom by `caller`."""
        known = self.aws.sts.caller
        before = known.arn if known and caller and known.arn != caller.arn else ""
        now = caller or known
        return ActsAs(
            account=now.account if now else self.account,
            region=self.aws.region,
            role_arn=self.connection.role_arn or "",
            arn=now.arn if now else "",
            before=before,
        )


class Signing:
    """Opens the doors of one process, and has all that share credentials sign with the same."""

    def __init__(self, open_aws: Callable[[Connection], Aws]) -> None:
        """Open with `open_aws`; nothing was given yet."""
        self._open_aws = open_aws
        self._given: dict[str, Keys] = {}
        """What was given in the place of a profile's credentials, or of the SDK's own choice."""

    def open(self, connection: Connection) -> Aws:
        """The doors to an account and Region, signing with what was given for its credentials."""
        aws = self._open_aws(connection)
        given = self._given.get(connection.profile or "")
        if given is not None:
            aws.renew(given)
        return aws

    async def held(self, places: Sequence[Place]) -> list[Held]:
        """The sets of credentials that these places are reached with.

        Raises:
            DriverError: none is: it is a simulator on this machine.
        """
        far = [place for place in places if not place.connection.is_loopback]
        if not far:
            raise DriverError(
                "it is driven on a simulator on this machine, which asks for no credentials: "
                "there is nothing to renew"
            )
        return [
            await _held(profile, [each for each in far if each.signs_with(profile)])
            for profile in dict.fromkeys(place.profile for place in far)
        ]

    async def check(
        self, order: Renewal, own: Sequence[Place], beside: Iterable[Place], now: datetime
    ) -> Held:
        """What `order` asks for, once STS has said that no place would be another account.

        Args:
            order: What to sign with.
            own: The places that it is about.
            beside: Those of other runs, which share credentials with them.
            now: Real time.

        Raises:
            RenewalRefused: they have ended, are of another account, or STS does not take them.
            DriverError: it is not clear which are meant.
        """
        profile = _meant(order, await self.held(own))
        keys = order.keys
        if keys is not None and keys.ends_at is not None and keys.ends_at <= now:
            raise RenewalRefused(
                f"the credentials {keys.short}: {end_words(keys.ends_at, now)}. "
                "Get new ones, and give those. Nothing has changed"
            )
        found: list[tuple[Place, ActsAs]] = []
        for place in (*own, *beside):
            known = any(place.is_as(other) for other, _ in found)
            if place.signs_with(profile) and not known:
                found.append((place, place.acts_as(await self._caller(place, keys))))
        told = [acts for place, acts in found if any(place.is_as(other) for other in own)]
        if keys is None:
            return Held(profile, "", renews=True, places=tuple(told))
        renews = not keys.token
        return Held(profile, GIVEN, renews, keys.ends_at, tuple(told))

    async def use(self, order: Renewal, held: Held, opened: Iterable[Aws]) -> Held:
        """Have all doors that are open sign with it from now on, and those that open later.

        Raises:
            DriverError: the configuration was changed in between, and can't be read.
        """
        if order.keys is not None:
            self._given[held.profile] = order.keys
        else:
            self._given.pop(held.profile, None)
        lasting = held
        for aws in opened:
            if not Place(aws).signs_with(held.profile):
                continue
            if order.keys is not None:
                aws.renew(order.keys)
                continue
            try:
                await aws.look_again()
                found = await aws.credentials()
            except AwsError as error:
                raise DriverError(str(error)) from error
            lasting = replace(held, source=found.source, renews=found.renews, ends_at=found.ends_at)
        return lasting

    async def _caller(self, place: Place, keys: Keys | None) -> CallerIdentity:
        """Who would act in a place, by STS's word."""
        where = f"{place.account} {place.aws.region}".strip()
        async with self._open_aws(place.connection) as aws:
            if keys is not None:
                aws.renew(keys)
            try:
                async with asyncio.timeout(CHECK_SECONDS):
                    caller = await aws.sts.caller_identity()
            except TimeoutError:
                raise RenewalRefused(
                    f"STS does not say whose they are within {CHECK_SECONDS:.0f} s: check the "
                    "network, then try again. Nothing has changed"
                ) from None
            except AwsError as error:
                # AWS quotes what was signed when a signature is wrong, the token with it.
                words = _without_secrets(str(error), keys)
                raise RenewalRefused(
                    f"{_what(keys)} can't be used for {where}: {words} Nothing has changed"
                ) from None
        known = place.aws.sts.caller
        meant = place.account or (known.account if known else "")
        if meant and caller.account != meant:
            raise RenewalRefused(
                f"{_what(keys)} are for account {caller.account} ({caller.arn}), and it is driven "
                f"in account {meant}: get those of {meant}. Nothing has changed"
            )
        return caller


def _without_secrets(words: str, keys: Keys | None) -> str:
    for secret in keys.secrets if keys else ():
        words = words.replace(secret, MASK)
    return words


def _what(keys: Keys | None) -> str:
    return f"the credentials {keys.short}" if keys else "the credentials that are there now"


def _meant(order: Renewal, held: Sequence[Held]) -> str:
    """The profile whose credentials are meant.

    Raises:
        DriverError: that is not clear.
    """
    profiles = [each.profile for each in held]
    if order.profile in profiles:
        return order.profile
    names = ", ".join(each.name for each in held)
    if order.profile is not None:
        raise DriverError(f"it is not driven with profile {order.profile}, but with: {names}")
    ending = [each.profile for each in held if not each.renews or each.trouble]
    choice = profiles if len(profiles) == 1 else ending
    if len(choice) != 1:
        raise DriverError(f"it is driven with several credentials, say which to renew: {names}")
    return choice[0]


async def _held(profile: str, places: Sequence[Place]) -> Held:
    acting = tuple(place.acts_as(None) for place in places)
    try:
        found = await places[0].aws.credentials()
    except AwsError as error:
        return Held(profile, "", renews=False, places=acting, trouble=str(error))
    return Held(profile, found.source, found.renews, found.ends_at, acting)
