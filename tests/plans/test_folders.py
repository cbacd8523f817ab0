"""Folders of plans, and the examples that come with the program."""

from __future__ import annotations

from pathlib import Path

import pytest

from drs_tui.model.plan import Impact, ManualStep, PlanServer, Selector
from drs_tui.plans import (
    PlanError,
    check_folder,
    example_folder,
    find_plan,
    plan_files,
    read_plan,
)


def write(folder: Path, file: str, name: str) -> Path:
    path = folder / file
    path.write_text(f"# a plan\nname: {name}\nwaves: [{{name: a, servers: [x]}}]\n")
    return path


def test_plan_files_are_the_yaml_files_by_name(tmp_path: Path) -> None:
    two, one = write(tmp_path, "two.yaml", "two"), write(tmp_path, "one.yml", "one")
    (tmp_path / "notes.txt").write_text("not a plan")
    (tmp_path / "old.yaml").mkdir()
    assert plan_files(tmp_path) == [one, two]


def test_a_folder_that_is_not_there_holds_no_plans(tmp_path: Path) -> None:
    assert plan_files(tmp_path / "plans") == []


def test_a_name_is_unique_in_its_folder(tmp_path: Path) -> None:
    write(tmp_path, "a.yaml", "orders")
    copy = write(tmp_path, "b.yaml", "orders")
    [problem] = check_folder(tmp_path)
    assert str(problem) == (
        f"{copy}:2:7: the plan name 'orders' is that of a.yaml already; "
        "a name is unique in its folder"
    )


def test_checking_a_folder_tells_the_problems_of_all_its_files(tmp_path: Path) -> None:
    write(tmp_path, "a.yaml", "A")
    write(tmp_path, "b.yaml", "B")
    (tmp_path / "c.yaml").write_text("{")
    assert [Path(problem.path).name for problem in check_folder(tmp_path)] == [
        "a.yaml",
        "b.yaml",
        "c.yaml",
    ]


def test_a_plan_is_found_by_path_by_its_name_or_by_its_file(tmp_path: Path) -> None:
    path = write(tmp_path, "file.yaml", "orders")
    assert find_plan(str(path), []) == path
    assert find_plan("orders", [tmp_path]) == path
    assert find_plan("file", [tmp_path]) == path


def test_a_plan_with_mistakes_is_found_so_that_they_can_be_told(tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text("{")
    assert find_plan("broken", [tmp_path]) == path


def test_an_own_plan_comes_before_the_example_of_its_name(tmp_path: Path) -> None:
    own = write(tmp_path, "mine.yaml", "three-tier")
    assert find_plan("three-tier", [tmp_path]) == own
    assert find_plan("three-tier", []) == example_folder() / "three-tier.yaml"


def test_of_two_plans_of_one_name_none_is_chosen(tmp_path: Path) -> None:
    write(tmp_path, "a.yaml", "orders")
    write(tmp_path, "b.yaml", "orders")
    with pytest.raises(PlanError, match=r"'a.yaml', 'b.yaml' are all named 'orders'"):
        find_plan("orders", [tmp_path])


def test_who_asks_for_no_plan_is_told_which_there_are(tmp_path: Path) -> None:
    write(tmp_path, "a.yaml", "orders")
    with pytest.raises(PlanError) as raised:
        find_plan("order", [tmp_path])
    assert str(raised.value) == (
        f"order: no plan has this name; {tmp_path} has 'orders'; "
        f"{example_folder()} has 'branching', 'checked', 'points', 'rehearsal', 'steps', "
        "'three-tier', 'two-regions'"
    )
    with pytest.raises(PlanError, match=r"no such file; .* has 'orders'"):
        find_plan("plans/orders.yaml", [tmp_path])


def test_the_examples_have_no_problems() -> None:
    assert [path.stem for path in plan_files(example_folder())] == [
        "branching",
        "checked",
        "points",
        "rehearsal",
        "steps",
        "three-tier",
        "two-regions",
    ]
    assert check_folder(example_folder()) == ()


def test_three_tier_is_three_waves_in_a_row_without_a_gate() -> None:
    plan = read_plan(find_plan("three-tier", []))
    assert [(wave.name, wave.after) for wave in plan.waves] == [
        ("database", ()),
        ("application", ("database",)),
        ("web", ("application",)),
    ]
    assert all(wave.gate is None and wave.before == () for wave in plan.waves)
    assert plan.waves[0].servers == (
        PlanServer(id="s-1a2b3c4d5e6f70001"),
        PlanServer(id="s-1a2b3c4d5e6f70002"),
    )
    assert plan.waves[1].select == Selector({"Application": "orders", "Role": "app"})
    assert plan.waves[2].servers == (
        PlanServer(name="orders-web-1"),
        PlanServer(name="orders-web-2"),
    )


def test_rehearsal_has_a_gate_a_manual_step_and_an_optional_server() -> None:
    plan = read_plan(find_plan("rehearsal", []))
    assert any(wave.gate for wave in plan.waves)
    assert any(isinstance(step, ManualStep) for wave in plan.waves for step in wave.before)
    assert any(server.impact is Impact.OPTIONAL for _, server in plan.servers())


@pytest.mark.parametrize("path", plan_files(example_folder()), ids=lambda path: str(path.stem))
def test_examples_name_no_network_that_only_one_account_has(path: Path) -> None:
    assert read_plan(path).isolation.vpcs == ()


def test_two_regions_acts_in_three_places_of_two_accounts() -> None:
    plan = read_plan(find_plan("two-regions", []))
    assert [(target.account, target.region) for target in plan.targets] == [
        ("123456789012", "us-east-1"),
        ("123456789012", "eu-central-1"),
        ("210987654321", "eu-west-1"),
    ]
