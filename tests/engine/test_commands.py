"""Local commands, as real processes: what they get, what is kept, that nothing outlives them."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from drs_tui.clock import SystemClock
from drs_tui.engine import commands
from drs_tui.engine.commands import (
    MOST_OUTPUT,
    Command,
    CommandEnd,
    CommandNotStarted,
    given_environment,
    run_command,
)

LONG = 60.0


async def run(*argv: str, seconds: float = LONG, **environment: str) -> CommandEnd:
    given = given_environment(os.environ, with_aws=False, extra=environment)
    return await run_command(Command(argv, given, "", seconds))


def sh(script: str) -> tuple[str, str, str]:
    return ("/bin/sh", "-c", script)


async def gone(pid: int) -> None:
    async with asyncio.timeout(LONG):
        while "State:\tZ" not in status_of(pid):
            await SystemClock().sleep(0.01)


def status_of(pid: int) -> str:
    """As the kernel tells it; of one that is no more as of one that is a zombie."""
    try:
        return Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return "State:\tZ"


async def test_a_command_gets_its_arguments_as_they_are_and_no_shell() -> None:
    end = await run("/bin/echo", "$HOME", "a b;", "`date`")
    assert (end.exit_code, end.output) == (0, "$HOME a b; `date`")


async def test_both_streams_are_kept_in_order_and_the_exit_code_is_told() -> None:
    end = await run(*sh("echo one; echo two >&2; echo three; exit 3"))
    assert (end.exit_code, end.output) == (3, "one\ntwo\nthree")
    assert end.words == "ended with 3"


async def test_it_has_no_input() -> None:
    end = await run("/bin/cat")
    assert (end.exit_code, end.output) == (0, "")


async def test_it_is_told_little_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret-of-mine")
    monkeypatch.setenv("DATABASE_URL", "postgres://db")
    monkeypatch.setenv("DRS_TUI_STORE", "sqlite:elsewhere")
    end = await run("/usr/bin/env", DRS_TUI_RUN="r-1")
    names = {line.partition("=")[0] for line in end.output.splitlines()}
    assert "DRS_TUI_RUN" in names
    assert names <= {*commands.GIVEN, "DRS_TUI_RUN"}


async def test_it_gets_the_variables_of_aws_only_if_it_may_and_they_are_masked() -> None:
    environ = {"AWS_SECRET_ACCESS_KEY": "plain-looking-words", "PATH": os.defpath}
    assert "AWS_SECRET_ACCESS_KEY" not in given_environment(environ, with_aws=False, extra={})
    given = given_environment(environ, with_aws=True, extra={})
    end = await run_command(Command(sh('echo "it is $AWS_SECRET_ACCESS_KEY"'), given, "", LONG))
    assert end.output == "it is ****"


async def test_of_much_output_the_beginning_and_the_end_are_kept() -> None:
    script = "print('first'); [print('x' * 99) for _ in range(9999)]; print('last')"
    end = await run(sys.executable, "-c", script)
    lines = end.output.splitlines()
    assert (lines[0], lines[-1]) == ("first", "last")
    assert len(end.output) < MOST_OUTPUT + 100
    assert "bytes left out" in end.output


async def test_what_takes_too_long_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    script = f"sleep 600 & echo $! > {pids}; echo $$ >> {pids}; echo begun; wait"
    end = await run(*sh(script), seconds=0.5)
    assert end.exit_code is None
    assert end.output == "begun"
    for pid in pids.read_text().split():
        await gone(int(pid))


async def test_what_does_not_end_when_asked_to_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "GRACE_SECONDS", 0.2)
    pids = tmp_path / "pids"
    script = f"trap 'echo asked' TERM; echo $$ > {pids}; while :; do sleep 0.05; done"
    end = await run(*sh(script), seconds=0.5)
    assert (end.exit_code, end.output.splitlines()[-1]) == (None, "asked")
    await gone(int(pids.read_text()))


async def test_what_it_leaves_behind_ends_with_it_and_is_not_waited_for(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    end = await run(*sh(f"sleep 600 & echo $! > {pids}; echo done"))
    assert (end.exit_code, end.output) == (0, "done")
    await gone(int(pids.read_text()))


async def test_a_cancelled_command_is_ended(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    begun = asyncio.Event()

    async def note(pid: int) -> None:
        pids.write_text(str(pid))
        begun.set()

    given = given_environment({}, with_aws=False, extra={})
    command = Command(("/bin/sleep", "600"), given, "", LONG)
    running = asyncio.create_task(run_command(command, note))
    await begun.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await gone(int(pids.read_text()))


@pytest.mark.parametrize("turns", range(16))
async def test_a_command_that_is_given_up_while_it_begins_does_not_go_on(turns: int) -> None:
    before = children()
    given = given_environment({}, with_aws=False, extra={})
    running = asyncio.create_task(run_command(Command(("/bin/sleep", "600"), given, "", LONG)))
    for _ in range(turns):
        await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert children() == before


def children() -> set[str]:
    """The processes that this one started and that have not been waited for."""
    tasks = Path("/proc/self/task").glob("*/children")
    return {pid for task in tasks for pid in task.read_text().split()}


async def test_a_program_that_is_not_there_is_told() -> None:
    with pytest.raises(CommandNotStarted, match="/no/such/program can't be started: No such file"):
        await run("/no/such/program")
