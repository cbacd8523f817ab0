"""Reading event data defensively, and putting changed parts back into a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, TypeGuard, TypeVar

from drs_tui.model.decisions import Wanted, WantedKind
from drs_tui.model.events import Event, Json
from drs_tui.model.replacing import replace
from drs_tui.model.state.run import Run
from drs_tui.model.state.servers import ServerState
from drs_tui.model.state.waves import WaveState

T = TypeVar("T")


class UnreadableError(ValueError):
    """The data of an event is not of the shape its type asks for; every reader here raises it."""


def read_text(data: Mapping[str, Json], member: str, default: str | None = None) -> str:
    """A text member, or `default` when it is absent."""
    value = data.get(member, default)
    if not isinstance(value, str):
        raise UnreadableError(member)
    return value


def read_number(data: Mapping[str, Json], member: str, default: int | None = None) -> int:
    """An integer member, or `default` when it is absent."""
    value = data.get(member, default)
    if not isinstance(value, int) or isinstance(value, bool):
        raise UnreadableError(member)
    return value


def read_optional_number(data: Mapping[str, Json], member: str) -> int | None:
    """An integer member, or None when it is absent or null."""
    return None if data.get(member) is None else read_number(data, member)


def read_flag(data: Mapping[str, Json], member: str) -> bool:
    """Whether a member is literally true."""
    return data.get(member) is True


def read_mapping(data: Mapping[str, Json], member: str) -> Mapping[str, Json]:
    """An object member; empty when it is absent."""
    value = data.get(member, {})
    if not is_mapping(value):
        raise UnreadableError(member)
    return value


def is_mapping(value: Json) -> TypeGuard[Mapping[str, Json]]:
    """Whether a value is an object; of the usual kind it is known in a quarter of the time."""
    return type(value) is dict or isinstance(value, Mapping)


def read_texts(data: Mapping[str, Json], member: str) -> tuple[str, ...]:
    """The texts in a list member; empty when it is absent."""
    value = data.get(member, ())
    if not isinstance(value, list | tuple):
        raise UnreadableError(member)
    return tuple(item for item in value if isinstance(item, str))


def read_mappings(data: Mapping[str, Json], member: str) -> tuple[Mapping[str, Json], ...]:
    """The objects in a list member; empty when it is absent."""
    value = data.get(member, ())
    if not isinstance(value, list | tuple):
        raise UnreadableError(member)
    return tuple(item for item in value if isinstance(item, Mapping))


def wave_of(run: Run, event: Event) -> WaveState:
    """The wave that an event is about."""
    wave = run.waves.get(read_text(event.data, "wave"))
    if wave is None:
        raise UnreadableError("wave")
    return wave


def later(moment: datetime, milliseconds: int) -> datetime:
    """A moment so many milliseconds on."""
    try:
        return moment + timedelta(milliseconds=milliseconds)
    except OverflowError as error:
        raise UnreadableError("milliseconds") from error


def with_item(items: Mapping[str, T], key: str, value: T) -> Mapping[str, T]:
    """A frozen copy of `items` in which `key` is `value`."""
    changed = copied(items)
    changed[key] = value
    return MappingProxyType(changed)


def with_wave(run: Run, wave: WaveState, **changes: Any) -> Run:
    """The run with some members of a wave changed."""
    return replace(run, waves=with_item(run.waves, wave.name, replace(wave, **changes)))


def with_servers(run: Run, servers: Iterable[ServerState]) -> Run:
    """The run with these servers put in place of their former states."""
    changed = copied(run.servers)
    for server in servers:
        changed[server.id] = server
    return replace(run, servers=MappingProxyType(changed))


def copied(items: Mapping[str, T]) -> dict[str, T]:
    """A copy that can be changed."""
    # As a whole: a display such as {**items} would ask a proxy for each of its members.
    return items.copy() if isinstance(items, MappingProxyType) else dict(items)


def wanted_by(event: Event, kind: WantedKind, words: str) -> Wanted:
    """The decision that an event asks for."""
    code = read_text(event.data, "code", "")
    return Wanted(kind, read_text(event.data, "wave"), event.seq, event.at, words, code)


def stopped(run: Run) -> Run:
    """The run with no further launches: what was only asked before one is not wanted any more."""
    waves = {
        name: replace(wave, wanted=None)
        if wave.wanted and wave.wanted.kind not in _OUTLIVE_A_STOP
        else wave
        for name, wave in run.waves.items()
    }
    return replace(run, stopping=True, waves=MappingProxyType(waves))


_OUTLIVE_A_STOP = (WantedKind.LAUNCH_UNKNOWN, WantedKind.TIMED_OUT)
"""DRS may be working on these waves, so that somebody still has to say how they end."""
