"""The SDK's session of one connection: its Region, its credentials, and clients made from them."""

from __future__ import annotations

import getpass
import os
import re
from contextlib import AbstractAsyncContextManager
from functools import cache, partial
from typing import TYPE_CHECKING, Any, NoReturn

from drs_tui import __version__
from drs_tui.aws.base_credentials import BaseCredentials
from drs_tui.aws.errors import AwsNotSent, classify
from drs_tui.model.observed import Credentials

if TYPE_CHECKING:
    from aiobotocore.session import AioSession

    from drs_tui.aws.connection import Connection
    from drs_tui.aws.models import Models

LOOPBACK_REGION = "us-east-1"
"""The Region that a server on this machine is taken to be, unless one is named."""

_DUMMY_KEY = "drs-tui"
_DUMMY_SECRET = "loopback-only"  # noqa: S105  it opens nothing
_FIRST_CALL = "The first call"
"""Stands for the operation where none is known yet."""

_ONE_CALL_PER_CONNECTION = {"force_close": True, "keepalive_timeout": None}
_MOST_CONNECTIONS = 32
"""Above the quota of 20 concurrent jobs, so that no launch waits for a connection."""


class Session:
    """What the clients of one connection have in common, made when first needed."""

    def __init__(self, connection: Connection, http_session_cls: type | None = None) -> None:
        """Touch neither the SDK nor the user's configuration yet.

        Args:
            connection: How the account and Region is reached.
            http_session_cls: A stand-in for the SDK's HTTP session, with its interface.
        """
        self._connection = connection
        self._http_session_cls = http_session_cls
        self._sdk: AioSession | None = None
        self._user: AioSession | None = None
        """What reads the user's configuration; None on this machine."""

        self.base = BaseCredentials()
        """What is signed with, or a role is taken on with, elsewhere than on this machine."""

        self._region = connection.region or (LOOPBACK_REGION if connection.is_loopback else None)

    @property
    def region(self) -> str:
        """The Region that is called, which may take reading the user's AWS configuration.

        Raises:
            AwsNotSent: None is configured, or the configuration can't be read.
        """
        if self._region is None:
            try:
                self._session()
            except Exception as error:
                raise classify(_FIRST_CALL, error, sent=False) from error
            assert self._region is not None
        return self._region

    def client(
        self,
        service: str,
        *,
        attempts: int,
        connect_seconds: float,
        read_seconds: float,
        keep_alive: bool,
    ) -> AbstractAsyncContextManager[Any]:
        """A client of one service, to be entered.

        Args:
            service: AWS's name of it, such as `drs`.
            attempts: How often a call is sent at most, whatever the environment says.
            connect_seconds: Time-out for a connection.
            read_seconds: Time-out for silence while an answer is awaited.
            keep_alive: Whether connections are used for more than one call.

        Raises:
            Exception: AwsNotSent, or what the SDK says about the configuration; so does entering.
        """
        from aiobotocore.config import AioConfig

        endpoint = self._connection.endpoint_of(service)
        session = self._session()
        return session.create_client(  # type: ignore[no-any-return]
            service,
            region_name=self._region,
            endpoint_url=endpoint,
            # Not even a broken CA bundle of the user's may stop a plain call to this machine.
            verify=False if self._connection.is_loopback and _is_plain(endpoint) else None,
            config=AioConfig(
                # `max_attempts` would mean retries beside the first call, and the environment
                # could raise it.
                retries={"mode": "standard", "total_max_attempts": attempts},
                connect_timeout=connect_seconds,
                read_timeout=read_seconds,
                connector_args={} if keep_alive else _ONE_CALL_PER_CONNECTION,
            ),
            **self._dummy_credentials(),
        )

    def _dummy_credentials(self) -> dict[str, str]:
        """What is signed with on this machine; nothing elsewhere."""
        if not self._connection.is_loopback:
            return {}
        key = self._connection.simulated_account or _DUMMY_KEY
        return {"aws_access_key_id": key, "aws_secret_access_key": _DUMMY_SECRET}

    async def credentials(self) -> Credentials:
        """How long the credentials last; those of a role, as long as what it is assumed with.

        Raises:
            Exception: what the SDK says about the configuration.
        """
        self._session()
        if self._user is None:
            return Credentials(renews=True)
        await self._user.get_credentials()
        return await self.base.lasting()

    async def look_again(self) -> None:
        """Sign with what the environment and the user's files have now, whatever was given before.

        Raises:
            Exception: what the SDK says about the configuration.
        """
        if self._user is None:  # They have not been read yet.
            self.base.given = None
            return
        session = self._new_session()
        session.set_config_variable("region", self._region)
        _never_prompt(session)
        await self.base.look_again(session)

    def _session(self) -> AioSession:
        """The SDK's session; the Region is known once it exists."""
        if self._sdk is None:
            session = self._new_session()
            self._region = self._region or _configured_region(session)
            # Calls for credentials go to this Region too.
            session.set_config_variable("region", self._region)
            if not self._connection.is_loopback:
                _never_prompt(session)
                self.base.stand_before(session)
                self._user = session
                if self._connection.role_arn:
                    session = self._in_role(session, self._connection.role_arn)
            self._sdk = session
        return self._sdk

    def _new_session(self) -> AioSession:
        from aiobotocore.config import AioConfig
        from aiobotocore.session import AioSession

        from drs_tui.aws.as_sent import AsSent

        special: dict[str, object] = {}
        if self._http_session_cls is not None:
            special["http_session_cls"] = self._http_session_cls
        if self._connection.is_loopback:
            session = AioSession(session_vars=_without_the_user())
            special["proxies"] = {}
        else:
            session = AioSession(profile=self._connection.profile)
        session.register_component("data_loader", service_models())
        session.register_component("response_parser_factory", AsSent())
        # What isn't said for a client; calls for credentials have nothing else.
        session.set_default_client_config(
            AioConfig(
                retries={"mode": "standard", "total_max_attempts": 3},
                connect_timeout=5,
                read_timeout=20,
                max_pool_connections=_MOST_CONNECTIONS,
                user_agent=_user_agent(session),
                **special,
            )
        )
        return session

    def _in_role(self, source: AioSession, role_arn: str) -> AioSession:
        from aiobotocore.credentials import AioCredentialResolver

        session = self._new_session()
        sts = partial(
            source.create_client,
            region_name=self._region,
            endpoint_url=self._connection.endpoint_of("sts"),
        )
        session.register_component(
            "credential_provider", AioCredentialResolver([_AssumedRole(source, sts, role_arn)])
        )
        return session


