"""The lock file, by which machines without internet are set up."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement

TOP = Path(__file__).parents[1]


def locked() -> dict[str, str]:
    """Versions by package."""
    found = re.findall(r"^([\w.-]+)==(\S+)", (TOP / "requirements.lock").read_text(), re.MULTILINE)
    return dict(found)


def test_the_lock_has_a_version_of_each_dependency_that_the_project_allows() -> None:
    project = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]
    versions = locked()
    for line in project["dependencies"]:
        wanted = Requirement(line)
        assert wanted.specifier.contains(versions[wanted.name.lower()]), line


def test_each_package_in_the_lock_has_hashes() -> None:
    text = (TOP / "requirements.lock").read_text()
    entries = re.split(r"^(?=[\w.-]+==)", text, flags=re.MULTILINE)[1:]
    assert len(entries) == len(locked())
    assert all("--hash=sha256:" in entry for entry in entries)
