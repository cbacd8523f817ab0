"""The site's policy on the command line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from drs_tui.policy import file
from drs_tui.policy.file import PolicyFile

from .conftest import Drs


def test_a_policy_is_told_in_plain_words_before_it_is_put_in_its_place(
    drs: Drs, tmp_path: Path
) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text('regions: [us-east-1]\nchange: "CHG[0-9]{7}"\nrecovery: forbidden\n')
    ended = drs("policy", "check", path)
    assert ended.code == 0
    assert ended.out.startswith(f"{path}: fine, SHA-256 ")
    assert "  Regions us-east-1\n  change tickets CHG[0-9]{7}\n  no recoveries\n" in ended.out
    assert "/etc/drs-tui/policy.yaml" in ended.err


def test_what_is_wrong_with_a_policy_is_told_by_file_line_and_column(
    drs: Drs, tmp_path: Path
) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text("regions: [us-east-1]\nrecovery: no\n")
    ended = drs("policy", "check", path)
    assert ended.code == 2
    assert f"{path}:2:11: 'recovery' is 'no'; allowed: allowed or forbidden" in ended.err
    assert drs("policy", "check", tmp_path / "none.yaml").code == 2


@pytest.fixture
def in_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that is the site's."""
    path = tmp_path / "policy.yaml"
    monkeypatch.setattr(file, "SITE_POLICY", PolicyFile(path, os.getuid()))
    return path


def test_the_doctor_tells_what_the_site_allows(drs: Drs, in_place: Path, tmp_path: Path) -> None:
    store = f"sqlite:{tmp_path / 'runs.db'}"

    def told() -> str:
        lines = drs("doctor", "--store", store).out.splitlines()
        return next(line for line in lines if line.startswith("site policy"))

    assert "none; /etc/drs-tui/policy.yaml would be one" in told()
    in_place.write_text("accounts: ['123456789012']\n")
    in_place.chmod(0o644)
    assert "SHA-256" in told()
    assert told().endswith(": accounts 123456789012")
    in_place.chmod(0o666)
    assert "WARNING: no run can begin: " in told()
    assert "can be written by others" in told()
