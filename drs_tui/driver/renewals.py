"""What a driver signs with, as far as that may be told, and the order to sign otherwise."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from drs_tui.driver.orders import DriverError
from drs_tui.model.keys import Keys
from drs_tui.model.observed import GIVEN
from drs_tui.model.principals import Requester
from drs_tui.model.times import format_duration

SOON = timedelta(minutes=15)
"""How long before their end credentials are spoken of."""

_SOURCES = {
    "env": "the environment that the driver was started in",
    "shared-credentials-file": "the file of credentials",
    "config-file": "the configuration file",
    "sso": "single sign-on",
    "login": "`aws login`",
    "assume-role": "a role that the profile takes on",
    "assume-role-with-web-identity": "a role that a web identity takes on",
    "custom-process": "the program that the profile names",
    "iam-role": "this instance's own role",
    "container-role": "this container's own role",
    GIVEN: "given to the driver since it was started",
}


class NotDrivenHere(DriverError):
    """Somebody else drives the run, or nobody does."""


class RenewalRefused(DriverError):
    """The credentials are not what a run can go on with; nothing has changed."""


@dataclass(frozen=True, slots=True)
class ActsAs:
    """An account and Region where a driver acts, and as whom."""

    account: str
    region: str
    role_arn: str = ""
    """The role that is taken on there; empty for none."""

    arn: str = ""
    """The caller by STS's last answer; empty before the first."""

    before: str = ""
    """The caller until then, if it is another now."""

    @property
    def words(self) -> str:
        """Where, and as whom, for people."""
        where = f"{self.account or 'account unknown'} {self.region}".strip()
        return f"{where} as {self.arn or self.role_arn or 'nobody that STS has told yet'}"


@dataclass(frozen=True, slots=True)
class Held:
    """One set of credentials that a driver signs with, or takes roles on with; nothing secret."""

    profile: str
    """The profile they stand for; empty for the environment's, or the SDK's own choice."""

    source: str
    """Where they are from, by the SDK's word, or `given`."""

    renews: bool
    """Whether the SDK renews them by itself, or they have no end."""

    ends_at: datetime | None = None
    places: tuple[ActsAs, ...] = ()
    trouble: str = ""
    """Why there are none; empty if there are."""

    @property
    def name(self) -> str:
        """What they are called."""
        return f"profile {self.profile}" if self.profile else "no profile"

    @property
    def from_words(self) -> str:
        """Where they are from, for people."""
        return _SOURCES.get(self.source, self.source or "nowhere that is known")

    def end_words(self, now: datetime) -> str:
        """When they end, for people."""
        if self.trouble:
            return self.trouble
        if self.renews:
            return "they last, or are renewed as long as they are used"
        return end_words(self.ends_at, now)


def end_words(ends_at: datetime | None, now: datetime) -> str:
    """When credentials end that nothing renews."""
    if ends_at is None:
        return "nobody says when they end"
    left, at = (ends_at - now).total_seconds(), f"{ends_at.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}"
    if left <= 0:
        return f"they ended {format_duration(-left)} ago, at {at}"
    return f"they end in {format_duration(left)}, at {at}"


def elsewhere_words(run_id: str, holder: str) -> str:
    """Where the credentials of a run are renewed that is not driven here, by its lease's holder."""
    if not holder:
        return (
            "Nobody drives it: go on with it from a shell that has credentials, by "
            f"`drs-tui attach {run_id} --take-over --reason TEXT`"
        )
    from drs_tui.audit.holder import Holder

    driver = Holder.read(holder)
    return (
        f"It is driven on {driver.host} by {driver.user}, in process {driver.pid}: there they are "
        f"renewed, in the app or by `drs-tui renew {run_id}`, as credentials cross no network here"
    )


@dataclass(frozen=True, slots=True)
class Renewal:
    """The order to sign with other credentials from now on."""

    run_id: str
    """The run whose credentials are meant: all that the driver signs with the same go on.

    Empty for what a new run of the driver's own account and Region would be signed for with.
    """

    by: Requester
    keys: Keys | None = field(default=None, repr=False)
    """None: look again at what the environment and the files of the driver's user have now."""

    profile: str | None = None
    """Which are meant where the run is driven with several sets, by `Held.profile`."""

    account: str = ""
    """The account that they have to be of where no run says it."""


@dataclass(frozen=True, slots=True)
class Renewed:
    """What a driver signs with now, and what goes on by that."""

    held: Held
    runs: tuple[str, ...]
    """Ids of the runs that go on with them."""

    waves: tuple[str, ...] = ()
    """The waves that lacked credentials, and are checked again and launched."""

    @property
    def words(self) -> str:
        """As whom, and what follows, for people."""
        told = [
            f"{place.words}, until now {place.before}" if place.before else place.words
            for place in self.held.places
        ]
        words = f"{' and '.join(told)}"
        if self.waves:
            again = ", ".join(self.waves)
            words += f"; checked again and launched: {again}"
        return words
