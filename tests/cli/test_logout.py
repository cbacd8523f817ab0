"""What systemd does to a background process at logout, as its files say."""

from __future__ import annotations

from pathlib import Path

import pytest

from drs_tui.cli.logout import Logout, look_at_logout

SESSION = "0::/user.slice/user-1000.slice/session-3.scope\n"
MANAGER = "0::/user.slice/user-1000.slice/user@1000.service/app.slice/app-shell.scope\n"
KILLS = "[Login]\nKillUserProcesses=yes\n"


class Machine:
    """A machine's files, as far as they matter here."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def logout(self) -> Logout:
        found = look_at_logout("maria", self.root)
        assert found is not None
        return found


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    made = Machine(tmp_path)
    made.write("proc/self/cgroup", SESSION)
    return made


@pytest.fixture
def killing(machine: Machine) -> Machine:
    machine.write("etc/systemd/logind.conf", KILLS)
    return machine


def test_a_machine_without_systemd_has_nothing_to_say(tmp_path: Path) -> None:
    assert look_at_logout("maria", tmp_path) is None


def test_a_service_is_not_ended_by_a_logout(killing: Machine) -> None:
    killing.write("proc/self/cgroup", "0::/system.slice/cron.service\n")
    assert look_at_logout("maria", killing.root) is None


def test_a_driver_survives_where_nothing_says_otherwise(machine: Machine) -> None:
    assert machine.logout().is_survived


def test_killing_user_processes_is_said_with_both_steps_that_allow_it(killing: Machine) -> None:
    found = killing.logout()
    assert not found.is_survived
    assert "loginctl enable-linger" in found.words
    assert "systemd-run --user --scope drs-tui" in found.words


def test_lingering_alone_does_not_save_what_runs_in_the_session(killing: Machine) -> None:
    killing.write("var/lib/systemd/linger/maria", "")
    found = killing.logout()
    assert not found.is_survived
    assert "enable-linger" not in found.words
    assert "systemd-run --user --scope drs-tui" in found.words


def test_in_the_users_own_manager_lingering_is_what_counts(killing: Machine) -> None:
    killing.write("proc/self/cgroup", MANAGER)
    before = killing.logout()
    killing.write("var/lib/systemd/linger/maria", "")

    assert not before.is_survived
    assert "loginctl enable-linger" in before.words
    assert killing.logout().is_survived


def test_what_is_commented_out_is_what_systemd_was_built_for(machine: Machine) -> None:
    machine.write("usr/lib/systemd/logind.conf", "[Login]\n#KillUserProcesses=yes\n")
    assert not machine.logout().is_survived


def test_a_drop_in_wins_over_the_file_and_hides_its_namesakes(killing: Machine) -> None:
    killing.write("usr/lib/systemd/logind.conf.d/50-local.conf", KILLS)
    killing.write("etc/systemd/logind.conf.d/50-local.conf", "[Login]\nKillUserProcesses=no\n")
    assert killing.logout().is_survived

    killing.write("run/systemd/logind.conf.d/60-strict.conf", KILLS)
    assert not killing.logout().is_survived


@pytest.mark.parametrize(
    ("setting", "survived"),
    [
        ("KillExcludeUsers=root maria", True),
        ("KillExcludeUsers=root", False),
        ("KillOnlyUsers=guest", True),
        ("KillOnlyUsers=guest maria", False),
        ("#KillExcludeUsers=maria", False),
    ],
)
def test_users_can_be_spared_by_name(machine: Machine, setting: str, survived: bool) -> None:
    machine.write("etc/systemd/logind.conf", f"{KILLS}{setting}\n")
    assert machine.logout().is_survived is survived
