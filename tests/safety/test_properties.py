"""Over random fleets, tags, pasts and plans: no StartRecovery names a server that it would harm."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from drs_tui.model.plan import Impact, Mode, Plan, PlanServer, Target, Wave
from drs_tui.simulator.fleet import Direction, FleetServer, LaunchSettings, PastInstance
from tests.thoroughness import examples_of

from .world import REGION, Happening, SafetyWorld

MOST_SERVERS = 4
TARGETS = ("i-0a11ce0fa11ce0001", "i-0a11ce0fa11ce0002")
IDS = tuple(f"s-{number:017x}" for number in range(1, MOST_SERVERS + 1))

directions = st.sampled_from([Direction.FAILOVER] * 7 + [Direction.FAILBACK])
plain = st.just(None)
pasts = (
    plain
    | plain
    | st.builds(
        PastInstance,
        age=st.sampled_from([timedelta(hours=1), timedelta(days=3)]),
        is_drill=st.booleans(),
        is_protected=st.booleans(),
        is_disconnected=st.booleans(),
    )
)
NAMES = ("web", "AWS Elastic Disaster Recovery Conversion Server")
"""People name their servers as they like."""

tags = st.dictionaries(
    st.sampled_from(["Name", "Role", "drs-tui:keep"]), st.sampled_from(NAMES), max_size=2
)


@st.composite
def fleets(draw: st.DrawFn) -> tuple[FleetServer, ...]:
    """Some servers: mostly plain ones, each with something about it now and then."""
    count = draw(st.integers(1, MOST_SERVERS))
    return tuple(
        FleetServer(
            server_id,
            f"host-{number}",
            application="",
            role="",
            address=f"10.0.0.{number + 4}",
            direction=draw(directions),
            launch=LaunchSettings(
                into_instance_id=draw(st.sampled_from([None] * 8 + [*TARGETS])),
                copies_tags=draw(st.booleans()),
            ),
            past=draw(pasts),
            more_tags=tuple(draw(tags).items()),
        )
        for number, server_id in enumerate(IDS[:count], start=1)
    )


@st.composite
def plans(draw: st.DrawFn, fleet: tuple[FleetServer, ...]) -> Plan:
    """All servers of a fleet, in waves that wait for each other or not."""
    left = [server.source_server_id for server in fleet]
    waves: list[Wave] = []
    while left:
        taken = [left.pop(0) for _ in range(draw(st.integers(1, len(left))))]
        follows = draw(st.booleans())
        before = waves[-1].name if waves and follows else None
        servers = tuple(
            PlanServer(
                id=server_id,
                impact=draw(st.sampled_from(Impact)),
                launch_into=draw(st.sampled_from([None, None, *TARGETS])),
            )
            for server_id in taken
        )
        name = f"wave-{len(waves) + 1}"
        waves.append(Wave(name, servers, after=(before,) if before else (), checks=()))
    return Plan("random", tuple(waves), target=Target(region=REGION))


happenings = st.lists(
    st.builds(
        Happening,
        st.sampled_from([5.0, 40.0, 90.0]),
        st.sampled_from(["recovers", "disconnects", "launches into", "replicates back"]),
        st.sampled_from(IDS),
    ),
    max_size=3,
)
READS = (
    *("DescribeRecoveryInstances", "DescribeInstances", "GetLaunchConfiguration"),
    *("DescribeLaunchTemplateVersions", "ListServiceQuotas"),
)


@settings(max_examples=examples_of(50), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_no_launch_names_a_server_that_it_would_harm(data: st.DataObject) -> None:
    fleet = data.draw(fleets())
    ids = {server.source_server_id for server in fleet}
    world = SafetyWorld(
        fleet,
        data.draw(plans(fleet)),
        typed=frozenset(data.draw(st.lists(st.sampled_from(sorted(ids)), max_size=2))),
        mode=data.draw(st.sampled_from([Mode.DRILL, Mode.DRILL, Mode.RECOVERY])),
        happenings=[each for each in data.draw(happenings) if each.server_id in ids],
        unreadable=frozenset(data.draw(st.sampled_from([[]] * 5 + [[each] for each in READS]))),
    ).run()
    event(f"launches {bool(world.launched)}")
    assert world.harm == []
