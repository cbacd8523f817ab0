"""`drs-tui store init`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from drs_tui.cli import main
from tests.audit.dynamodb_server import dynamodb_server


@pytest.fixture(scope="module")
def table() -> Iterator[str]:
    with dynamodb_server() as endpoint:
        yield f"dynamodb:drs-tui?region=us-east-1&endpoint={endpoint}"


def test_a_table_is_made_when_somebody_says_so_and_only_once(
    table: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["store", "init", "--store", table, "--yes"]) == 0
    assert main(["store", "init", "--store", table, "--yes"]) == 0
    assert capsys.readouterr().out.count("is ready") == 2
    assert main(["runs", "list", "--store", table]) == 0


def test_a_table_is_not_made_without_a_yes(
    table: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("drs_tui.cli.store.can_ask", lambda: False)
    assert main(["store", "init", "--store", table]) == 4
    assert "--yes" in capsys.readouterr().err


def test_a_file_is_made_without_asking(tmp_path: Path) -> None:
    file = tmp_path / "new" / "runs.db"
    assert main(["store", "init", "--store", f"sqlite:{file}"]) == 0
    assert file.exists()
