"""What the holder of a lease is called."""

from __future__ import annotations

import os
import pwd
import socket

import pytest

from drs_tui.audit.holder import Holder, new_holder


def test_a_process_is_known_again_by_the_name_that_it_gives_itself() -> None:
    name = new_holder()
    holder = Holder.read(name)
    assert holder.is_here
    assert (holder.host, holder.pid) == (socket.gethostname(), str(os.getpid()))
    assert holder.is_like(Holder.read(new_holder()))
    assert name != new_holder()


def test_another_user_s_process_or_another_host_s_is_not_ours() -> None:
    ours = Holder.read("ana@bastion:1:abc")
    assert ours.is_like(Holder.read("ana@bastion:2:def"))
    assert not ours.is_like(Holder.read("ben@bastion:1:abc"))
    assert not ours.is_like(Holder.read("ana@elsewhere:1:abc"))
    assert not Holder.read("ana@elsewhere.invalid:1:abc").is_here


def test_users_of_a_directory_have_their_domain_in_their_name() -> None:
    holder = Holder.read("ana@example.com@bastion:1:abc")
    assert (holder.user, holder.host) == ("ana@example.com", "bastion")


def test_a_driver_needs_no_name_of_its_user_as_in_some_containers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def nameless(uid: int) -> None:
        raise KeyError(f"getpwuid(): uid not found: {uid}")

    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", nameless)
    assert new_holder().startswith(f"{os.getuid()}@")