class _AssumedRole:
    """A credential provider of the SDK's kind: a role, assumed anew before it expires."""

    METHOD = "assume-role"

    def __init__(self, source: AioSession, sts: partial[Any], role_arn: str) -> None:
        self._source = source
        self._sts = sts
        self._role_arn = role_arn

    async def load(self) -> object:
        from aiobotocore.credentials import (
            AioAssumeRoleCredentialFetcher,
            AioDeferredRefreshableCredentials,
        )
        from botocore.exceptions import NoCredentialsError

        credentials = await self._source.get_credentials()
        if credentials is None:
            raise NoCredentialsError
        fetcher = AioAssumeRoleCredentialFetcher(
            client_creator=self._sts,
            source_credentials=credentials,
            role_arn=self._role_arn,
            extra_args={"RoleSessionName": role_session_name()},
        )
        return AioDeferredRefreshableCredentials(
            refresh_using=fetcher.fetch_credentials, method=self.METHOD
        )


def role_session_name() -> str:
    """The name that CloudTrail shows for an assumed role: this program and the user."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # no name for this uid, as in some containers
        user = str(os.getuid())
    return re.sub(r"[^A-Za-z0-9_+=,.@-]", "-", f"drs-tui-{user}")[:64]


def _user_agent(session: AioSession) -> str:
    """What each call says about who calls: the SDK would put it together anew each time, twice.

    That takes a sixth of what a call computes.
    """
    app_id = session.get_config_variable("user_agent_appid")
    parts = [session.user_agent(), f"app/{app_id}" if app_id else "", f"drs-tui/{__version__}"]
    return " ".join(part for part in parts if part)


@cache
def service_models() -> Models:
    """The loader of service models, one for all sessions: reading them takes long."""
    from drs_tui.aws.models import Models

    return Models()


def _without_the_user() -> dict[str, tuple[None, None, object, None]]:
    """The SDK's settings, each at its default: no environment, no file, no profile."""
    from botocore.session import Session as SdkSession

    defaults = {name: setting[2] for name, setting in SdkSession.SESSION_VARIABLES.items()}
    defaults |= {"config_file": os.devnull, "credentials_file": os.devnull}
    return {name: (None, None, default, None) for name, default in defaults.items()}


def _configured_region(session: AioSession) -> str:
    """The Region of the environment or the profile; AWS_REGION too, which botocore doesn't read."""
    region = os.environ.get("AWS_REGION") or session.get_config_variable("region")
    if not region:
        raise AwsNotSent(
            "No AWS Region is configured: say --region, or set AWS_DEFAULT_REGION.",
            operation=_FIRST_CALL,
            code="NoRegionError",
        )
    return str(region)


def _never_prompt(session: AioSession) -> None:
    """Keep a profile that wants an MFA code from asking for it on the application's terminal.

    Such a session couldn't be renewed in mid-drill either.
    """
    provider = session.get_component("credential_provider").get_provider("assume-role")
    provider._prompter = _refuse_mfa  # noqa: SLF001  the SDK has no public way to set it


def _refuse_mfa(prompt: str) -> NoReturn:
    raise AwsNotSent(
        f"The profile wants an MFA code ({prompt.strip(' :')}), which can't be asked for here. "
        'Run `eval "$(aws configure export-credentials --profile NAME --format env)"` first, '
        "then start without --profile.",
        operation=_FIRST_CALL,
        code="MfaRequired",
    )


def _is_plain(endpoint: str | None) -> bool:
    return endpoint is not None and endpoint.lower().startswith("http://")
