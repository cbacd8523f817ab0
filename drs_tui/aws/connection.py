"""How one account and Region is reached, and the open doors to its services."""

from __future__ import annotations

import gc
import ipaddress
from collections.abc import Collection, Iterable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from drs_tui.aws.account import Signers
from drs_tui.aws.allowance import Allowance
from drs_tui.aws.automations import Automations
from drs_tui.aws.drs import Drs
from drs_tui.aws.ec2 import Ec2
from drs_tui.aws.endpoints import is_custom
from drs_tui.aws.errors import AwsNotSent, classify
from drs_tui.aws.iam import Iam
from drs_tui.aws.quotas import Quotas
from drs_tui.aws.service import Service, Timeouts
from drs_tui.aws.session import Session, service_models
from drs_tui.aws.ssm import Ssm
from drs_tui.aws.sts import Sts
from drs_tui.clock import Clock, SystemClock
from drs_tui.config import Reach
from drs_tui.freed import give_back_large_blocks
from drs_tui.garbage import nothing_collected
from drs_tui.model.endpoints import Endpoints, without_user
from drs_tui.model.keys import Keys
from drs_tui.model.observed import Credentials
from drs_tui.model.plan import Plan, Target

COLLECTED_AFTER = (10_000, 250, 1_000)
"""Seldomer than usual, what has lasted above all: 4,000 source servers are no garbage.

New objects soon enough that there are not many: to find those of 50,000 takes as long as a key may.
"""


@dataclass(frozen=True, slots=True)
class Connection:
    """How one account and Region is reached.

    A connection to this machine is for a simulator: it gets dummy credentials and ignores
    the user's AWS configuration and any role. It stays on this machine, for every service.
    """

    region: str | None = None
    """None: from the environment or the profile."""

    profile: str | None = None
    role_arn: str | None = None
    """A role to assume with what the profile or the environment gives."""

    endpoint_url: str | None = None
    """Where AWS's services are called; None: AWS's own endpoints."""

    endpoints: Mapping[str, str] = field(default_factory=dict)
    """Endpoints by service; each wins over `endpoint_url`."""

    simulated_account: str = ""
    """Which account of a simulator is meant: it is signed for with these digits as access key.

    AWS's own account follows from the credentials, and from nothing that is said here.
    """

    def to_account(self, account: str) -> Connection:
        """The same to a simulator's account; the same as it is if it leads elsewhere."""
        return replace(self, simulated_account=account) if self.is_loopback else self

    @property
    def is_loopback(self) -> bool:
        """Whether it leads to this machine."""
        urls = [*self.endpoints.values(), self.endpoint_url]
        return any(is_loopback_url(url) for url in urls)

    def endpoint_of(self, service: str) -> str | None:
        """Where `service` is called; None for AWS's own endpoint.

        Raises:
            AwsNotSent: Other services are on this machine and this one isn't.
        """
        url = self.endpoints.get(service, self.endpoint_url)
        if self.is_loopback and not is_loopback_url(url):
            raise AwsNotSent(
                f"{service} would be called at {url or 'AWS'} while another endpoint is on this "
                "machine. Give every service an endpoint on this machine, or none.",
                operation=service,
                code="MixedEndpoints",
            )
        return url


def connection_to(target: Target, reach: Reach, embedded_url: str = "") -> Connection:
    """The connection to a plan's target: what the settings say, and the plan where they don't.

    With a simulator embedded in the driver, at `embedded_url`, that is all that is reached.
    """
    region = reach.region or target.region
    if embedded_url:
        account = target.named_account
        return Connection(region=region, endpoint_url=embedded_url, simulated_account=account)
    connection = Connection(
        region=region,
        profile=reach.profile or target.profile,
        role_arn=target.role_arn,
        endpoint_url=reach.endpoint_url,
        endpoints=dict(reach.endpoints),
    )
    return connection.to_account(target.named_account)


def connections_to(plan: Plan, reach: Reach, embedded_url: str = "") -> dict[Target, Connection]:
    """The connection to each place where a plan acts, by its target.

    The settings win over the plan's own target. Where a wave says another Region, account, profile
    or role, that holds: nothing that is said for all could be true of both.
    """
    own = plan.target
    chosen = replace(own, profile=reach.profile or own.profile, region=own.region or reach.region)
    found = {}
    for wave in plan.waves:
        target = plan.target_of(wave)
        if target == own:
            found[target] = connection_to(target, reach, embedded_url)
        elif target not in found:
            there = replace(reach, region=None, profile=None)
            found[target] = connection_to(chosen.of_wave(wave.target), there, embedded_url)
    return {target: found[target] for target in plan.targets}


