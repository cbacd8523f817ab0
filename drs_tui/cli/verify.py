"""`drs-tui runs verify`: whether runs are as they were recorded."""

from __future__ import annotations

from dataclasses import asdict

from drs_tui.audit.chain import Verdict
from drs_tui.audit.verify import verify_run
from drs_tui.cli.asynchronous import run_async
from drs_tui.cli.say import say, tell, tell_json
from drs_tui.cli.stores import NoStoreYet, all_runs, find_run, opened
from drs_tui.config import Settings
from drs_tui.model.exit_codes import FAILED, SUCCEEDED


def verify(settings: Settings, reference: str | None, *, as_json: bool) -> int:
    """Verify one run, or all of the store for None; 1 if one is not as it was written."""
    return run_async(_verify(settings, reference, as_json))


async def _verify(settings: Settings, reference: str | None, as_json: bool) -> int:
    code = SUCCEEDED
    try:
        async with opened(settings) as store:
            if reference is not None:
                run_ids = [(await find_run(store, reference)).run_id]
            else:
                run_ids = [header.run_id async for header in all_runs(store)]
            for run_id in run_ids:
                verdict = await verify_run(store, run_id)
                _tell(run_id, verdict, as_json=as_json)
                if not verdict.ok:
                    code = FAILED
    except NoStoreYet as nothing:
        if reference is not None:
            raise
        say(str(nothing))
    return code


def _tell(run_id: str, verdict: Verdict, *, as_json: bool) -> None:
    if as_json:
        tell_json({"run_id": run_id, **asdict(verdict)})
    elif verdict.ok:
        tell(f"{run_id}: fine, {verdict.events} events, the last with hash {verdict.head_hash}")
    else:
        tell(f"{run_id}: BROKEN, {verdict.problem}")
