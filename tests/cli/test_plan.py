"""Plans on the command line."""

from __future__ import annotations

import json
from pathlib import Path

from .conftest import ONE_SERVER, Drs


def test_a_fine_plan_is_said_to_be_fine(drs: Drs, tmp_path: Path) -> None:
    plan = tmp_path / "one.yaml"
    plan.write_text(ONE_SERVER)

    ended = drs("plan", "check", plan)

    assert (ended.code, ended.out) == (0, f"{plan}: fine, 1 wave, 1 server\n")


def test_a_typo_is_named_with_file_line_and_column(drs: Drs, tmp_path: Path) -> None:
    plan = tmp_path / "typo.yaml"
    plan.write_text(ONE_SERVER.replace("servers:", "severs:"))

    checked = drs("plan", "check", plan)
    shown = drs("plan", "show", plan)
    run = drs("run", plan, "--yes", "--simulate")

    assert checked.code == shown.code == run.code == 2
    for ended in (checked, shown, run):
        assert f"{plan}:5:5: " in ended.err
        assert "severs" in ended.err


def test_a_folder_is_checked_as_a_whole(drs: Drs, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(ONE_SERVER)
    (tmp_path / "b.yaml").write_text(ONE_SERVER.replace("one-server", "two") + "extra: 1\n")

    ended = drs("plan", "check", tmp_path, "--json")

    lines = [json.loads(line) for line in ended.out.splitlines()]
    assert ended.code == 2
    assert lines[0] == {"path": str(tmp_path / "a.yaml"), "plan": "one-server", "ok": True}
    assert (lines[1]["path"], lines[1]["line"], lines[1]["column"]) == (
        str(tmp_path / "b.yaml"),
        6,
        1,
    )


def test_the_examples_are_found_by_name(drs: Drs) -> None:
    ended = drs("plan", "show", "three-tier")

    assert ended.code == 0
    assert ended.out.startswith("three-tier: Order system")


def test_an_unknown_plan_is_answered_with_those_there_are(drs: Drs) -> None:
    ended = drs("plan", "show", "four-tier")

    assert ended.code == 2
    assert "'three-tier'" in ended.err


def test_a_plan_is_printed_as_one_json_object(drs: Drs) -> None:
    plan = json.loads(drs("plan", "show", "rehearsal", "--json").out)

    assert [wave["name"] for wave in plan["waves"]] == ["database", "application", "batch"]


def test_the_schema_is_json(drs: Drs) -> None:
    schema = json.loads(drs("plan", "schema").out)

    assert "waves" in schema["properties"]


def test_a_plan_is_made_of_the_fleet_once(drs: Drs, tmp_path: Path) -> None:
    made = drs("plan", "new", "mine", "--by-tag", "Role", "--simulate")
    path = Path(made.out.strip())

    assert made.code == 0
    assert path.name == "mine.yaml"
    assert drs("plan", "check", path).out == f"{path}: fine, 5 waves, 14 servers\n"
    written = path.read_text()
    again = drs("plan", "new", "mine", "--simulate")
    assert again.code == 2
    assert "choose another name" in again.err
    assert path.read_text() == written


def test_a_new_plan_needs_a_tag_that_servers_have(drs: Drs) -> None:
    ended = drs("plan", "new", "mine", "--by-tag", "Rolle", "--simulate")

    assert ended.code == 2
    assert "they have: Application, Role" in ended.err
