"""What ends a command early: words for the person who typed it, and an exit code."""

from __future__ import annotations

from drs_tui.model.exit_codes import USAGE


class CliError(Exception):
    """A command cannot go on; the message says why and what to do."""

    def __init__(self, message: str, code: int = USAGE) -> None:
        """Carry the exit code, that of a wrong usage unless another is given."""
        super().__init__(message)
        self.code = code
