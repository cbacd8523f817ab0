"""`drs-tui runs export` and `import`: runs between stores, verified on both sides."""

from __future__ import annotations

import os
from pathlib import Path

from drs_tui import __version__
from drs_tui.audit.bundle import RunFile, write_bundle
from drs_tui.audit.chain import read_event, seal
from drs_tui.audit.requests import requester
from drs_tui.audit.store import RunExists, RunStore
from drs_tui.audit.verify import prove_file, prove_run
from drs_tui.cli.asynchronous import run_async
from drs_tui.cli.failure import CliError
from drs_tui.cli.files import run_file, write_new
from drs_tui.cli.run import refuse_read_only
from drs_tui.cli.say import say, tell, tell_bytes, tell_json
from drs_tui.cli.stores import events_of, find_id, opened
from drs_tui.clock import SystemClock
from drs_tui.config import Settings
from drs_tui.model.events import Draft, Event, EventType, Json
from drs_tui.model.exit_codes import FAILED, SUCCEEDED
from drs_tui.model.run import apply, fold, header_of
from drs_tui.model.state.run import Run
from drs_tui.model.status import CleanupStatus

# export -----------------------------------------------------------------------------------------


def export_run(settings: Settings, reference: str, output: str | None) -> int:
    """Write a run as a bundle, to stdout for None; only one that verifies."""
    return run_async(_export(settings, reference, Path(output) if output else None))


async def _export(settings: Settings, reference: str, output: Path | None) -> int:
    async with opened(settings) as store:
        run_id = await find_id(store, reference)
        events = await _sound_events(store, run_id)
        data = write_bundle(events, store.address)
    if output is None:
        tell_bytes(data)
    else:
        write_new(output, data)
    say(f"{run_id}: {len(events)} events, the last with hash {events[-1].hash}")
    if (run := fold(events)) is not None and run.stamp:
        say(run.stamp)
    return SUCCEEDED


async def _sound_events(store: RunStore, run_id: str) -> list[Event]:
    """The events of a run that verifies, up to the last that was verified."""
    verdict = (await prove_run(store, run_id)).verdict
    if not verdict.ok:
        raise CliError(
            f"{run_id} is not as it was recorded, and not exported: {verdict.problem}. "
            f"`drs-tui runs events {run_id} --json` prints what is there",
            FAILED,
        )
    return (await events_of(store, run_id))[: verdict.events]


# import -----------------------------------------------------------------------------------------


def import_run(settings: Settings, source: str, *, as_json: bool) -> int:
    """Put the run of a file into the store, with one event behind it that says so."""
    refuse_read_only(settings)
    return run_async(_import(settings, Path(source), as_json))


async def _import(settings: Settings, path: Path, as_json: bool) -> int:
    file = run_file(path)
    proof = prove_file(file)
    if not proof.verdict.ok:
        raise CliError(
            f"{path} is not as it was recorded, and not imported: {proof.verdict.problem}", FAILED
        )
    assert proof.run is not None
    _refuse_unfinished(proof.run, path)
    events = [read_event(text) for text in _texts(file)]
    imported = _imported(events[-1], file)
    run = apply(proof.run, imported)
    async with opened(settings, to_write=True) as store:
        try:
            await store.create(header_of(run), [*events, imported])
        except RunExists as error:
            raise CliError(await _existing(store, events)) from error
        verdict = (await prove_run(store, run.run_id)).verdict
        address = store.address
    if not verdict.ok or verdict.head_hash != imported.hash:
        found = verdict.problem or "its last event is another"
        raise CliError(f"{run.run_id} was written to {address} and does not read back: {found}")
    if as_json:
        tell_json({"run_id": run.run_id, "seq": imported.seq, "head_hash": imported.hash})
    else:
        tell(f"{run.run_id}: {len(events)} events imported, the last with hash {events[-1].hash}")
        tell(f"  event {imported.seq}, hash {imported.hash}, says that it was imported")
    return SUCCEEDED


def _texts(file: RunFile) -> tuple[str, ...]:
    return (*file.texts, file.rest) if file.rest else file.texts


def _refuse_unfinished(run: Run, path: Path) -> None:
    """A run that goes on has one place where it does: a second could launch its waves again."""
    if run.outcome is None:
        raise CliError(
            f"{run.run_id} had not ended when {path} was written: export it again when it has"
        )
    if run.cleanup.status is CleanupStatus.RUNNING:
        raise CliError(
            f"the clean-up of {run.run_id} had not ended when {path} was written: export it "
            "again when it has"
        )


def _imported(last: Event, file: RunFile) -> Event:
    """The event that follows the last one of the file, whose bytes stay as they are."""
    who = requester(os.environ)
    data: dict[str, Json] = {
        "store": file.store,
        "tool": {"name": "drs-tui", "version": __version__},
        "by": who.to_data(),
    }
    draft = Draft(EventType.RUN_IMPORTED, SystemClock().now(), who.name, data)
    return seal(last.run_id, last.seq + 1, last.hash, draft)


async def _existing(store: RunStore, events: list[Event]) -> str:
    """Why a run whose id is taken is not imported, in words."""
    run_id = events[0].run_id
    theirs = [event.hash async for event in store.events(run_id)]
    if theirs[: len(events)] == [event.hash for event in events]:
        return f"{store.address} has {run_id} already, with the same events: nothing is imported"
    return (
        f"{store.address} has another run {run_id}, with other events: nothing is imported; "
        f"compare it with `drs-tui runs verify {run_id}`"
    )
