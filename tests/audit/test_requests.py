"""Requests carry who made them."""

from __future__ import annotations

import os
import pwd
import socket

import pytest

from drs_tui.audit.requests import new_request, requester
from drs_tui.model.observed import CallerIdentity
from drs_tui.model.principals import Requester
from tests.audit.runs import START

ARN = "arn:aws:iam::123456789012:user/ana"


def test_a_request_says_who_makes_it_from_where() -> None:
    who = Requester(arn=ARN, os_user="ana", host="bastion", ssh_from="192.0.2.7")

    request = new_request("01RUN", who, "approve", {"wave": "db", "seq": 2}, START)

    assert (request.run_id, request.kind, request.actor, request.at) == (
        "01RUN",
        "approve",
        ARN,
        START,
    )
    assert request.data == {"wave": "db", "seq": 2, "by": who.to_data()}


def test_the_user_is_the_processs_own_whatever_the_environment_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LOGNAME", "eve")
    monkeypatch.setenv("USER", "eve")

    who = requester(os.environ)

    assert who.os_user == pwd.getpwuid(os.getuid()).pw_name
    assert (who.host, who.arn) == (socket.gethostname(), "")


def test_a_user_without_a_name_has_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def nameless(uid: int) -> None:
        raise KeyError(uid)

    monkeypatch.setattr(pwd, "getpwuid", nameless)

    assert requester({}).os_user == str(os.getuid())


def test_of_an_ssh_connection_the_clients_address_is_told() -> None:
    caller = CallerIdentity("123456789012", ARN, "AIDA")

    who = requester({"SSH_CONNECTION": "192.0.2.7 52100 10.0.0.5 22"}, caller)

    assert (who.arn, who.user_id, who.ssh_from) == (ARN, "AIDA", "192.0.2.7")
    assert requester({"SSH_CONNECTION": ""}).ssh_from == ""
