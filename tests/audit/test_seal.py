"""A command of the site's own takes what is sealed."""

from __future__ import annotations

import os
import select
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from drs_tui.audit.seal import LONGEST_OUTPUT, CommandSealer
from drs_tui.model.seals import Seal, SealError, Statement
from tests.model.story import succeeded

STATEMENT = Statement("run-1", 12, "a" * 64, "2026-11-23T09:00:00.000000Z", simulated=True)
DEADLINE_SECONDS = 10.0


def python(code: str, *arguments: str) -> CommandSealer:
    """A sealer that runs Python code."""
    return CommandSealer([sys.executable, "-c", code, *arguments])


async def test_the_command_gets_the_statement_on_stdin_and_in_its_environment(
    tmp_path: Path,
) -> None:
    taken = tmp_path / "taken"
    code = (
        "import os, sys\n"
        "names = ('RUN_ID', 'SEQ', 'HASH', 'AT')\n"
        "told = [os.environ['SEAL_' + name] for name in names]\n"
        "open(sys.argv[1], 'w').write(sys.stdin.read() + ' '.join(told))\n"
        "print('entry 7')"
    )

    receipt = await python(code, str(taken)).seal(STATEMENT)

    line, told = taken.read_text().splitlines()
    assert line == STATEMENT.text
    assert told == f"run-1 12 {'a' * 64} 2026-11-23T09:00:00.000000Z"
    assert receipt == {"output": "entry 7"}


def test_the_text_of_a_statement_is_part_of_the_format() -> None:
    assert STATEMENT.text == (
        '{"at":"2026-11-23T09:00:00.000000Z","hash":"' + "a" * 64 + '",'
        '"run_id":"run-1","seq":12,"simulated":true}'
    )


def test_a_statement_says_whether_it_is_evidence_unless_it_was_made_without() -> None:
    said = replace(STATEMENT, evidence=False)
    assert '"at":"2026-11-23T09:00:00.000000Z","evidence":false,"hash":' in said.text
    for statement in (STATEMENT, said):
        event = succeeded().events[0]
        data = Seal("kms", "key", statement, ok=True).to_data()
        kept = Seal.from_event(replace(event, data=data))
        # A signature is over the text: what was signed before must still be found in it.
        assert kept.statement.text == statement.text


async def test_a_command_need_not_read_nor_say_anything() -> None:
    assert await python("pass").seal(STATEMENT) == {}


async def test_no_shell_reads_the_command() -> None:
    receipt = await CommandSealer(["/bin/echo", "$HOME; exit 1"]).seal(STATEMENT)

    assert receipt == {"output": "$HOME; exit 1"}


async def test_only_so_much_of_what_it_says_is_kept() -> None:
    receipt = await python("print('x' * 100_000)").seal(STATEMENT)

    assert receipt == {"output": "x" * LONGEST_OUTPUT}


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import sys; sys.exit('the ledger is closed')", "ended with 1: the ledger is closed"),
        ("import os; os.kill(os.getpid(), 9)", "ended with -9"),
    ],
)
async def test_a_command_that_fails_says_why(code: str, words: str) -> None:
    with pytest.raises(SealError, match=words):
        await python(code).seal(STATEMENT)


async def test_a_command_that_is_not_there_is_named() -> None:
    with pytest.raises(SealError, match="/no/such/command can't be started: No such file"):
        await CommandSealer(["/no/such/command"]).seal(STATEMENT)


async def test_a_command_that_hangs_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    script = f"sleep 600 & echo $! > {file}; wait"

    with pytest.raises(SealError, match="took longer than 1 s"):
        await CommandSealer(["/bin/sh", "-c", script], seconds=1.0).seal(STATEMENT)

    assert ends(int(file.read_text()))


async def test_nobody_can_ask_a_command_what_it_was_given() -> None:
    seal = Seal("command", "notary", STATEMENT, ok=True)
    assert await python("pass").confirm(seal) is None


def ends(pid: int) -> bool:
    """Whether a process ends: a signal that it was sent takes effect when it is next scheduled."""
    try:
        watched = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([watched], [], [], DEADLINE_SECONDS)[0])
    finally:
        os.close(watched)
