"""`drs-tui policy check`: a site's policy, before root puts it in its place."""

from __future__ import annotations

from pathlib import Path

from drs_tui.cli.failure import CliError
from drs_tui.cli.say import say, tell
from drs_tui.model.exit_codes import SUCCEEDED
from drs_tui.policy.file import PolicyFile
from drs_tui.policy.problems import MAX_BYTES, PolicyError


def check(path: Path) -> int:
    """Tell in plain words what a policy file says, wherever it is and whoever wrote it.

    Raises:
        CliError: it can't be read, or has problems, a line each.
    """
    from drs_tui.policy.reading import parse_policy

    try:
        with path.open("rb") as file:
            policy = parse_policy(file.read(MAX_BYTES + 1), str(path))
    except OSError as error:
        raise CliError(f"{path} cannot be read: {error.strerror}") from error
    except PolicyError as error:
        raise CliError(f"the policy cannot be used\n{error}") from error
    tell(f"{path}: fine, SHA-256 {policy.sha256}")
    for words in policy.words():
        tell(f"  {words}")
    say(f"it holds once it is {PolicyFile().path}, which only root can write to")
    return SUCCEEDED
