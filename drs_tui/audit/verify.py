"""Verifying a stored run: its chain from the first event, and its header against the last."""

from __future__ import annotations

from drs_tui.audit.chain import ChainCheck, Verdict
from drs_tui.audit.store import RunStore


async def verify_run(store: RunStore, run_id: str) -> Verdict:
    """Read a run as it is stored and say whether it is as it was written.

    A run that is appended to meanwhile is verified up to where its header stands in the end.

    Raises:
        RunNotFound: no such run.
        BadRecord: its header cannot be read.
        StoreUnavailable: the store is out of reach.
    """
    check = ChainCheck(run_id)
    while True:
        before = check.events
        async for text in store.texts(run_id, before):
            if not check.feed(text):
                return check.verdict()
        # Read after the events, for a header read before them may be behind them.
        header = await store.header(run_id)
        if header.seq <= check.events or check.events == before:
            return check.verdict(header)
