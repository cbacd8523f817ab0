"""What is different since a plan's last successful drill: servers, waves, launch settings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from drs_tui.model.launch_traits import TEMPLATE, Traits
from drs_tui.model.plan import Plan, PlanServer, Wave
from drs_tui.model.plan_data import plan_from_data, plan_to_data
from drs_tui.model.points import written
from drs_tui.model.readiness import Finding, Verdict
from drs_tui.model.state.run import Run

CHECK = "changes"
"""What findings about differences are called."""

_NAMED = 3
"""How many servers of the same difference are named."""

_MEMBERS = {
    "after": "what it waits for",
    "gate": "gate",
    "before": "steps before",
    "afterwards": "steps after",
    "checks": "checks",
    "timeout_seconds": "time-out",
    "max_lag_seconds": "lag allowed",
    "on_failure": "failure policy",
    "point_in_time": "point in time",
    "target": "target",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that the last successful drill did not have, or had otherwise."""

    thing: str
    """A server, some of them, or a wave."""

    words: str


@dataclass(frozen=True, slots=True)
class Since:
    """The last successful drill, and what is different since."""

    run_id: str
    at: datetime
    differences: tuple[Difference, ...]


def compare(before: Run, plan: Plan, traits: Mapping[str, Traits]) -> Since | None:
    """What of a resolved plan and its servers' launch settings `before` did not have.

    None where the record does not say when it began.
    """
    if before.created_at is None:
        return None
    # Both as the record keeps them: what it leaves out is no difference.
    plan = plan_from_data(plan_to_data(plan))
    found = (
        *_servers(before.plan, plan),
        *_waves(before.plan, plan),
        *_settings(before, plan, traits),
    )
    return Since(before.run_id, before.created_at, found)


def _servers(old: Plan, new: Plan) -> Iterator[Difference]:
    was = {server.id: (wave.name, server) for wave, server in old.servers()}
    now = {server.id: (wave.name, server) for wave, server in new.servers()}
    for server_id, (wave, server) in now.items():
        if server_id not in was:
            yield Difference(_name(server), f"new: it is in wave {wave}")
            continue
        old_wave, earlier = was[server_id]
        if old_wave != wave:
            yield Difference(_name(server), f"in wave {wave}, and was in wave {old_wave}")
        if earlier.impact is not server.impact:
            words = f"{server.impact.value}, and was {earlier.impact.value}"
            yield Difference(_name(server), words)
    for server_id, (wave, server) in was.items():
        if server_id not in now:
            yield Difference(_name(server), f"gone: it was in wave {wave}")


def _name(server: PlanServer) -> str:
    return server.name or server.id or ""


def _waves(old: Plan, new: Plan) -> Iterator[Difference]:
    was, now = {w.name: w for w in old.waves}, {w.name: w for w in new.waves}
    for name, wave in now.items():
        if name not in was:
            yield Difference(f"wave {name}", "new")
        elif changed := _changed(was[name], wave):
            yield Difference(f"wave {name}", f"changed: {', '.join(changed)}")
    yield from (Difference(f"wave {name}", "gone") for name in was if name not in now)


def _changed(old: Wave, new: Wave) -> list[str]:
    return [words for each, words in _MEMBERS.items() if getattr(old, each) != getattr(new, each)]


def _settings(before: Run, plan: Plan, traits: Mapping[str, Traits]) -> Iterator[Difference]:
    alike: dict[str, list[str]] = defaultdict(list)
    for _, server in plan.servers():
        was, now = before.launch_traits.get(server.id or ""), traits.get(server.id or "")
        if was is None or now is None:
            continue
        words = [f"{name} {now[name]}, was {was[name]}" for name in _both(was, now)]
        if words:
            alike["; ".join(words)].append(_name(server))
    for said, names in alike.items():
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        yield Difference(f"{', '.join(names[:_NAMED])}{more}", f"launch settings: {said}")


def _both(was: Traits, now: Traits) -> list[str]:
    """The settings that both tell of and that differ; a digest only where nothing else does."""
    differ = [name for name in now if name in was and was[name] != now[name]]
    return [name for name in differ if name != TEMPLATE] or differ


def difference_findings(plan: Plan, since: Since | None) -> list[Finding]:
    """What is different as findings; they are told, and nobody has to acknowledge them.

    Nothing of a plan whose servers were not looked up, as in the wrong account.
    """
    if any(wave.select for wave in plan.waves) or not all(s.id for _, s in plan.servers()):
        return []
    if since is None:
        words = "no successful drill of this plan is in the store to compare with"
        return [Finding(Verdict.PASSES, CHECK, plan.name, words)]
    drill = f"the last successful drill, {written(since.at)}"
    if not since.differences:
        return [Finding(Verdict.PASSES, CHECK, plan.name, f"none since {drill} ({since.run_id})")]
    return [
        Finding(Verdict.PASSES, CHECK, each.thing, f"{each.words}; compared with {drill}")
        for each in since.differences
    ]


def unknown_since(now: datetime, why: str) -> Since:
    """That what is different could not be found out, for the record."""
    return Since("", now, (Difference("changes", f"not known: {why}"),))


def unknown_differences(plan: Plan, why: str) -> Finding:
    """That what is different could not be found out."""
    words = f"what is different since the last successful drill is not known: {why}"
    return Finding(Verdict.UNKNOWN, CHECK, plan.name, words, "mend that, and check again")
