"""`drs-tui decide`: what a run asks of people, and answering it without the app."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import aclosing, suppress
from dataclasses import dataclass

from drs_tui.audit.requests import new_request
from drs_tui.audit.store import Request, RunStore
from drs_tui.audit.tail import tail
from drs_tui.cli.asynchronous import run_async
from drs_tui.cli.failure import CliError
from drs_tui.cli.identity import caller
from drs_tui.cli.news import deadline_words
from drs_tui.cli.run import refuse_read_only
from drs_tui.cli.say import say, tell, tell_json
from drs_tui.cli.stores import events_of, find_run, opened
from drs_tui.clock import SystemClock
from drs_tui.config import Settings
from drs_tui.driver.orders import NoDriver
from drs_tui.driver.running import ask_running
from drs_tui.model.decisions import CHOICE_WORDS, Choice, Wanted, request_kind
from drs_tui.model.events import Event, EventType, Json
from drs_tui.model.exit_codes import FAILED, OUT_OF_REACH, SUCCEEDED
from drs_tui.model.run import fold
from drs_tui.model.state.run import Run

TAKEN_UP_SECONDS = 30.0
"""How long a driver may take to answer, in real time."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody says to what a run asks."""

    choice: str
    wave: str = ""
    """Of several that ask; empty where there is one."""

    note: str = ""


def show_wanted(settings: Settings, reference: str, *, as_json: bool) -> int:
    """Print what a run asks, and the answers that it takes."""
    return run_async(_show(settings, reference, as_json))


def decide(settings: Settings, reference: str, answer: Answer, *, as_json: bool) -> int:
    """Answer what a run asks; 0 once its driver has taken that up."""
    refuse_read_only(settings)
    return run_async(_decide(settings, reference, answer, as_json))


async def _show(settings: Settings, reference: str, as_json: bool) -> int:
    async with opened(settings) as store:
        run = await _run_of(store, reference)
    for wanted in run.wanted:
        if as_json:
            tell_json(_to_data(run, wanted))
        else:
            for line in _lines(run, wanted):
                tell(line)
    if not run.wanted:
        say(f"{run.run_id} asks nothing")
    return SUCCEEDED


def _to_data(run: Run, wanted: Wanted) -> dict[str, object]:
    ends = run.gate_deadline(wanted.wave)
    return {
        "run_id": run.run_id,
        "wave": wanted.wave,
        "kind": wanted.kind.value,
        "words": wanted.words,
        "choices": [choice.value for choice in wanted.choices],
        "until": ends.isoformat() if ends else None,
    }


def _lines(run: Run, wanted: Wanted) -> Iterator[str]:
    limit = deadline_words(run, wanted)
    yield f"wave {wanted.wave}: {wanted.kind.value}: {wanted.words}{f' ({limit})' if limit else ''}"
    yield from (f"  {choice.value:<12}{CHOICE_WORDS[choice]}" for choice in wanted.choices)


async def _decide(settings: Settings, reference: str, answer: Answer, as_json: bool) -> int:
    async with opened(settings) as store:
        run = await _run_of(store, reference)
        wanted, choice = _meant(run, answer)
        about: dict[str, Json] = {
            "wave": wanted.wave,
            "seq": wanted.seq,
            "choice": choice.value,
            **({"text": answer.note} if answer.note else {}),
        }
        who, now = await caller(settings), SystemClock().now()
        request = new_request(run.run_id, who, request_kind(wanted.kind, choice), about, now)
        await store.request(request)
        with suppress(NoDriver):  # One elsewhere looks by itself.
            await ask_running(settings, {"ask": "wake", "run_id": run.run_id})
        event = await _taken_up(store, run, request)
    if event is None:
        say(
            f"nobody has taken it up within {TAKEN_UP_SECONDS:.0f} s: it waits in the store for "
            f"whoever drives {run.run_id}"
        )
        return OUT_OF_REACH
    stale = event.type == EventType.REQUEST_STALE
    if as_json:
        tell_json({"run_id": run.run_id, "seq": event.seq, "type": event.type})
    elif stale:
        say(f"it changed nothing: {event.data.get('why')}")
    else:
        say(f"wave {wanted.wave}: {choice.value}: {CHOICE_WORDS[choice]}")
    return FAILED if stale else SUCCEEDED


def _meant(run: Run, answer: Answer) -> tuple[Wanted, Choice]:
    """The question that is answered, and the answer.

    Raises:
        CliError: nothing is asked, it is not clear which is meant, or it takes no such answer.
    """
    asked = [wanted for wanted in run.wanted if answer.wave in ("", wanted.wave)]
    if not asked:
        of_wave = f" of wave {answer.wave!r}" if answer.wave else ""
        raise CliError(f"{run.run_id} asks nothing{of_wave}")
    if len(asked) > 1:
        waves = ", ".join(wanted.wave for wanted in asked)
        raise CliError(f"{run.run_id} asks about several waves: say --wave, one of {waves}")
    [wanted] = asked
    for choice in wanted.choices:
        if choice.value == answer.choice:
            return wanted, choice
    choices = ", ".join(repr(choice.value) for choice in wanted.choices)
    raise CliError(f"wave {wanted.wave} asks ({wanted.kind.value}), and takes {choices}")


async def _run_of(store: RunStore, reference: str) -> Run:
    header = await find_run(store, reference)
    run = fold(await events_of(store, header.run_id))
    if run is None:
        raise CliError(f"{header.run_id} has no events")
    return run


async def _taken_up(store: RunStore, run: Run, request: Request) -> Event | None:
    """The event that a request became; None if nobody takes it up in time."""
    try:
        async with (
            asyncio.timeout(TAKEN_UP_SECONDS),
            aclosing(tail(store, run.run_id, run.seq, clock=SystemClock())) as batches,
        ):
            async for batch in batches:
                for event in batch:
                    if event.data.get("request_id") == request.request_id:
                        return event
    except TimeoutError:
        return None
    raise AssertionError("a tail never ends by itself")
