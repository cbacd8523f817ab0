"""Where a check may ask: at what was launched, never at what production has."""

from __future__ import annotations

import pytest

from drs_tui.engine.probing import obstacle
from drs_tui.model.launch_checks import CheckOutcome
from drs_tui.model.machines import Ec2Instance
from drs_tui.model.observed import SourceServer

DRILLED = Ec2Instance("i-1", "running", private_address="10.99.0.4")


def source(server_id: str, *addresses: str) -> SourceServer:
    return SourceServer(server_id, f"host-{server_id}", addresses=addresses)


def test_an_address_that_no_source_server_has_may_be_asked() -> None:
    assert obstacle(DRILLED, "s-1", [source("s-1", "10.10.1.11"), source("s-2")]) is None


@pytest.mark.parametrize("owner", ["s-1", "s-2"])
def test_an_address_of_any_source_server_of_the_run_is_refused(owner: str) -> None:
    others = [source("s-1", "10.10.1.11"), source(owner, "fe80::1%eth0", "10.99.0.4")]
    found = obstacle(DRILLED, "s-1", others)
    assert found is not None
    assert (found.outcome, found.is_settled) == (CheckOutcome.REFUSED, True)
    assert f"10.99.0.4 is an address of the source server host-{owner} too" in found.words


def test_the_same_address_is_known_however_it_is_written() -> None:
    instance = Ec2Instance("i-1", private_address="fd00::1")
    written = source("s-1", "FD00:0:0::0001/64")
    found = obstacle(instance, "s-1", [written])
    assert found is not None
    assert found.outcome is CheckOutcome.REFUSED


@pytest.mark.parametrize("servers", [[], [source("s-1")], [source("s-2", "10.1.1.1")]])
def test_where_the_source_has_no_known_address_nobody_knows_who_would_answer(
    servers: list[SourceServer],
) -> None:
    found = obstacle(DRILLED, "s-1", servers)
    assert found is not None
    assert found.outcome is CheckOutcome.UNKNOWN


@pytest.mark.parametrize("address", ["", "orders-db-1.example.com", "10.99.0.4:80"])
def test_what_is_no_address_is_never_asked(address: str) -> None:
    instance = Ec2Instance("i-1", private_address=address)
    found = obstacle(instance, "s-1", [source("s-1", "10.10.1.11")])
    assert found is not None
    assert found.words == "EC2 names no private address of i-1"


@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254", "224.0.0.1", "::1"])
def test_an_address_that_no_instance_can_have_is_refused(address: str) -> None:
    instance = Ec2Instance("i-1", private_address=address)
    found = obstacle(instance, "s-1", [source("s-1", "10.10.1.11")])
    assert found is not None
    assert found.outcome is CheckOutcome.REFUSED
