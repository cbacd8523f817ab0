"""Settings: what the flags, the environment and the configuration file add up to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


def data_folder() -> Path:
    """Where stores are kept by default."""
    import platformdirs

    return platformdirs.user_data_path("drs-tui")


def state_folder() -> Path:
    """Where the driver keeps its socket, lock, log and journal by default."""
    import platformdirs

    return platformdirs.user_state_path("drs-tui")


@dataclass(frozen=True, slots=True)
class Simulation:
    """An embedded simulator instead of AWS."""

    scenario: str = "calm"
    speed: float = 60.0
    """Drill seconds a real second."""

    seed: int = 0
    state: Path | None = None
    """Where the simulated Region is kept between starts; None: it is not."""

    call_log: Path | None = None
    """Where each request to the simulator is written down; None: nowhere."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a user can set, with where it comes from already decided."""

    store: str
    """The audit store's address, `sqlite:PATH` or `dynamodb:TABLE[?…]`."""

    plan_folders: tuple[Path, ...]
    profile: str | None = None
    region: str | None = None
    endpoint_url: str | None = None
    """DRS, STS, EC2 and SSM; None: AWS's own."""

    endpoints: Mapping[str, str] = field(default_factory=dict)
    """One endpoint a service, which wins over `endpoint_url`."""

    simulation: Simulation | None = None
    read_only: bool = False
    log_file: Path | None = None
    config_file: Path | None = None
    state_folder: Path = field(default_factory=state_folder)
    """Where the driver keeps its socket, lock, log and journal."""
