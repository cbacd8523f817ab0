"""Whether simulated machines would answer over the network."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from drs_tui.simulator.account import Account
from drs_tui.simulator.endpoint import MARK, Endpoint
from drs_tui.simulator.message import Request
from drs_tui.simulator.neighbours.ec2.machines import Machine, machines
from drs_tui.simulator.neighbours.modelled import Call
from drs_tui.simulator.operations.jobs import start_recovery
from drs_tui.simulator.scenarios.reading import parse_scenario

from .caller import DB_1, START
from .conformance import drs_model

REGION = "us-east-1"


class Bastion:
    """A client of an account in which one server is launched."""

    def __init__(self, more: str = "") -> None:
        scenario = parse_scenario(f"summary: as the test says\n{more}", "x.yaml", name="x")
        self.account = Account(scenario)
        self.endpoint = Endpoint(self.account, drs_model())
        self.now = START
        region = self.account.region(REGION, self.now)
        start_recovery(
            region, {"sourceServers": [{"sourceServerID": DB_1}], "isDrill": True}, self.now
        )
        [self.instance] = region.instances.values()
        self.launched_at = self.instance.launched_at

    def machine(self) -> Machine:
        call = Call(self.account, REGION, self.now, {})
        identity = self.instance.recovery_instance_id
        return next(each for each in machines(call) if each.instance_id == identity)

    def probe(self, address: str, region: str = REGION) -> dict[str, Any]:
        query = urlencode({"region": region, "address": address, "about": "TCP port 5432"})
        response = self.endpoint.answer(
            Request("GET", "/simulated/probe", {}, b"", query), self.now
        )
        assert response.status == 200
        assert MARK in response.headers
        assert response.operation == "SimulatedProbe"
        answer: dict[str, Any] = json.loads(response.body)
        return answer


def test_a_machine_answers_once_it_has_booted() -> None:
    bastion = Bastion()
    bastion.now = bastion.launched_at
    address = bastion.machine().address
    assert bastion.probe(address) == {"answers": False, "words": "orders-db-1 has not booted"}
    bastion.now += timedelta(hours=1)
    assert bastion.probe(address) == {
        "answers": True,
        "words": "orders-db-1 answers for TCP port 5432",
    }


def test_a_machine_that_never_boots_never_answers() -> None:
    bastion = Bastion("faults: [{kind: no-boot}]")
    bastion.now = bastion.launched_at + timedelta(days=1)
    assert bastion.probe(bastion.machine().address)["answers"] is False


def test_an_application_that_does_not_answer_leaves_its_machine_booted() -> None:
    bastion = Bastion("faults: [{kind: no-service, lasts: 30m}]")
    bastion.now = bastion.launched_at + timedelta(minutes=29)
    machine = bastion.machine()
    assert machine.instance_ok_at is not None
    assert machine.instance_ok_at < bastion.now
    assert "has booted, and nothing answers" in bastion.probe(machine.address)["words"]
    bastion.now += timedelta(minutes=2)
    assert bastion.probe(machine.address)["answers"] is True


def test_one_that_nobody_starts_never_answers() -> None:
    bastion = Bastion("faults: [{kind: no-service}]")
    bastion.now = bastion.launched_at + timedelta(days=300)
    assert bastion.probe(bastion.machine().address)["answers"] is False


def test_production_stands_at_its_own_address_and_answers() -> None:
    assert Bastion().probe("10.10.1.11") == {
        "answers": True,
        "words": "orders-db-1 answers, in production",
    }


def test_at_any_other_address_there_is_nobody() -> None:
    bastion = Bastion()
    assert bastion.probe("10.1.2.3")["answers"] is False
    assert bastion.probe("10.10.1.11", region="eu-west-3")["answers"] is False
    assert list(bastion.account.regions) == [REGION], "a question alone makes no Region"
