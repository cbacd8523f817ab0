"""Whose a policy file has to be, and what becomes of one that others could have written."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from drs_tui.policy import file
from drs_tui.policy.file import PolicyFile, site
from drs_tui.policy.problems import PolicyError

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TEXT = 'accounts: ["123456789012"]\n'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    folder = tmp_path / "drs-tui"
    folder.mkdir(mode=0o755)
    path = folder / "policy.yaml"
    path.write_text(TEXT)
    path.chmod(0o644)
    return path


def policy_file(path: Path) -> PolicyFile:
    return PolicyFile(path, os.getuid())


def test_the_place_is_the_machines_and_roots() -> None:
    assert PolicyFile() == PolicyFile(Path("/etc/drs-tui/policy.yaml"), owner=0)


def test_a_policy_is_read_with_the_hash_of_its_bytes(path: Path) -> None:
    policy = policy_file(path).read()
    assert policy is not None
    assert policy.accounts == ("123456789012",)
    assert policy.path == str(path)
    assert policy.sha256 == hashlib.sha256(TEXT.encode()).hexdigest()


def test_where_there_is_no_file_there_is_no_policy(path: Path) -> None:
    path.unlink()
    assert policy_file(path).read() is None
    path.parent.rmdir()
    assert policy_file(path).read() is None


def test_what_belongs_to_somebody_else_is_no_policy(path: Path) -> None:
    other = os.getuid() + 1
    with pytest.raises(PolicyError, match=f"belongs to user {other - 1}; .* user {other}: chown"):
        PolicyFile(path, other).read()


@pytest.mark.parametrize("mode", [0o664, 0o646, 0o666])
def test_what_others_can_write_is_no_policy(path: Path, mode: int) -> None:
    path.chmod(mode)
    with pytest.raises(PolicyError, match="can be written by others than its owner"):
        policy_file(path).read()


@pytest.mark.parametrize("mode", [0o775, 0o757])
def test_what_others_can_put_another_file_in_place_of_is_no_policy(path: Path, mode: int) -> None:
    path.parent.chmod(mode)
    with pytest.raises(PolicyError, match=r"lies in .*/drs-tui, which others than its owner"):
        policy_file(path).read()


def test_a_link_is_as_good_as_what_it_leads_to(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.yaml"
    link.symlink_to(path)
    assert policy_file(link).read() is not None
    path.chmod(0o666)
    with pytest.raises(PolicyError, match="can be written by others"):
        policy_file(link).read()
    path.unlink()
    with pytest.raises(PolicyError, match="a link that leads nowhere"):
        policy_file(link).read()


def test_a_link_that_others_could_lead_elsewhere_is_no_policy(path: Path, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    link = shared / "policy.yaml"
    link.symlink_to(path)
    with pytest.raises(PolicyError, match=r"lies in .*/shared, which others than its owner"):
        policy_file(link).read()


def test_a_folder_is_no_policy(path: Path) -> None:
    with pytest.raises(PolicyError, match="can't be read"):
        policy_file(path.parent).read()


def test_a_file_too_large_is_no_policy(path: Path) -> None:
    path.write_text(TEXT + "#" * 64 * 1024)
    with pytest.raises(PolicyError, match="larger than 64 KiB"):
        policy_file(path).read()


def test_what_makes_no_sense_is_told_and_never_passed_over(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file, "SITE_POLICY", policy_file(path))
    assert site("sqlite:x", NOW).policy is not None
    path.write_text("acounts: [1]\n")
    rules = site("sqlite:x", NOW, "CHG1")
    assert rules.policy is None
    assert rules.trouble.startswith(f"{path}:1:1: 'acounts' is not a key here")
    assert rules.change == "CHG1"


def test_neither_the_environment_nor_a_setting_names_another(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = tmp_path / "policy.yaml"
    other.write_text("recovery: forbidden\n")
    for name in ("DRS_TUI_POLICY", "DRS_TUI_SITE_POLICY", "DRS_TUI_CONFIG", "XDG_CONFIG_DIRS"):
        monkeypatch.setenv(name, str(other))
    assert file.SITE_POLICY.path == Path("/etc/drs-tui/policy.yaml")
