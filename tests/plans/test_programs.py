"""The programs that plans start: found where they should be, and safe to start."""

from __future__ import annotations

from pathlib import Path

import pytest

from drs_tui.model.launch_checks import CommandCheck
from drs_tui.model.plan import CommandStep, Mode, Plan, Wave
from drs_tui.model.readiness import Finding, Verdict
from drs_tui.plans import read_plan
from drs_tui.plans.programs import UnsafeProgram, check_commands, safe_program


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "scripts" / "point-dns"
    path.parent.mkdir(mode=0o755)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def check(argv: tuple[str, ...], folder: Path | str = "", forbidden: str = "") -> Finding:
    step = CommandStep(argv, (Mode.DRILL,))
    plan = Plan("p", (Wave("db", before=(step,)),), folder=str(folder))
    [finding] = check_commands(plan, Mode.DRILL, forbidden)
    return finding


def test_a_path_is_relative_to_the_plans_folder(script: Path, tmp_path: Path) -> None:
    assert safe_program("./scripts/point-dns", str(tmp_path)) == str(script)
    assert safe_program(str(script), "") == str(script)
    finding = check(("./scripts/point-dns", "--drill"), tmp_path)
    assert finding.verdict is Verdict.PASSES
    assert str(script) in finding.reason


def test_a_bare_name_is_looked_for_along_the_path() -> None:
    assert safe_program("date", "/nowhere").endswith("/date")
    with pytest.raises(UnsafeProgram, match="no program 'no-such-thing' along PATH"):
        safe_program("no-such-thing", "")


def test_a_plan_without_a_file_has_no_relative_programs() -> None:
    with pytest.raises(UnsafeProgram, match="relative to the plan's file"):
        safe_program("./point-dns", "")


def test_what_is_not_there_or_no_program_blocks(script: Path, tmp_path: Path) -> None:
    assert "No such file" in check(("./nothing",), tmp_path).reason
    assert "is no file" in check(("./scripts",), tmp_path).reason
    script.chmod(0o644)
    finding = check(("./scripts/point-dns",), tmp_path)
    assert finding.verdict is Verdict.BLOCKS
    assert "is not executable" in finding.reason


@pytest.mark.parametrize("place", ["file", "folder"])
def test_what_anybody_could_change_blocks(script: Path, tmp_path: Path, place: str) -> None:
    changed = script if place == "file" else script.parent
    changed.chmod(0o777)
    finding = check(("./scripts/point-dns",), tmp_path)
    assert finding.verdict is Verdict.BLOCKS
    assert f"anybody on this machine can change {changed}" in finding.reason


def test_what_a_link_leads_to_is_looked_at_too(script: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(script)
    assert safe_program("./link", str(tmp_path)) == str(link)
    script.parent.chmod(0o777)
    with pytest.raises(UnsafeProgram, match="can change"):
        safe_program("./link", str(tmp_path))


def test_commands_that_are_forbidden_block_with_the_reason() -> None:
    finding = check(("date",), forbidden="the setting local_commands is off")
    assert finding.verdict is Verdict.BLOCKS
    assert "the setting local_commands is off" in finding.reason


@pytest.mark.parametrize(("vantage", "looked_at"), [("bastion", True), ("ssm", False)])
def test_a_check_by_a_command_here_is_held_to_the_same(vantage: str, looked_at: bool) -> None:
    def found(program: str, forbidden: str = "") -> list[Verdict]:
        plan = Plan("p", (Wave("db", checks=(CommandCheck((program,), vantage=vantage),)),))
        return [finding.verdict for finding in check_commands(plan, Mode.DRILL, forbidden)]

    assert found("date") == [Verdict.PASSES] * looked_at
    assert found("no-such-thing") == [Verdict.BLOCKS] * looked_at
    assert found("date", "commands are off") == [Verdict.BLOCKS] * looked_at


def test_a_command_for_the_other_mode_is_not_looked_at() -> None:
    plan = Plan("p", (Wave("db", afterwards=(CommandStep(("nothing",), (Mode.DRILL,)),)),))
    assert check_commands(plan, Mode.RECOVERY) == []
    assert len(check_commands(plan, Mode.DRILL)) == 1


def test_a_plan_knows_the_folder_of_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "p.yaml").write_text("name: p\nwaves: [{name: db, servers: [orders-db-1]}]\n")
    monkeypatch.chdir(tmp_path)
    assert read_plan(Path("p.yaml")).folder == str(tmp_path)
