"""The app says where AWS is called, and which runs are no evidence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drs_tui.audit.sqlite import SqliteStore
from drs_tui.model.endpoints import Endpoints
from drs_tui.model.run import fold, header_of
from drs_tui.tui.rows.lists import RUN_COLUMNS, run_row
from drs_tui.tui.screens.listing import Tabs
from drs_tui.tui.widgets.status_bar import StatusBar
from tests.tui.conftest import MakeApp
from tests.tui.sample import FakeReads, seal_all, stored, succeeding
from tests.tui.test_app import shows, until

AWS = "https://drs.us-east-1.amazonaws.com"
ELSEWHERE = "https://drs.test"


@pytest.mark.parametrize(
    ("endpoints", "mode"),
    [
        (Endpoints({"drs": AWS}), " LIVE "),
        (Endpoints({"drs": ELSEWHERE}, custom=("drs",)), " CUSTOM ENDPOINT "),
        (Endpoints({"drs": ELSEWHERE}, custom=("drs",), simulated=True), " SIMULATED "),
    ],
)
async def test_the_header_goes_by_what_is_called_not_by_what_was_set(
    make_app: MakeApp,
    reads: FakeReads,
    monkeypatch: pytest.MonkeyPatch,
    endpoints: Endpoints,
    mode: str,
) -> None:
    async def found() -> Endpoints:
        return endpoints

    monkeypatch.setattr(reads, "endpoints", found)
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, shows(app, StatusBar, f"{mode}  123456789012 us-east-1"))


async def test_the_list_of_runs_says_how_many_are_no_evidence(
    store: SqliteStore, make_app: MakeApp
) -> None:
    await stored(store, succeeding())
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("2")
        await until(pilot, shows(app, Tabs, "1 of 1 NOT EVIDENCE"))


def test_a_run_at_a_custom_endpoint_says_so_in_the_list() -> None:
    kind = [column.title for column in RUN_COLUMNS].index("Kind")
    run = fold(seal_all(succeeding().drafts))
    assert run is not None
    header = replace(header_of(run), simulated=False, evidence=False)
    cell = run_row(header, None).cells[kind]
    assert "".join(span.text for span in cell) == "drill, custom"
