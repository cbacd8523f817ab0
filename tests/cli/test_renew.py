"""Handing credentials to whoever drives a run, from a script."""

from __future__ import annotations

import asyncio
import io
import os
import pty
from pathlib import Path

import pytest

from drs_tui.audit.sqlite import open_sqlite

from .conftest import Drs, Recorded

USAGE, OUT_OF_REACH = 2, 5
LINES = (
    "export AWS_ACCESS_KEY_ID=ASIANEWNEWNEWNEW1234\n"
    "export AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG\n"
    "export AWS_SESSION_TOKEN=IQoJb3JpZ2luX2VjEJr\n"
)


def given(patch: pytest.MonkeyPatch, text: str) -> None:
    """Let a text come by stdin."""
    patch.setattr("sys.stdin", io.StringIO(text))


def test_what_is_no_set_of_credentials_is_said_and_not_quoted(
    drs: Drs, recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(monkeypatch, LINES.replace("SESSION_TOKEN", "X"))
    ended = drs("renew", "last", "--store", recorded.store)

    assert ended.code == USAGE
    assert "stdin: the session token is missing" in ended.err
    assert "IQoJ" not in ended.err + ended.out


def test_nothing_secret_is_typed_at_a_terminal(
    drs: Drs, recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, its = pty.openpty()
    with os.fdopen(its) as terminal:
        monkeypatch.setattr("sys.stdin", terminal)
        ended = drs("renew", "last", "--store", recorded.store)
    os.close(ours)

    assert ended.code == USAGE
    assert "aws configure export-credentials --profile NAME | drs-tui renew RUN" in ended.err


def test_a_run_that_nobody_drives_is_taken_over_from_a_shell_that_has_credentials(
    drs: Drs, recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(monkeypatch, LINES)
    ended = drs("renew", "last", "--store", recorded.store)

    assert ended.code == OUT_OF_REACH
    assert f"drs-tui attach {recorded.run_id} --take-over --reason TEXT" in ended.err


def test_who_drives_it_elsewhere_is_named(
    drs: Drs, recorded: Recorded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "runs.db"
    path.write_bytes(recorded.path.read_bytes())

    async def take() -> None:
        store = await open_sqlite(path)
        await store.acquire(recorded.run_id, "maria@bastion-2:4711:abc", 30)
        await store.close()

    asyncio.run(take())
    given(monkeypatch, LINES)
    ended = drs("renew", recorded.run_id, "--store", f"sqlite:{path}")
    shown = drs("renew", recorded.run_id, "--show", "--store", f"sqlite:{path}")

    for each in (ended, shown):
        assert each.code == OUT_OF_REACH
        assert "driven on bastion-2 by maria, in process 4711" in each.err


@pytest.mark.parametrize(
    ("flags", "words"),
    [(("--read-only",), "read-only"), (("--show", "--look-again"), "choose")],
    ids=["read-only", "both"],
)
def test_what_makes_no_sense_is_refused(
    drs: Drs, recorded: Recorded, flags: tuple[str, ...], words: str
) -> None:
    ended = drs("renew", "last", *flags, "--store", recorded.store)

    assert ended.code == USAGE
    assert words in ended.err
