"""The doors in: arguments to calls, nothing else."""

from drs_tui.cli.main import main

__all__ = ["main"]
