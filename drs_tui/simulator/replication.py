"""The data replication of a source server, as a function of time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from drs_tui.simulator.changes import Steered, Steering
from drs_tui.simulator.fleet import FleetServer
from drs_tui.simulator.hardware import stable_number

WITHOUT_POINT_IN_TIME = frozenset({"STOPPED", "INITIATING", "INITIAL_SYNC", "DISCONNECTED"})
"""States without a consistent point in time to launch from; stopping and disconnecting delete
those there were."""

NOT_REPLICATING = frozenset({"STOPPED", "DISCONNECTED"})
"""States that count towards no quota."""

STEPS = (
    "WAIT",
    "CREATE_SECURITY_GROUP",
    "LAUNCH_REPLICATION_SERVER",
    "BOOT_REPLICATION_SERVER",
    "AUTHENTICATE_WITH_SERVICE",
    "DOWNLOAD_REPLICATION_SOFTWARE",
    "CREATE_STAGING_DISKS",
    "ATTACH_STAGING_DISKS",
    "PAIR_REPLICATION_SERVER_WITH_AGENT",
    "CONNECT_AGENT_TO_REPLICATION_SERVER",
    "START_DATA_TRANSFER",
)
"""What starting a replication goes through, in the order of recorded answers."""

_CAN_STALL = frozenset({"CONTINUOUS", "CREATING_SNAPSHOT", "BACKLOG", "RESCAN", "PAUSED"})

REPLICATING_FOR = timedelta(days=41, hours=7)
"""How long a server has been replicating when its Region begins."""

_STALLED_FOR = timedelta(hours=3, minutes=12)
_SYNCING_FOR = timedelta(hours=2)
_SYNC_TAKES = timedelta(hours=30)
_BEHIND = timedelta(minutes=34)
_STEP_SECONDS = 33.0
_SECONDS_PER_GIB = 45.0
_LAG_CHANGES_EVERY = 20.0


@dataclass(frozen=True, slots=True)
class Replication:
    """How far the copy of a source server is at one moment."""

    state: str
    """The dataReplicationState."""
    initiated_at: datetime
    last_seen_at: datetime
    """When the agent was last heard of."""
    lag: timedelta | None
    """None where the service shows no lag."""
    replicated: float = 1.0
    """The part of the storage that has been copied, 0 to 1."""
    steps_done: int = len(STEPS)
    finishes_at: datetime | None = None
    error: str | None = None
    points_since: datetime | None = None
    """From when on there are points in time; None: there are none."""
    points_until: datetime | None = None
    """The moment of the newest data; None: it goes with the time."""

    @property
    def is_reachable(self) -> bool:
        """Whether a fresh snapshot can be taken."""
        return self.state != "STALLED"

    @property
    def is_launchable(self) -> bool:
        """Whether there is a consistent point in time to launch from."""
        return self.state not in WITHOUT_POINT_IN_TIME


def replication_of(
    server: FleetServer,
    steered: Steered | None,
    *,
    begun_at: datetime,
    stalled_since: datetime | None,
    now: datetime,
    speed: float,
    salt: str,
) -> Replication:
    """Read a server's replication off the time.

    `steered` is the last call that steered it, `begun_at` when its Region began, and
    `stalled_since` when a fault stalled it, if one does now; `salt` tells Regions and seeds apart.
    """
    step = str(int(now.timestamp() // _LAG_CHANGES_EVERY))
    noise = stable_number(salt, server.source_server_id, step) % 100 / 99
    if steered is None:
        replication = _as_begun(server, begun_at, now, noise)
    else:
        replication = _steered(server, steered, now, speed, noise)
    if stalled_since is None or replication.state not in _CAN_STALL:
        return replication
    return replace(
        replication,
        state="STALLED",
        last_seen_at=stalled_since,
        lag=now - stalled_since,
        finishes_at=None,
        error="AGENT_NOT_SEEN",
        points_until=stalled_since,
    )


def _steered(
    server: FleetServer, steered: Steered, now: datetime, speed: float, noise: float
) -> Replication:
    """What calls have made of a server's replication."""
    match steered.steering:
        case Steering.STARTED:
            return _restarted(server, steered.at, now, speed, noise)
        case Steering.STOPPED:
            return Replication("STOPPED", steered.at, now, None, replicated=0.0)
        case Steering.DISCONNECTED:
            return Replication("DISCONNECTED", steered.at, steered.at, None, replicated=0.0)


def _as_begun(server: FleetServer, begun_at: datetime, now: datetime, noise: float) -> Replication:
    """What the scenario says that a server's replication is."""
    state = server.replication_state
    initiated_at = begun_at - REPLICATING_FOR
    stopped_at = begun_at - (server.stalled_for or _STALLED_FOR)
    match state:
        case "STOPPED" | "DISCONNECTED":
            seen_at = now if state == "STOPPED" else stopped_at
            return Replication(state, initiated_at, seen_at, None, replicated=0.0)
        case "INITIATING":
            return Replication(state, begun_at, now, None, replicated=0.0, steps_done=3)
        case "INITIAL_SYNC":
            began = begun_at - _SYNCING_FOR
            return Replication(
                state,
                initiated_at,
                now,
                now - began,
                replicated=min((now - began) / _SYNC_TAKES, 0.99),
                finishes_at=max(began + _SYNC_TAKES, now + timedelta(minutes=30)),
            )
        case "STALLED" | "PAUSED":
            is_stalled = state == "STALLED"
            return Replication(
                state,
                initiated_at,
                stopped_at if is_stalled else now,
                now - stopped_at,
                error="AGENT_NOT_SEEN" if is_stalled else None,
                points_since=initiated_at,
                points_until=stopped_at,
            )
        case "BACKLOG" | "RESCAN":
            lag = _lag_about(server.lag or _BEHIND, noise)
            finishes_at = now + lag / 2
            return Replication(
                state, initiated_at, now, lag, finishes_at=finishes_at, points_since=initiated_at
            )
        case _:
            return Replication(
                state, initiated_at, now, _lag(server, noise), points_since=initiated_at
            )


def _restarted(
    server: FleetServer, at: datetime, now: datetime, speed: float, noise: float
) -> Replication:
    """Initiation, initial sync, and then as any other."""
    elapsed = (now - at).total_seconds() * speed
    steps = min(int(elapsed / _STEP_SECONDS), len(STEPS))
    initiating_takes = _STEP_SECONDS * len(STEPS)
    sync_takes = _SECONDS_PER_GIB * sum(server.disks_gib)
    synced_at = at + timedelta(seconds=(initiating_takes + sync_takes) / speed)
    if steps < len(STEPS):
        return Replication("INITIATING", at, now, None, replicated=0.0, steps_done=steps)
    if now < synced_at:
        done = (elapsed - initiating_takes) / sync_takes
        return Replication(
            "INITIAL_SYNC", at, now, now - at, replicated=done, finishes_at=synced_at
        )
    return Replication("CONTINUOUS", at, now, _lag(server, noise), points_since=synced_at)


def _lag(server: FleetServer, noise: float) -> timedelta:
    """None most of the time and some seconds now and then, unless the scenario says more."""
    if server.lag is not None:
        return _lag_about(server.lag, noise)
    return timedelta(seconds=max(0, round(99 * noise) - 60))


def _lag_about(lag: timedelta, noise: float) -> timedelta:
    """Between four and six fifths of `lag`; `noise` goes from 0 to 1."""
    return timedelta(seconds=round(lag.total_seconds() * (0.8 + 0.4 * noise)))
