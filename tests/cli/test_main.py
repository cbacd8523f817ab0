"""How every command begins and ends."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from argparse import ArgumentParser
from itertools import chain
from pathlib import Path

import pytest

from drs_tui import __version__
from drs_tui.cli import main
from drs_tui.cli.arguments import COMMANDS, build_parser
from drs_tui.model.exit_codes import USAGE

from .conftest import Drs, Recorded

HEAVY = "{'textual', 'rich', 'aiobotocore', 'botocore', 'aiohttp', 'pydantic', 'yaml'}"


def imported(*arguments: str) -> set[str]:
    """Which of the heavy libraries a command imports."""
    code = (
        "import sys\n"
        "from drs_tui.cli import main\n"
        "try:\n"
        f"    main({list(arguments)!r})\n"
        "except SystemExit:\n"
        "    pass\n"
        f"print(*({HEAVY} & sys.modules.keys()), file=sys.stderr)\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(ended.stderr.splitlines()[-1].split())


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["run", "--help"]])
def test_help_comes_at_once(arguments: list[str]) -> None:
    assert imported(*arguments) == set()


def test_reading_the_trail_loads_no_screen_no_sdk_and_no_plans(recorded: Recorded) -> None:
    assert imported("runs", "list", "--store", recorded.store) == set()
    assert imported("runs", "verify", "--all", "--store", recorded.store) == set()


def test_a_headless_command_loads_no_screen(recorded: Recorded) -> None:
    watched = imported("attach", "last", "--store", recorded.store)
    replayed = imported("replay", "last", "--store", recorded.store)
    planned = imported("plan", "check", str(recorded.plan))

    assert not {"textual", "rich"} & (watched | replayed | planned)


def test_each_command_is_found_by_its_name_alone() -> None:
    for name in chain.from_iterable(COMMANDS.values()):
        assert name in _choices(build_parser([name]))
    assert set(chain.from_iterable(COMMANDS.values())) == _choices(build_parser())


def _choices(parser: ArgumentParser) -> set[str]:
    return {name for action in parser._actions for name in action.choices or ()}


def test_the_version_is_printed(drs: Drs) -> None:
    assert drs("--version").out == f"drs-tui {__version__}\n"


def test_the_help_lists_commands_settings_and_exit_codes(drs: Drs) -> None:
    ended = drs("--help")

    assert ended.code == 0
    for word in ("demo", "replay", "doctor", "DRS_TUI_PROFILE", "blocked by preflight"):
        assert word in ended.out
    assert "  6  succeeded, but what the drill launched is not gone" in ended.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["foo"], "invalid choice: 'foo'"),
        (["run"], "the following arguments are required: PLAN"),
        (["run", "x", "--rec"], "unrecognized arguments: --rec"),
        (["runs", "list", "--limit", "0"], "expected a whole number from 1"),
        (["simulator", "--speed", "nan"], "a speed is a number above 0"),
        (["simulator", "--port", "70000"], "a port is a whole number"),
        (["attach", "last", "--reason", "x"], "go with --take-over"),
        (["attach", "last", "--take-over"], "needs --reason"),
        (["demo", "--profile", "prod"], "leave --profile out"),
        (["runs", "list", "--config", "nowhere.toml"], "there is no configuration file"),
        (["demo"], "the app needs a terminal"),
        ([], "the app needs a terminal"),
        (["demo", "--scenario", "storm"], "choose one of calm"),
    ],
)
def test_a_wrong_usage_ends_with_2_and_one_line(drs: Drs, arguments: list[str], words: str) -> None:
    ended = drs(*arguments)

    assert (ended.code, ended.out) == (2, "")
    assert words in ended.err
    assert len(ended.err.splitlines()) == 1


def test_a_setting_before_the_command_holds_unless_said_again(drs: Drs, recorded: Recorded) -> None:
    before = drs("--store", recorded.store, "runs", "list")
    after = drs("--store", "sqlite:/nowhere/x.db", "runs", "list", "--store", recorded.store)

    assert recorded.run_id in before.out
    assert recorded.run_id in after.out


def test_a_reader_that_has_enough_ends_a_command_quietly(recorded: Recorded) -> None:
    command = f"{sys.executable} -m drs_tui runs events last --json --store '{recorded.store}'"
    ended = subprocess.run(
        ["bash", "-c", f"{command} | true; echo ${{PIPESTATUS[0]}}"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert ended.stderr == ""
    assert ended.stdout.strip() in {"0", str(128 + signal.SIGPIPE)}


def test_a_terminal_without_utf8_gets_no_traceback(recorded: Recorded) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "drs_tui", "runs", "list", "--help"],
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )

    assert b"Traceback" not in ended.stderr


def test_the_log_file_is_for_its_owner_alone(drs: Drs, recorded: Recorded, tmp_path: Path) -> None:
    log = tmp_path / "logs" / "drs.log"

    ended = drs("runs", "list", "--store", recorded.store, "--log-file", log)

    assert ended.code == 0
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_a_log_file_that_cannot_be_written_is_said_so(drs: Drs, tmp_path: Path) -> None:
    ended = drs("runs", "list", "--log-file", tmp_path)

    assert ended.code == 2
    assert f"the log file {tmp_path} cannot be written" in ended.err


def test_recovery_before_another_command_is_refused_rather_than_forgotten(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--recovery", "run", "three-tier", "--simulate"]) == USAGE
    assert "say it after `run`" in capsys.readouterr().err
