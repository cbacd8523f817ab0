"""A simulated AWS Elastic Disaster Recovery, spoken to over the real wire protocol."""

from __future__ import annotations

from drs_tui.simulator.names import SCENARIOS

__all__ = ["SCENARIOS"]