class Aws:
    """The services of one account and Region, over clients that live as long as it does.

    Belongs to one event loop. Clients, and the SDK itself, are loaded by the first call.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        clock: Clock | None = None,
        timeouts: Timeouts | None = None,
        http_session_cls: type | None = None,
        is_bounded: bool = True,
    ) -> None:
        """Open nothing yet.

        Args:
            connection: How the account and Region is reached.
            clock: Where drill time comes from, to reckon AWS's time with; the machine's own.
            timeouts: How long calls may take, in real time.
            http_session_cls: A stand-in for the SDK's HTTP session, to run without sockets.
            is_bounded: Whether each service gets so many reads a second; what is this program's
                own needs no care.
        """
        self.connection = connection
        self._stack = AsyncExitStack()
        self._session = Session(connection, http_session_cls)
        self._clock = clock or SystemClock()
        self._timeouts = timeouts or Timeouts()
        self._services: list[Service] = []
        self._is_bounded = is_bounded
        self._always_called = (self._service("sts"), self._service("drs"))
        self.sts = Sts(self._always_called[0])
        signers = Signers(self.sts)
        self.drs = Drs(self._always_called[1], signers)
        self.ec2 = Ec2(self._service("ec2"))
        self.quotas = Quotas(self._service("service-quotas"))
        self.iam = Iam(self._service("iam"))
        ssm = self._service("ssm")
        self.ssm = Ssm(ssm, signers)
        self.automations = Automations(ssm, signers)

    @property
    def region(self) -> str:
        """The Region that is called.

        Raises:
            AwsNotSent: None is configured.
        """
        return self._session.region

    async def endpoints(self, vpc_hosts: Collection[str] = ()) -> Endpoints:
        """Where STS, DRS and every other service that was called so far are called.

        Whether it is a simulator that answers is known once one of them has answered. `vpc_hosts`
        are those of VPC endpoints with names of the site's own.

        Raises:
            AwsNotSent: The configuration does not say.
        """
        for service in self._always_called:
            await service.open()
        known = {s.name: s.endpoint_url for s in self._services if s.endpoint_url}
        return Endpoints(
            urls={name: without_user(url) for name, url in known.items()},
            custom=tuple(n for n, u in known.items() if is_custom(n, u, self.region, vpc_hosts)),
            simulated=any(service.is_simulator for service in self._services),
        )

    async def credentials(self) -> Credentials:
        """How long the credentials in use last.

        Raises:
            AwsError: there are none, or they can't be read.
        """
        try:
            return await self._session.credentials()
        except Exception as error:
            raise classify("Reading the credentials", error, sent=False) from error

    @property
    def given(self) -> Keys | None:
        """The credentials that somebody gave in the place of what the SDK found."""
        return self._session.base.given

    def renew(self, keys: Keys) -> None:
        """Sign with these from the next request on, or take the role on with them."""
        self._session.base.given = keys

    async def look_again(self) -> None:
        """Sign with what the environment and the user's files have now.

        Raises:
            AwsError: there are none, or they can't be read.
        """
        try:
            await self._session.look_again()
        except Exception as error:
            raise classify("Reading the credentials", error, sent=False) from error

    async def aclose(self) -> None:
        """Close what was opened."""
        await self._stack.aclose()

    async def __aenter__(self) -> Self:
        """Leave opening to the first call."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close what was opened."""
        await self.aclose()

    def _service(self, name: str) -> Service:
        allowance = Allowance(self._clock) if self._is_bounded else None
        service = Service(
            name, self._session, self._stack, self._clock, self._timeouts, allowance=allowance
        )
        self._services.append(service)
        return service


def is_loopback_url(url: str | None) -> bool:
    """Whether a URL names this machine: localhost, 127.0.0.0/8 or ::1."""
    try:
        host = urlsplit(url or "").hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def warm_up(services: Iterable[str] = ("drs", "sts")) -> None:
    """Import the SDK and read models of services, to be run in a thread after the first paint.

    What is there by then stays, so that the collector of garbage is kept from going through all of
    it again and again: each time would hold up the screen for a tenth of a second. Collecting first
    would do so, too, for the little that it finds.
    """
    gc.set_threshold(*COLLECTED_AFTER)
    give_back_large_blocks()
    with nothing_collected():
        import aiobotocore.config
        import aiobotocore.credentials
        import aiobotocore.session  # noqa: F401

        models = service_models()
        for name in ("_retry", "endpoints", "partitions", "sdk-default-configuration"):
            models.load_data_with_path(name)
        for service in services:
            models.load_service_model(service, "service-2")
            models.load_service_model(service, "endpoint-rule-set-1")
