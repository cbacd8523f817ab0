"""`drs-tui replay`: a stored run once more, from the store or from a file."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from drs_tui.audit.chain import Verdict, read_event
from drs_tui.audit.verify import prove_file, verify_run
from drs_tui.cli.asynchronous import run_async
from drs_tui.cli.failure import CliError
from drs_tui.cli.files import is_file, run_file
from drs_tui.cli.progress import Progress
from drs_tui.cli.say import has_screen, say, tell
from drs_tui.cli.stores import events_of, find_run, opened
from drs_tui.clock import SystemClock
from drs_tui.config import Settings
from drs_tui.model.events import Event
from drs_tui.model.exit_codes import FAILED, SUCCEEDED
from drs_tui.replay.player import SPEEDS
from drs_tui.replay.playing import Replay, play


def replay(settings: Settings, source: str, speed: float | None, *, as_json: bool) -> int:
    """Play a run, in the app if there is a terminal for it.

    `speed` is infinite for no waits, None for what is usual.

    Raises:
        CliError: there is no such run or file, or it is not as it was recorded.
    """
    if is_file(source):
        events = _from_file(Path(source))
    else:
        events = asyncio.run(_from_store(settings, source))
    if has_screen() and not as_json:
        from drs_tui.cli.screen import show_replay

        in_app = SPEEDS[-1] if speed == math.inf else speed
        return show_replay(settings, Replay(events, source, in_app))
    return run_async(_print(events, None if speed == math.inf else speed, as_json))


async def _print(events: Sequence[Event], speed: float | None, as_json: bool) -> int:
    progress = Progress(as_json=as_json, write=tell)
    async for event in play(events, SystemClock(), speed):
        progress.see(event)
    return SUCCEEDED


async def _from_store(settings: Settings, reference: str) -> list[Event]:
    async with opened(settings) as store:
        run_id = (await find_run(store, reference)).run_id
        _require(await verify_run(store, run_id), run_id)
        return await events_of(store, run_id)


def _from_file(path: Path) -> list[Event]:
    file = run_file(path)
    proof = prove_file(file)
    if file.rest and proof.verdict.events == len(file.texts):
        # As of a run that was still going on when its lines were taken.
        say(f"{path}: its last line is cut off and left out")
        proof = prove_file(replace(file, rest=""))
    _require(proof.verdict, str(path))
    texts = (*file.texts, file.rest) if file.rest else file.texts
    return [read_event(text) for text in texts[: proof.verdict.events]]


def _require(verdict: Verdict, name: str) -> None:
    """See that what is played is what was recorded, from its beginning on."""
    if not verdict.ok:
        raise CliError(f"{name} is not as it was recorded: {verdict.problem}", FAILED)
