"""Systems Manager: automations, commands, and the agents on recovery instances."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drs_tui.simulator.neighbours.json11 import Json11Form
from drs_tui.simulator.neighbours.modelled import ModelledService
from drs_tui.simulator.neighbours.ssm import agents, automations, commands

if TYPE_CHECKING:
    from drs_tui.simulator.account import Account


def service(account: Account) -> ModelledService:
    """Systems Manager of an account."""
    operations = agents.OPERATIONS | automations.OPERATIONS | commands.OPERATIONS
    return ModelledService("ssm", account, Json11Form(), operations)
