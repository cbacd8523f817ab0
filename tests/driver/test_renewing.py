"""Drills whose credentials end while they go on, over the wire, and that are given others."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from drs_tui.audit.recorder import Recorder
from drs_tui.audit.store import StoreUnavailable
from drs_tui.aws.connection import Aws as Doors
from drs_tui.aws.connection import Connection
from drs_tui.clock import SystemClock
from drs_tui.driver.answering import answering
from drs_tui.driver.client import DriverClient
from drs_tui.driver.orders import DriverError, NoDriver, StartOrder
from drs_tui.driver.places import places_of
from drs_tui.driver.renewal_wire import (
    held_from_data,
    held_to_data,
    renewal_from_data,
    renewal_to_data,
    renewed_from_data,
    renewed_to_data,
)
from drs_tui.driver.renewals import (
    ActsAs,
    Held,
    NotDrivenHere,
    Renewal,
    RenewalRefused,
    Renewed,
    elsewhere_words,
)
from drs_tui.driver.signing import Place, Signing
from drs_tui.driver.wire import error_from_data, error_to_data, read_line, write_line
from drs_tui.driver.world import open_world
from drs_tui.model.decisions import Wanted, WantedKind
from drs_tui.model.events import Draft, Event, EventType
from drs_tui.model.keys import Keys
from drs_tui.model.principals import Requester
from drs_tui.model.state.run import Run
from drs_tui.model.status import RunStatus
from tests.driver.drills import Drill, stored_events
from tests.driver.renewals import (
    ELSEWHERE,
    NEW,
    OLD,
    SECRET,
    TOKEN,
    Aws,
    aws_in,
    in_the_environment,
    keys,
    plan_in,
)

ANA = Requester(os_user="ana", host="bastion")
HOUR = timedelta(hours=1)
ROLE = "arn:aws:iam::210987654321:role/drills"


@pytest.fixture
async def aws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Aws]:
    in_the_environment(monkeypatch, OLD, tmp_path)
    # The guards look three times; that they are patient is held elsewhere.
    monkeypatch.setattr("drs_tui.engine.launching.SEARCH_EVERY_SECONDS", 0.05)
    async with aws_in(tmp_path) as aws:
        yield aws


def asked(run: Run) -> Wanted | None:
    """The gate of the second wave."""
    return next((each for each in run.wanted if each.kind is WantedKind.GATE), None)


def blocked(run: Run) -> bool:
    return any(wanted.lacks_credentials for wanted in run.wanted)


async def started(drill: Drill, aws: Aws) -> None:
    """Let the first wave succeed, the credentials end, and the second be refused for that."""
    run = await drill.until(lambda run: asked(run) is not None)
    gate = asked(run)
    assert gate is not None
    aws.let_credentials_end()
    await drill.ask("approve", wave=gate.wave, seq=gate.seq)
    await drill.until(blocked)


async def test_a_run_whose_credentials_have_ended_goes_on_with_others(
    aws: Aws, tmp_path: Path
) -> None:
    settings = aws.settings()
    order = StartOrder(plan_in(tmp_path), reach=settings.reach, acknowledge_all=True)
    async with open_world(settings) as world:
        host, run_id = world.host, await world.host.start(order)
        drill = Drill(world, run_id)
        await started(drill, aws)
        [held] = await host.credentials(run_id)
        assert (held.source, held.renews, held.places[0].account) == ("env", False, "123456789012")

        for given, why in (
            (keys(ELSEWHERE), "are for account 210987654321"),
            (keys("ASIAOLD0000000000009"), "ExpiredToken"),
            (keys(NEW, datetime.now(UTC) - HOUR), "ended 1h 00m ago"),
            (None, "the credentials that are there now can't be used"),
        ):
            with pytest.raises(RenewalRefused, match=why) as caught:
                await host.renew(Renewal(run_id, ANA, given))
            assert SECRET not in str(caught.value)
        assert blocked(await drill.until(lambda _: True))
        assert (await host.credentials(run_id)) == [held]

        fresh = keys(NEW, datetime.now(UTC) + HOUR)
        with full_for_renewals(), pytest.raises(DriverError, match="disk is full"):
            await host.renew(Renewal(run_id, ANA, fresh))
        assert (await host.credentials(run_id)) == [held]

        renewed = await host.renew(Renewal(run_id, ANA, fresh))
        assert (renewed.runs, renewed.waves) == ((run_id,), ("application",))
        run = await drill.ended()
        assert run.outcome is RunStatus.SUCCEEDED
        assert aws.launched_with == [OLD, NEW]

        again = StartOrder(plan_in(tmp_path, SHORT), reach=settings.reach, acknowledge_all=True)
        await host.ended(await host.start(again))
        assert aws.launched_with == [OLD, NEW, NEW]

        events = await stored_events(world, run_id)
    [told] = [event for event in events if event.type == EventType.RUN_CREDENTIALS_RENEWED]
    assert told.actor == "ana@bastion"
    assert told.data["source"] == "given"
    assert run.renewals[0].text.startswith("123456789012 as arn:aws:sts::123456789012:")
    other = {call["operation"] for call in aws.calls() if call["access_key"] == ELSEWHERE}
    assert other == {"GetCallerIdentity"}
    assert nowhere_in(tmp_path)


@contextmanager
def full_for_renewals() -> Iterator[None]:
    """Let the disk take no record of a renewal."""
    record = Recorder.record

    async def full(recorder: Recorder, drafts: Sequence[Draft]) -> Sequence[Event]:
        if any(draft.type == EventType.RUN_CREDENTIALS_RENEWED for draft in drafts):
            raise StoreUnavailable("the disk is full")
        return await record(recorder, drafts)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Recorder, "record", full)
        yield


SHORT = """\
name: one-wave
target: {account: "123456789012", region: us-east-1}
isolation: {waived: nothing here is real}
waves: [{name: web, servers: [s-1a2b3c4d5e6f70005], checks: []}]
"""


def nowhere_in(folder: Path) -> bool:
    """Whether no file in a folder has a secret that was given, whatever the file is."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert len(files) > 3
    written = [path.read_bytes() for path in files]
    return not any(secret.encode() in each for each in written for secret in (SECRET, TOKEN))


