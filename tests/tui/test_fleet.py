"""The list of source servers: replication, lag, and what launched each last."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from drs_tui.model.observed import SourceServer
from drs_tui.tui.filters import fits
from drs_tui.tui.rows.fleet import (
    FLEET_SORTS,
    SOURCE_COLUMNS,
    FleetServer,
    fleet_fields,
    fleet_row,
    source_lines,
    with_last_runs,
)
from tests.tui.sample import START, failing, inventory, past, server_id

NAMES = [column.title for column in SOURCE_COLUMNS]


def cells(item: FleetServer) -> dict[str, str]:
    texts = ["".join(span.text for span in cell) for cell in fleet_row(item).cells]
    return dict(zip(NAMES, texts, strict=True))


def by_name(items: list[FleetServer]) -> dict[str, FleetServer]:
    return {item.server.name: item for item in items}


def test_each_server_tells_how_its_newest_stored_drill_ended() -> None:
    fleet = by_name(with_last_runs(inventory(), [past(failing())]))
    day = f"{START:%Y-%m-%d}"
    assert cells(fleet["orders-app-1"])["Last launch"] == f"✓ drill launched {day}"
    assert cells(fleet["orders-app-2"])["Last launch"] == f"✗ drill failed {day}"
    assert cells(fleet["orders-web-1"])["Last launch"] == "never launched"


def test_a_launch_by_somebody_else_since_wins_over_the_stored_run() -> None:
    later = replace(
        inventory()[0],
        last_launch_at=START + timedelta(days=1),
        last_launch_type="RECOVERY",
        last_launch_result="SUCCEEDED",
        last_launch_job="drsjob-of-somebody",
    )
    (item,) = with_last_runs([later], [past(failing())])
    assert item.run is None
    assert (
        cells(item)["Last launch"] == f"✓ recovery succeeded {START + timedelta(days=1):%Y-%m-%d}"
    )


def test_a_launch_without_a_date_says_so() -> None:
    server = SourceServer("s-1", "a", last_launch_result="SUCCEEDED", last_launch_type="DRILL")
    (item,) = with_last_runs([server], [])
    assert cells(item)["Last launch"] == "✓ drill succeeded date not said"


def test_states_and_lags_are_words_and_what_is_new_to_us_stays_readable() -> None:
    def said(server: SourceServer) -> tuple[str, str]:
        shown = cells(FleetServer(server))
        return shown["Replication"], shown["Lag"]

    sync = SourceServer("s-1", "a", replication_state="INITIAL_SYNC", lag_ms=9_000_000)
    assert said(sync) == ("✗ initial sync", "2h 30m")
    assert said(SourceServer("s-1", "a")) == ("? not said", "unknown")
    assert said(replace(sync, replication_state="HIBERNATING"))[0] == "? hibernating"


def test_servers_are_found_by_state_lag_tag_and_what_became_of_them() -> None:
    fleet = with_last_runs(inventory(), [past(failing())])

    def found(wanted: str) -> list[str]:
        return [item.server.name for item in fleet if fits(wanted, "", fleet_fields(item))]

    assert found("state:stalled") == ["orders-web-2"]
    assert found("lag>15m") == ["orders-db-2", "orders-web-2"]
    assert found("tag:Application=orders last:failed") == ["orders-app-2"]
    assert found("last:never") == ["orders-web-1", "orders-web-2"]


def test_an_unknown_lag_compares_with_nothing() -> None:
    lags = {item.server.name: FLEET_SORTS["Lag"](item) for item in map(FleetServer, inventory())}
    assert lags["orders-web-2"] is None
    assert lags["orders-db-2"] == 2_467_000


def test_details_name_the_run_the_error_and_every_tag() -> None:
    server = replace(inventory()[3], replication_error="AGENT_NOT_SEEN", tags={"Role": "app"})
    assert server.id == server_id("orders-app-2")
    (item,) = with_last_runs([server], [past(failing())])
    said = "\n".join("".join(s.text for s in line) for line in source_lines(item))
    for words in ("AGENT_NOT_SEEN", "three-tier", "✗ failed", "Role"):
        assert words in said
