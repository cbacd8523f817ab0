"""How `run.*` events change a run."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from drs_tui.model.events import Event, Json
from drs_tui.model.expectation.told import history_from_data
from drs_tui.model.folding.reading import (
    UnreadableError,
    read_flag,
    read_mapping,
    read_mappings,
    read_number,
    read_optional_number,
    read_text,
    read_texts,
    stopped,
)
from drs_tui.model.launch_traits import traits_from_data
from drs_tui.model.plan import Mode
from drs_tui.model.plan_data import plan_from_data
from drs_tui.model.principals import Requester
from drs_tui.model.replacing import replace
from drs_tui.model.result import slower_from_data
from drs_tui.model.seals import Seal
from drs_tui.model.state.run import Import, Note, Run, TakeOver
from drs_tui.model.state.servers import ServerState
from drs_tui.model.state.targets import RunTarget
from drs_tui.model.state.waves import WaveState
from drs_tui.model.status import CleanupStatus, Objectives, RunStatus


def run_created(run: Run, event: Event) -> Run:
    """Apply `run.created`."""
    data = event.data
    try:
        plan = plan_from_data(read_mapping(data, "plan"))
    except ValueError as error:
        raise UnreadableError("plan") from error
    target = read_mapping(data, "target")
    endpoint_url = read_text(read_mapping(data, "endpoints"), "drs", "")
    simulated = read_flag(data, "simulated")
    servers = {
        server.id: ServerState(server.id, server.name or server.id, wave.name, server.impact)
        for wave, server in plan.servers()
        if server.id
    }
    waves = {
        wave.name: WaveState(wave.name, tuple(s.id for s in wave.servers if s.id))
        for wave in plan.waves
    }
    return replace(
        run,
        plan=plan,
        mode=Mode.RECOVERY if data.get("mode") == Mode.RECOVERY else Mode.DRILL,
        account=read_text(target, "account", ""),
        region=read_text(target, "region", ""),
        profile=read_text(target, "profile", ""),
        several=tuple(map(_target, read_mappings(data, "targets"))),
        endpoint_url=endpoint_url,
        service_urls=_texts_by_name(read_mapping(data, "service_urls")),
        custom_endpoints=read_texts(data, "custom_endpoints"),
        vpc_hosts=read_texts(data, "vpc_hosts"),
        is_evidence=not simulated and data.get("evidence", not endpoint_url) is True,
        simulated=simulated,
        windows=frozenset(read_texts(data, "windows")),
        launch_traits=traits_from_data(read_mappings(data, "launch_settings")),
        created_at=event.at,
        started_by=event.actor,
        starter=Requester.from_data(data.get("by")),
        started_as=frozenset(read_texts(data, "started_as") or (event.actor,)),
        personal_roles=read_texts(data, "personal_roles"),
        speed_percent=read_number(data, "speed_percent", 100),
        reason=read_text(data, "reason", ""),
        change=read_text(data, "change", ""),
        policy=read_text(read_mapping(data, "policy"), "sha256", ""),
        cleanup_policy=read_text(data, "cleanup_policy", ""),
        ends=frozenset(read_texts(data, "end_instances")),
        keep_for_seconds=read_optional_number(data, "keep_for_seconds"),
        waves=MappingProxyType(waves),
        servers=MappingProxyType(servers),
    )


def _target(data: Mapping[str, Json]) -> RunTarget:
    return RunTarget(
        read_text(data, "account", ""),
        read_text(data, "region", ""),
        read_text(data, "profile", ""),
        read_text(data, "role_arn", ""),
        read_text(data, "named_account", ""),
        read_texts(data, "waves"),
    )


def _texts_by_name(data: Mapping[str, Json]) -> Mapping[str, str]:
    return MappingProxyType({name: text for name, text in data.items() if isinstance(text, str)})


def run_preflighted(run: Run, event: Event) -> Run:
    """Apply `run.preflighted`."""
    return replace(
        run,
        findings=read_mappings(event.data, "findings"),
        compared_with=read_text(event.data, "compared_with", ""),
        differences=read_texts(event.data, "differences"),
    )


def run_acknowledged(run: Run, event: Event) -> Run:
    """Apply `run.acknowledged`."""
    return replace(run, acknowledged=run.acknowledged | set(read_texts(event.data, "findings")))


def run_expected(run: Run, event: Event) -> Run:
    """Apply `run.expected`."""
    return replace(run, expected=history_from_data(event.data))


def run_paused(run: Run, _event: Event) -> Run:
    """Apply `run.paused`."""
    return replace(run, paused=True)


def run_resumed(run: Run, _event: Event) -> Run:
    """Apply `run.resumed`."""
    return replace(run, paused=False)


def run_cancel_requested(run: Run, _event: Event) -> Run:
    """Apply `run.cancel_requested`."""
    return replace(stopped(run), cancelled=True, paused=False)


def run_noted(run: Run, event: Event) -> Run:
    """Apply `run.noted`."""
    note = Note(event.at, event.actor, read_text(event.data, "text"))
    return replace(run, notes=(*run.notes, note))


def run_taken_over(run: Run, event: Event) -> Run:
    """Apply `run.taken_over`."""
    data = event.data
    taken = TakeOver(
        event.at,
        event.actor,
        before=read_text(data, "from", ""),
        by=read_text(data, "by", ""),
        reason=read_text(data, "reason", ""),
    )
    return replace(run, take_overs=(*run.take_overs, taken))


def run_detached(run: Run, event: Event) -> Run:
    """Apply `run.detached`."""
    note = Note(event.at, event.actor, read_text(event.data, "text", ""))
    return replace(run, detachments=(*run.detachments, note))


def run_credentials_renewed(run: Run, event: Event) -> Run:
    """Apply `run.credentials_renewed`."""
    note = Note(event.at, event.actor, renewal_words(event.data))
    return replace(run, renewals=(*run.renewals, note))


def renewal_words(data: Mapping[str, Json]) -> str:
    """As whom a run goes on, in words."""
    told = []
    for identity in read_mappings(data, "identities"):
        account, arn = read_text(identity, "account", ""), read_text(identity, "arn", "")
        before = read_text(identity, "before", "")
        told.append(f"{account} as {arn}" + (f", until then as {before}" if before else ""))
    return " and ".join(dict.fromkeys(told))


def run_sealed(run: Run, event: Event) -> Run:
    """Apply `run.sealed`."""
    return replace(run, seals=(*run.seals, Seal.from_event(event)))


def run_imported(run: Run, event: Event) -> Run:
    """Apply `run.imported`."""
    imported = Import(event.at, event.actor, read_text(event.data, "store", ""))
    return replace(run, imports=(*run.imports, imported))


def run_finished(run: Run, event: Event) -> Run:
    """Apply `run.finished`."""
    try:
        outcome = RunStatus(read_text(event.data, "outcome"))
        objectives = Objectives(read_text(event.data, "objectives", Objectives.NONE.value))
    except ValueError as error:
        raise UnreadableError("outcome") from error
    if not outcome.is_final:
        raise UnreadableError("outcome")
    cleanup = run.cleanup
    called = any(wave.attempt for wave in run.waves.values())
    if run.mode is Mode.DRILL and called and cleanup.status is CleanupStatus.NONE:
        cleanup = replace(cleanup, status=CleanupStatus.DUE)
    return replace(
        run,
        outcome=outcome,
        objectives=objectives,
        rto_ms=read_optional_number(event.data, "rto_ms"),
        rpo_ms=read_optional_number(event.data, "rpo_ms"),
        finished_at=event.at,
        slower=tuple(slower_from_data(read_mappings(event.data, "slower"))),
        paused=False,
        cleanup=cleanup,
    )
