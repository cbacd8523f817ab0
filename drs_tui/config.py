"""Settings: what can be set, and where things lie by default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

ON_THIS_MACHINE = "sqlite:"
"""What the address of a store begins with that is a file here."""

LEASE_TERM_SECONDS = 30

OnHangup = Literal["detach", "stop"]
Notify = Literal["both", "bell", "osc9", "off"]


def config_folder() -> Path:
    """Where the configuration file is by default."""
    import platformdirs

    return platformdirs.user_config_path("drs-tui")


def data_folder() -> Path:
    """Where stores are kept by default."""
    import platformdirs

    return platformdirs.user_data_path("drs-tui")


def example_folder() -> Path:
    """The folder of the example plans: with the package once installed, else the checkout's."""
    package = Path(__file__).parent
    packaged = package / "plans" / "examples"
    return packaged if packaged.is_dir() else package.parent / "plans"


def state_folder() -> Path:
    """Where the driver keeps its socket, lock, log and journal by default."""
    import platformdirs

    return platformdirs.user_state_path("drs-tui")


@dataclass(frozen=True, slots=True)
class Simulation:
    """An embedded simulator instead of AWS."""

    scenario: str = "calm"
    """The name of a built-in one, or the absolute path of a file."""

    speed: float = 60.0
    """Drill seconds a real second."""

    seed: int = 0
    state: Path | None = None
    """Where the simulated Region is kept between starts; None: it is not."""

    call_log: Path | None = None
    """Where each request to the simulator is written down; None: nowhere."""


@dataclass(frozen=True, slots=True)
class SealSettings:
    """Where a run's hashes go, so that nobody who can change the record can change them."""

    command: tuple[str, ...] = ()
    """A command with its arguments, started without a shell."""

    s3: str = ""
    """`BUCKET` or `BUCKET/PREFIX`, for objects under Object Lock."""

    retain_days: int | None = None
    """How long S3 keeps each object; None: as the bucket's default says."""

    kms: str = ""
    """Id, ARN or alias of a key that signs."""

    region: str | None = None
    profile: str | None = None
    endpoint_url: str | None = None
    """S3's and KMS's; None: AWS's own."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How AWS is reached, as far as the settings say."""

    profile: str | None = None
    region: str | None = None
    endpoint_url: str | None = None
    """For every service that is called; None: AWS's own."""

    endpoints: Mapping[str, str] = field(default_factory=dict)
    """One endpoint a service, which wins over `endpoint_url`."""

    vpc_hosts: tuple[str, ...] = ()
    """Hosts of VPC endpoints with names of the site's own."""


@dataclass(frozen=True, slots=True)
class KeySetting:
    """The keys that the user gives to an action of the app."""

    keys: tuple[str, ...]
    place: str
    """The file and the line that say so."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a user can set, with where it comes from already decided."""

    store: str
    """The audit store's address, `sqlite:PATH` or `dynamodb:TABLE[?…]`."""

    plan_folders: tuple[Path, ...]
    profile: str | None = None
    region: str | None = None
    endpoint_url: str | None = None
    """For every service that is called; None: AWS's own."""

    endpoints: Mapping[str, str] = field(default_factory=dict)
    """One endpoint a service, which wins over `endpoint_url`."""

    vpc_hosts: tuple[str, ...] = ()
    """Hosts of VPC endpoints with names of the site's own: as good as AWS's own endpoints."""

    simulation: Simulation | None = None
    read_only: bool = False
    recovery: bool = False
    """Whether the app may start real recoveries; only ever said on the command line."""

    notify: Notify = "both"
    """How the app calls for somebody: by the bell, by OSC 9, or not at all."""

    log_file: Path | None = None
    config_file: Path | None = None
    state_folder: Path = field(default_factory=state_folder)
    """Where the driver keeps its socket, lock, log and journal."""

    on_hangup: OnHangup = "detach"
    """When the app loses its terminal, runs of the background driver go on, or are paused."""

    theme: str | None = None
    """The app's colours; None: by what the terminal can show."""

    ascii_only: bool | None = None
    """Whether the app shows ASCII alone; None: where the locale has no UTF-8."""

    keys: Mapping[str, KeySetting] = field(default_factory=dict)
    """Keys other than the app's own, by the action's name."""

    personal_roles: tuple[str, ...] = ()
    """Names or ARNs of roles of which each session's name is a person's own."""

    local_commands: bool = True
    """Whether a plan may start commands on this machine, in its steps or its checks."""

    seal: SealSettings = SealSettings()
    prices: Path | None = None
    """A file that says what instances cost an hour; None: nothing is said of money."""

    lease_term_seconds: int = LEASE_TERM_SECONDS
    """Real seconds for which a driver may act after it renewed the lease of a run."""

    @property
    def reach(self) -> Reach:
        """How AWS is reached."""
        return Reach(self.profile, self.region, self.endpoint_url, self.endpoints, self.vpc_hosts)

    @property
    def commands_forbidden(self) -> str:
        """Why no plan may start a command on this machine; empty if they may."""
        return "" if self.local_commands else "the setting local_commands is off"

    @property
    def store_is_shared(self) -> bool:
        """Whether people on other machines can reach the audit store."""
        return not self.store.startswith(ON_THIS_MACHINE)
