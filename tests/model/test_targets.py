"""Where a plan's waves act, and the part of a run that is in one of those places."""

from __future__ import annotations

import pytest

from drs_tui.model.parts import part_of
from drs_tui.model.plan import Plan, Target
from drs_tui.model.run import Run
from drs_tui.model.state.targets import RunTarget

from .story import Story, wave_of

ACCOUNT, OTHER = "123456789012", "210987654321"
ROLE = f"arn:aws:iam::{OTHER}:role/drills"
OWN = Target(ACCOUNT, "us-east-1", "ops", f"arn:aws:iam::{ACCOUNT}:role/drills")
THERE = [
    RunTarget(ACCOUNT, "us-east-1", waves=("db", "web")),
    RunTarget(OTHER, "eu-west-1", "ledger", ROLE, OTHER, ("ledger",)),
]


@pytest.mark.parametrize(
    ("own", "target"),
    [
        (None, OWN),
        (Target(), OWN),
        (Target(region="eu-west-1"), Target(ACCOUNT, "eu-west-1", OWN.profile, OWN.role_arn)),
        (Target(account=ACCOUNT), OWN),
        (Target(account=OTHER), Target(OTHER, "us-east-1", "ops")),
        (Target(role_arn=ROLE), Target(OTHER, "us-east-1", "ops", ROLE)),
        (Target(profile="ledger"), Target(None, "us-east-1", "ledger")),
        (
            Target(OTHER, "eu-west-1", "ledger", ROLE),
            Target(OTHER, "eu-west-1", "ledger", ROLE),
        ),
    ],
)
def test_a_wave_of_another_account_takes_no_role_from_the_plan(
    own: Target | None, target: Target
) -> None:
    wave = wave_of("db", target=own)
    assert Plan("p", (wave,), target=OWN).target_of(wave) == target


def test_the_targets_of_a_plan_begin_with_its_own_and_are_told_once() -> None:
    elsewhere = Target(region="eu-west-1")
    waves = (
        wave_of("a", target=elsewhere),
        wave_of("b", after=("a",)),
        wave_of("c", target=elsewhere, after=("b",)),
    )
    plan = Plan("p", waves, target=Target(ACCOUNT, "us-east-1"))
    there = Target(ACCOUNT, "eu-west-1")
    assert plan.targets == (plan.target, there)
    part = plan.within(there)
    assert [(wave.name, wave.after) for wave in part.waves] == [("a", ()), ("c", ("a",))]
    assert part.targets == (there,)


def story() -> Story:
    """A run whose last wave is in another account."""
    story = Story(
        wave_of("db", "s-1"),
        wave_of("web", "s-2"),
        wave_of("ledger", "s-3"),
        created={"targets": [target.to_data() for target in THERE]},
    )
    for wave, server in (("db", "s-1"), ("web", "s-2"), ("ledger", "s-3")):
        story.launch(wave, f"drsjob-{wave}")
        story.see(server, "LAUNCHED", f"i-{server}")
        story.tell(
            "instance.observed",
            instance=f"i-{server}",
            server=server,
            job_id=f"drsjob-{wave}",
            is_drill=True,
            state="RUNNING",
            gone=False,
        )
    return story


def test_a_run_knows_where_each_wave_is() -> None:
    run = story().run
    assert list(run.targets) == THERE
    assert [run.target_of(wave) for wave in run.waves] == [THERE[0], THERE[0], THERE[1]]


def test_a_run_in_one_place_is_its_own_part() -> None:
    run = Story(wave_of("db", "s-1"), target=OWN).run
    [target] = run.targets
    assert target == RunTarget(ACCOUNT, "us-east-1", "", OWN.role_arn or "", ACCOUNT, ("db",))
    assert part_of(run, target) is run


def test_a_part_has_what_is_in_its_place_and_nothing_else() -> None:
    told = story()
    told.tell("cleanup.intended", instances=["i-s-1", "i-s-3"], only=["i-s-1", "i-s-3"])
    told.tell("cleanup.started", job_id="drsjob-end", instances=["i-s-3"])
    # Found by its tags: nobody had recorded that it was launched.
    told.tell("job.observed", job_id="drsjob-lost", status="COMPLETED", wave="ledger")
    here, there = (part_of(told.run, target) for target in told.run.targets)
    assert (here.account, there.account) == (ACCOUNT, OTHER)
    assert (set(here.servers), set(there.servers)) == ({"s-1", "s-2"}, {"s-3"})
    assert set(here.jobs) == {"drsjob-db", "drsjob-web"}
    assert set(there.jobs) == {"drsjob-ledger", "drsjob-lost", "drsjob-end"}
    assert (set(here.instances), set(there.instances)) == ({"i-s-1", "i-s-2"}, {"i-s-3"})
    assert (here.cleanup.only, there.cleanup.only) == (("i-s-1",), ("i-s-3",))
    assert (here.cleanup.job_ids, there.cleanup.job_ids) == ((), ("drsjob-end",))


def test_what_is_not_known_of_where_it_acts_is_said_to_be_unknown() -> None:
    assert Run("01RUN", Plan("empty", ())).where == "account unknown, Region unknown"
