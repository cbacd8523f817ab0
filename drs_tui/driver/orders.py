"""What an app can order of a driver, and what the driver says of itself.

DriverError
├── StartBlocked       preflight found something that stands in the way; nothing was launched
├── StartUnconfirmed   preflight found warnings that nobody took upon themselves
├── RenewalRefused     credentials are not what a run can go on with (in `renewals`)
├── NotDrivenHere      somebody else drives the run, or nobody does (in `renewals`)
└── DriverUnreachable  no driver could be started or asked
    └── NoDriver       none runs, for a question that only one that runs already could answer
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from drs_tui.config import Reach

if TYPE_CHECKING:
    from drs_tui.audit.store import Away, Lease, Request
    from drs_tui.model.plan import Mode
    from drs_tui.model.principals import Requester
    from drs_tui.model.readiness import Report

if TYPE_CHECKING:
    from drs_tui.driver.renewals import Held, Renewal, Renewed


class DriverError(Exception):
    """A driver did not do what it was asked; the message says why and what to do."""


class StartBlocked(DriverError):
    """Preflight found something that stands in the way; nothing was launched or recorded."""

    def __init__(self, message: str, report: Report) -> None:
        """Carry what preflight found."""
        super().__init__(message)
        self.report = report


class StartUnconfirmed(StartBlocked):
    """Preflight found warnings that the order does not acknowledge."""


class DriverUnreachable(DriverError):
    """No driver could be started, or it does not answer."""


class NoDriver(DriverUnreachable):
    """No driver of this user and store runs on this machine, and none was started to be asked."""


def _drill() -> Mode:
    # Late: the app's first screen knows how a driver fails, and orders nothing.
    from drs_tui.model.plan import Mode

    return Mode.DRILL


def _nobody() -> Requester:
    from drs_tui.model.principals import Requester

    return Requester()


@dataclass(frozen=True, slots=True)
class StartOrder:
    """A run to be created and driven."""

    plan_path: Path
    reach: Reach = field(default_factory=Reach)
    """How its sender reaches AWS, which need not be how the driver's starter did."""

    mode: Mode = field(default_factory=_drill)
    by: Requester = field(default_factory=_nobody)
    """Who asks, as far as their machine knows: the driver makes out who they are in AWS."""

    reason: str = ""
    change: str = ""
    cleanup_policy: str = ""
    """`always`, `success`, `never`; empty: somebody says later."""

    end_instances: tuple[str, ...] = ()
    """EC2 ids of instances that a recovery may end, each typed by its sender."""

    keep_for_seconds: int | None = None
    """How long its instances are kept after its end; None: no longer than the policy says."""

    acknowledged: tuple[str, ...] = ()
    """Keys of the findings its sender takes upon themselves."""

    acknowledge_all: bool = False


@dataclass(frozen=True, slots=True)
class Welcome:
    """What a driver says of itself."""

    pid: int
    version: str
    store: str
    log_file: str
    drill_now: datetime
    speed_percent: int
    scenario: str = ""
    """The embedded simulator's scenario; empty when it drives against AWS or another endpoint."""

    endpoint_url: str = ""
    """Where the embedded simulator listens; empty without one."""

    active_runs: tuple[str, ...] = ()

    def to_data(self) -> dict[str, object]:
        """As it goes over the socket; `wire.welcome_from_data` reads it."""
        return {**asdict(self), "drill_now": self.drill_now.isoformat()}


@dataclass(frozen=True, slots=True)
class Standing:
    """How a run that a driver drives stands, whether or not its audit store is in reach."""

    lease: Lease
    """As the driver holds it, with the pulse of this moment."""

    journal: str = ""
    """Address of the file that has the run's events first; empty when the store is that file."""

    away: Away | None = None
    """The store, while it is out of reach."""


class Driver(Protocol):
    """How an app asks its driver; requests about a run go through the store while it is there."""

    async def welcome(self) -> Welcome:
        """Start the driver if need be, and ask what it is.

        Raises:
            DriverUnreachable: it did not start or answer.
        """

    async def start(self, order: StartOrder) -> str:
        """Create a run and drive it; returns its id once `run.created` is stored.

        Raises:
            StartBlocked: preflight stands in the way.
            StartUnconfirmed: there are warnings to be acknowledged first.
            DriverError: anything else, in words.
        """

    async def drive(self, run_id: str) -> None:
        """Take over a run that nobody drives (an earlier driver's, or for its clean-up).

        Raises:
            DriverError: the run is unknown, or somebody else drives it.
        """

    async def wake(self, run_id: str) -> None:
        """Have the driver look at the requests of a run now rather than soon.

        Raises:
            DriverError: it could not be asked, or can't take up a run that nobody drives.
        """

    async def standing(self, run_id: str) -> Standing | None:
        """How a run stands; None if it isn't driven here, or no driver runs (none is started).

        Raises:
            DriverUnreachable: a driver runs, and does not answer.
        """

    async def request(self, request: Request) -> None:
        """Hand a request to the driver itself, as the store that it belongs into is out of reach.

        One that reached the store all the same is answered once.

        Raises:
            NoDriver: none runs here.
            DriverError: its run is not driven here, or the answer cannot be written.
        """

    async def detach(self, run_id: str, actor: str, text: str = "") -> None:
        """Have a run go on though the audit store is out of reach, on this machine's disk alone.

        Asked of the driver itself, since a request could not be stored. Recorded as
        `run.detached` by `actor`, who accepts that another driver may take the run over meanwhile.

        Raises:
            NoDriver: none runs here.
            DriverError: it is not driven here, or its store is in reach.
        """

    async def credentials(self, run_id: str, holder: str = "") -> list[Held]:
        """What a run is signed for with; what new ones would be, without an id.

        The driver here is asked, or what drives the run in the foreground, by its lease's `holder`.

        Raises:
            NoDriver: none runs here.
            DriverError: it is not driven here, or on a simulator on this machine.
        """

    async def renew(self, order: Renewal, holder: str = "") -> Renewed:
        """Have the driver sign with other credentials from now on, which it keeps in memory alone.

        Raises:
            NoDriver: none runs here.
            RenewalRefused: they have ended, are of another account, or STS does not take them.
            DriverError: it is not clear which are meant, or that can't be recorded.
        """

    async def close(self) -> None:
        """Let go of the connection; a driver without runs and connections ends by itself."""
