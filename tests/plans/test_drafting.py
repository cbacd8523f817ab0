"""Drafting a plan of the fleet."""

from __future__ import annotations

from pathlib import Path

import pytest

from drs_tui.model.observed import SourceServer
from drs_tui.model.plan import Target
from drs_tui.plans import DraftError, draft_of, draft_plan, parse_plan, read_plan, write_draft


def server(number: int, name: str, *, state: str = "CONTINUOUS", **tags: str) -> SourceServer:
    return SourceServer(
        f"s-{number:017x}", name, tags={"Name": name, **tags}, replication_state=state
    )


FLEET = [
    server(1, "web-1", Role="web", Application="orders"),
    server(2, "app-1", Role="app", Application="orders"),
    server(3, "db-1", Role="database", Application="orders"),
    server(4, "db-2", Role="database", Application="billing"),
    server(5, "odd-1"),
]


def waves(text: str) -> dict[str, list[str | None]]:
    return {wave.name: [s.id for s in wave.servers] for wave in parse_plan(text, "x").waves}


def test_what_others_stand_on_comes_first_and_untagged_servers_last() -> None:
    draft = draft_plan("mine", FLEET)
    assert draft.by_tag == "Role"
    assert list(waves(draft.text)) == ["database", "app", "web", "others"]


def test_numbered_waves_come_up_as_people_count() -> None:
    fleet = [server(n, f"a-{n}", Wave=f"wave {n}") for n in (10, 9, 1)]
    assert list(waves(draft_plan("mine", fleet).text)) == ["wave-1", "wave-9", "wave-10"]


def test_another_tag_makes_other_waves() -> None:
    draft = draft_plan("mine", FLEET, by_tag="Application")
    assert list(waves(draft.text)) == ["billing", "orders", "others"]


def test_a_fleet_without_telling_tags_is_one_wave() -> None:
    draft = draft_plan("mine", [server(n, f"a-{n}") for n in (1, 2)])
    assert {wave: len(ids) for wave, ids in waves(draft.text).items()} == {"all": 2}
    assert draft.by_tag == ""


def test_no_wave_is_larger_than_one_call_can_launch() -> None:
    draft = draft_plan("mine", [server(n, f"a-{n}", Role="app") for n in range(250)])
    assert [len(ids) for ids in waves(draft.text).values()] == [100, 100, 50]


def test_the_draft_says_where_it_may_launch_and_what_is_not_ready() -> None:
    fleet = [server(1, "a-1", state="STALLED"), server(2, "a-2", state="INITIAL_SYNC")]
    draft = draft_plan("mine", fleet, target=Target("123456789012", "eu-central-1"))
    plan = parse_plan(draft.text, "x")
    assert (plan.target.account, plan.target.region) == ("123456789012", "eu-central-1")
    assert "a-1, replication is STALLED: older data would launch" in draft.text
    assert "a-2, replication is INITIAL_SYNC: it cannot launch as it is" in draft.text


def test_a_draft_of_a_list_says_nothing_of_what_nobody_asked_drs() -> None:
    waves = {"one": [SourceServer("", "a-1")], "two": [SourceServer("s-1a2b3c4d5e6f70005", "")]}
    draft = draft_of("mine", waves, made_of="list.csv")
    assert draft.text.startswith("# A draft of list.csv. ")
    assert "replication is" not in draft.text
    plan = parse_plan(draft.text, "x")
    assert [(wave.servers[0].name, wave.servers[0].id) for wave in plan.waves] == [
        ("a-1", None),
        (None, "s-1a2b3c4d5e6f70005"),
    ]


EVIL = "yes: [*x] # \x1b[2J\n- name: gotcha\u202e\u2028" + "é" * 300


def test_hostile_names_and_tags_stay_data() -> None:
    draft = draft_plan("mine", [server(1, EVIL, Role=EVIL), server(2, "b", Role="on")])
    found = waves(draft.text)
    assert len(found) == 2
    assert sum(len(ids) for ids in found.values()) == 2
    assert "on" in found
    assert all(line.isprintable() for line in draft.text.splitlines())


def test_a_server_whose_id_a_plan_cannot_hold_is_named() -> None:
    odd = SourceServer("s-ABCDEFGHIJKLMNOPQ", "odd: one", replication_state="CONTINUOUS")
    plan = parse_plan(draft_plan("mine", [odd]).text, "x")
    assert [s.name for _, s in plan.servers()] == ["odd: one"]


@pytest.mark.parametrize(
    ("name", "servers", "tag", "words"),
    [
        ("Bad Name", FLEET, None, "is no name of a plan"),
        ("mine", [], None, "nothing to plan for"),
        ("mine", FLEET, "Rolle", "they have: Role, Application"),
    ],
)
def test_what_makes_no_plan_says_why(
    name: str, servers: list[SourceServer], tag: str | None, words: str
) -> None:
    with pytest.raises(DraftError, match=words):
        draft_plan(name, servers, by_tag=tag)


def test_a_file_that_is_there_is_never_overwritten(tmp_path: Path) -> None:
    draft = draft_plan("mine", FLEET)
    path = write_draft(draft, tmp_path / "new" / "folder")
    assert read_plan(path).name == "mine"
    path.write_text("# broken by hand: [\n")
    with pytest.raises(DraftError, match="stays as it is"):
        write_draft(draft, path.parent)
    assert path.read_text() == "# broken by hand: [\n"


def test_a_name_that_another_file_of_the_folder_has_is_refused(tmp_path: Path) -> None:
    draft = draft_plan("mine", FLEET)
    (tmp_path / "other.yaml").write_text(draft.text)
    with pytest.raises(DraftError, match="holds a plan named mine"):
        write_draft(draft, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["other.yaml"]


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DraftError, match="cannot be written"):
        write_draft(draft_plan("mine", FLEET), tmp_path / "file" / "plans")
