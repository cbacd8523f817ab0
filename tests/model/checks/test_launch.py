"""Launches: into existing machines, and without what is optional and red."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drs_tui.model.checks.launch import Part, check_launch, check_planned
from drs_tui.model.machines import LaunchSettings
from drs_tui.model.plan import Mode, PlanServer, Wave
from drs_tui.model.readiness import Facts, Unread, Verdict
from tests.model.story import wave_of

from .facts import ANYWHERE, IS_READY, READY, checked, facts_of, found

INTO = {"s-1": LaunchSettings("s-1", into_instance_id="i-target")}


def naming(instance_id: str) -> Wave:
    """A wave whose server may be launched into an instance."""
    return Wave("db", (PlanServer("s-1", "orders-db", launch_into=instance_id),))


@pytest.mark.parametrize(
    ("mode", "verdict"), [(Mode.DRILL, Verdict.BLOCKS), (Mode.RECOVERY, Verdict.WARNS)]
)
def test_launching_into_an_existing_machine_blocks_a_drill(mode: Mode, verdict: Verdict) -> None:
    [finding] = found(facts_of(settings=INTO), mode)
    assert (finding.verdict, finding.check) == (verdict, "launch into")
    assert "i-target" in finding.reason


def test_the_machine_that_the_plan_names_may_be_launched_into_and_no_other() -> None:
    assert checked(facts_of(settings=INTO), wave=naming("i-target")) == IS_READY
    other = checked(facts_of(settings=INTO), wave=naming("i-other"))
    assert other == [(Verdict.BLOCKS, "launch into")]


@pytest.mark.parametrize(
    ("mode", "verdict"), [(Mode.DRILL, Verdict.BLOCKS), (Mode.RECOVERY, Verdict.UNKNOWN)]
)
def test_launch_settings_that_could_not_be_read_are_not_taken_for_harmless(
    mode: Mode, verdict: Verdict
) -> None:
    denied = Unread("drs:GetLaunchConfiguration is refused.", "AccessDeniedException")
    assert checked(facts_of(settings={"s-1": denied}), mode) == [(verdict, "launch settings")]
    assert checked(facts_of(settings={}), mode) == [(verdict, "launch settings")]


@pytest.mark.parametrize("mode", Mode)
def test_a_server_that_replicates_back_blocks_whatever_the_plan_names(mode: Mode) -> None:
    back = facts_of(replace(READY, replication_direction="FAILBACK"))
    assert checked(back, mode, naming("i-target")) == [(Verdict.BLOCKS, "direction")]


def test_a_wave_is_launched_without_what_is_optional_and_red() -> None:
    facts = facts_of(settings={**facts_of().settings, "s-2": INTO["s-1"]})
    facts = replace(facts, servers={**facts.servers, "s-2": replace(READY, id="s-2", name="b")})
    wave = wave_of("db", "s-1", optional=["s-2"])
    ready, without = check_launch([wave], facts, Mode.DRILL, ANYWHERE)
    assert (ready.verdict, ready.leaves_out) == (Verdict.PASSES, "")
    told = (without.verdict, without.check, without.leaves_out)
    assert told == (Verdict.WARNS, "left out", "s-2")


def test_a_wave_of_which_nothing_could_be_launched_blocks() -> None:
    wave = wave_of("db", optional=["s-1"])
    assert checked(facts_of(settings=INTO), wave=wave) == [
        (Verdict.WARNS, "left out"),
        (Verdict.BLOCKS, "wave"),
    ]


def test_each_part_is_judged_by_itself_as_soon_as_it_is_there() -> None:
    wave = wave_of("db", "s-1")
    [planned] = wave.servers
    facts = Facts({"s-1": READY})

    def blocks(*parts: Part) -> list[str]:
        return [
            f.check for f in check_planned(planned, wave, facts, Mode.DRILL, ANYWHERE, parts=parts)
        ]

    assert blocks(Part.STANDING) == []
    assert blocks(Part.SETTINGS) == ["launch settings"]
    assert blocks(Part.INSTANCES) == ["live recovery", "live recovery"]