async def test_a_run_that_is_not_driven_here_is_not_renewed_here(aws: Aws) -> None:
    async with open_world(aws.settings()) as world:
        with pytest.raises(NotDrivenHere, match="20260301-x is not driven here"):
            await world.host.renew(Renewal("20260301-x", ANA, keys(NEW)))


async def test_what_is_started_next_is_of_the_account_that_was_shown(aws: Aws) -> None:
    async with open_world(aws.settings()) as world:
        other = Renewal("", ANA, keys(ELSEWHERE), account="123456789012")
        with pytest.raises(RenewalRefused, match="it is driven in account 123456789012"):
            await world.host.renew(other)
        renewed = await world.host.renew(Renewal("", ANA, keys(NEW), account="123456789012"))
        assert renewed.runs == ()
        assert (await world.host.credentials(""))[0].source == "given"
        again = await world.host.renew(Renewal("", ANA, account="123456789012"))
        assert again.held.source == "env"


async def test_what_drives_in_the_foreground_is_found_by_the_lease_that_it_holds(aws: Aws) -> None:
    settings = aws.settings()
    async with open_world(settings) as world:
        client = DriverClient(settings)
        with pytest.raises(NoDriver):
            await client.credentials("", world.host.holder)
        async with answering(settings, world.host):
            path = places_of(settings).socket_of_holder(world.host.holder)
            assert path.stat().st_mode & 0o777 == 0o600
            renewed = await client.renew(Renewal("", ANA, keys(NEW)), world.host.holder)
            assert renewed.held.source == "given"
            other = Renewal("", ANA, keys(ELSEWHERE), account="123456789012")
            with pytest.raises(RenewalRefused, match="are for account 210987654321"):
                await client.renew(other, world.host.holder)
        assert not path.exists()


# Several sets -----------------------------------------------------------------------------------


def signing() -> Signing:
    return Signing(Doors)


def place(profile: str | None = None, url: str = "http://0.0.0.0:9") -> Place:
    return Place(Doors(Connection(region="us-east-1", profile=profile, endpoint_url=url)), "1")


async def test_of_several_sets_it_has_to_be_said_which(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_the_environment(monkeypatch, OLD, tmp_path)
    config = tmp_path / "config"
    session = "aws_access_key_id=ASIAFILE\naws_secret_access_key=s\naws_session_token=t\n"
    config.write_text(f"[profile dr]\n{session}[profile lasts]\naws_access_key_id=AKIA\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    both = [place(), place("dr")]
    held = await signing().held(both)
    assert [(each.name, each.renews) for each in held] == [
        ("no profile", False),
        ("profile dr", False),
    ]
    now = SystemClock().now()
    with pytest.raises(DriverError, match="say which to renew: no profile, profile dr"):
        await signing().check(Renewal("run", ANA, keys(NEW)), both, (), now)
    with pytest.raises(DriverError, match="not driven with profile other"):
        await signing().check(Renewal("run", ANA, keys(NEW), "other"), both, (), now)


async def test_a_simulator_on_this_machine_asks_for_no_credentials() -> None:
    with pytest.raises(DriverError, match="there is nothing to renew"):
        await signing().held([place(url="http://127.0.0.1:9")])


# Over the socket --------------------------------------------------------------------------------


def test_orders_and_answers_are_the_same_on_the_other_side_of_the_socket() -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    for given in (None, Keys("ASIA", "secret", "token", now), Keys("AKIA", "secret")):
        order = Renewal("run", ANA, given, "dr", "1")
        assert renewal_from_data(read_line(write_line(renewal_to_data(order)))) == order
        assert "secret" not in repr(order)
    held = Held("dr", "sso", True, now, (ActsAs("1", "us-east-1", ROLE, "arn", "before"),), "none")
    assert held_from_data(read_line(write_line(held_to_data(held)))) == held
    renewed = Renewed(held, ("run",), ("application",))
    assert renewed_from_data(read_line(write_line(renewed_to_data(renewed)))) == renewed
    for kind in (RenewalRefused, NotDrivenHere):
        assert type(error_from_data(error_to_data(kind("no")))) is kind


@pytest.mark.parametrize(
    ("holder", "words"),
    [
        ("maria@bastion-2:4711:abc", "driven on bastion-2 by maria, in process 4711"),
        ("maria@corp.example@bastion-2:4711:abc", "driven on bastion-2 by maria@corp.example, in"),
        ("", "Nobody drives it"),
    ],
)
def test_whoever_watches_from_elsewhere_is_told_where_to_renew(holder: str, words: str) -> None:
    assert words in elsewhere_words("run", holder)
