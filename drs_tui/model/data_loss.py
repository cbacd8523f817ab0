"""How much data what was launched has lost, by what it was really launched from."""

from __future__ import annotations

from datetime import datetime

from drs_tui.model.counts import counted
from drs_tui.model.points import LATEST, span_words, written
from drs_tui.model.state.run import Run
from drs_tui.model.state.servers import ServerState
from drs_tui.model.status import ServerResult
from drs_tui.model.times import format_duration


def lost_ms(run: Run, server: ServerState) -> int | None:
    """How much older than its launch a server's data is, in milliseconds; None while not known.

    A snapshot on demand lacks what replication had not sent when the launch was checked. Of a
    point in time the older of two moments counts: the one that was asked for, and the one that DRS
    says the instance was made from.
    """
    if is_on_demand(run, server):
        return server.lag_ms
    moment = data_of(run, server)
    if moment is None or server.intended_at is None:
        return None
    return max(0, int((server.intended_at - moment).total_seconds() * 1000))


def data_of(run: Run, server: ServerState) -> datetime | None:
    """The moment of the data of a server that is not launched from a snapshot on demand."""
    instance = run.instances.get(server.instance_id)
    is_its_own = instance is not None and instance.job_id == server.job_id
    used = instance.data_of if instance is not None and is_its_own else None
    asked = server.point.at if server.point is not None else None
    return min((moment for moment in (used, asked) if moment is not None), default=None)


def is_on_demand(run: Run, server: ServerState) -> bool:
    """Whether it is launched from a snapshot taken for it, as far as DRS says."""
    asked = run.plan.wave(server.wave).point_in_time
    return asked == LATEST and server.point is None and not server.previous_snapshot


def reached_rpo_ms(run: Run, wave: str | None = None) -> int | None:
    """The most data, in milliseconds, that a launched server lost, of one wave or of all.

    None when nothing launched, or when of one server it is not known.
    """
    servers = run.servers.values() if wave is None else run.of_wave(wave)
    lost = [lost_ms(run, server) for server in servers if server.result is ServerResult.LAUNCHED]
    known = [ms for ms in lost if ms is not None]
    return max(known) if known and len(known) == len(lost) else None


def data_words(run: Run, server: ServerState) -> str:
    """What a server is launched from, for people; empty before its first launch."""
    if server.intended_at is None:
        return ""
    lost = lost_ms(run, server)
    if is_on_demand(run, server):
        lag = "" if lost is None else f", replication lag {format_duration(lost / 1000)}"
        return f"a snapshot on demand{lag}"
    moment = data_of(run, server)
    kind = "an earlier snapshot" if server.previous_snapshot else "a point in time"
    if moment is None or lost is None:
        return f"{kind}: of when is not known"
    return f"{kind} of {written(moment)}, {format_duration(lost / 1000)} before its launch"


def wave_data_words(run: Run, wave: str) -> str:
    """What the servers of a wave were launched from, for people; empty before its first launch."""
    servers = [server for server in run.of_wave(wave) if server.intended_at is not None]
    on_demand = [server for server in servers if is_on_demand(run, server)]
    moments = {server.id: data_of(run, server) for server in servers if server not in on_demand}
    known = sorted(moment for moment in moments.values() if moment is not None)
    lost = [ms for server in servers if server.id in moments and (ms := lost_ms(run, server))]
    words = []
    if on_demand:
        words.append(f"{counted(len(on_demand), 'snapshot')} on demand")
    if known:
        old = f", {format_duration(max(lost) / 1000)} before the launch" if lost else ""
        words.append(f"{counted(len(known), 'point')} in time of {span_words(known)}{old}")
    if len(known) < len(moments):
        words.append(f"{counted(len(moments) - len(known), 'snapshot')} of a time not known")
    earlier = [server.name for server in servers if server.previous_snapshot]
    if earlier:
        words.append(f"OLDER DATA, as no new snapshot could be made: {', '.join(earlier)}")
    return "; ".join(words)
