"""`drs-tui store init`, `check` and `template`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
import yaml

from drs_tui.audit.dynamodb_template import template
from drs_tui.cli import main
from tests.audit.dynamodb_server import dynamodb_server
from tests.cli.conftest import Drs, Recorded


@pytest.fixture(scope="module")
def table() -> Iterator[str]:
    with dynamodb_server() as endpoint:
        yield f"dynamodb:drs-tui?region=us-east-1&endpoint={endpoint}"


def test_a_table_is_made_when_somebody_says_so_and_only_once(
    table: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["store", "init", "--store", table, "--yes"]) == 0
    first = capsys.readouterr()
    assert main(["store", "init", "--store", table, "--yes", "--json"]) == 0
    second = capsys.readouterr()

    assert first.out == f"{table} is ready\n"
    assert "creating the table drs-tui" in first.err
    assert json.loads(second.out) == {"store": table, "changed": False}
    assert second.err == ""
    assert main(["runs", "list", "--store", table]) == 0


def test_a_sound_table_is_found_sound(table: str, drs: Drs) -> None:
    drs("store", "init", "--store", table, "--yes")
    ended = drs("store", "check", "--store", table)
    findings = drs("store", "check", "--store", table, "--json").out.splitlines()

    assert ended.code == 0
    assert "point-in-time recovery is on" in ended.out
    assert {json.loads(line)["health"] for line in findings} == {"fine"}


def test_a_table_that_anybody_may_delete_is_found_broken(table: str, drs: Drs) -> None:
    address = table.replace("dynamodb:drs-tui", "dynamodb:unprotected")
    drs("store", "init", "--store", address, "--yes")
    client = boto3.client(
        "dynamodb",
        endpoint_url=table.partition("endpoint=")[2],
        region_name="us-east-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
    )
    client.update_table(TableName="unprotected", DeletionProtectionEnabled=False)
    client.close()

    ended = drs("store", "check", "--store", address)

    assert ended.code == 1
    assert "BROKEN: the table can be deleted: `drs-tui store init`" in ended.out


def test_a_table_that_is_not_there_is_no_finding(table: str, drs: Drs) -> None:
    ended = drs("store", "check", "--store", table.replace("drs-tui", "nowhere"))

    assert ended.code == 5
    assert "there is no table nowhere" in ended.err


def test_nothing_is_made_in_read_only_mode(table: str, drs: Drs) -> None:
    assert drs("store", "init", "--store", table, "--yes", "--read-only").code == 2


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


def test_a_file_is_checked_without_being_made(tmp_path: Path, drs: Drs) -> None:
    file = tmp_path / "runs.db"
    missing = drs("store", "check", "--store", f"sqlite:{file}")
    assert (missing.code, file.exists()) == (2, False)

    drs("store", "init", "--store", f"sqlite:{file}")
    sound = drs("store", "check", "--store", f"sqlite:{file}")
    file.chmod(0o644)
    readable = drs("store", "check", "--store", f"sqlite:{file}")

    assert sound.code == readable.code == 0
    assert "SQLite finds nothing wrong with it" in sound.out
    assert "WARNING" not in sound.out
    assert "WARNING: others on this machine may open it (mode 644)" in readable.out


def test_a_damaged_file_is_found_broken(tmp_path: Path, drs: Drs, recorded: Recorded) -> None:
    file = tmp_path / "runs.db"
    whole = recorded.path.read_bytes()
    page = len(whole) // 4096 // 2 * 4096
    file.write_bytes(whole[:page] + bytes(4096) + whole[page + 4096 :])

    ended = drs("store", "check", "--store", f"sqlite:{file}")

    assert ended.code in {1, 5}
    assert "damaged" in ended.out + ended.err


def test_the_template_is_printed_in_yaml_and_in_json(drs: Drs) -> None:
    in_yaml = drs("store", "template", "--store", "dynamodb:drs-tui")
    in_json = drs("store", "template", "--store", "dynamodb:drs-tui", "--json")

    document = yaml.safe_load(in_yaml.out)
    assert document == json.loads(in_json.out) == template("drs-tui")
    assert document["Resources"]["AuditTable"]["DeletionPolicy"] == "Retain"
    assert drs("store", "template", "--store", "sqlite:runs.db").code == 2
