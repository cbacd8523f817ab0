"""EC2, as far as it tells of what DRS launches: reads only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drs_tui.simulator.errors import ApiError
from drs_tui.simulator.neighbours.ec2 import instances, networks, templates, types, volumes
from drs_tui.simulator.neighbours.modelled import Answer, Call, ModelledService, Operation
from drs_tui.simulator.neighbours.query import Ec2Form

if TYPE_CHECKING:
    from drs_tui.simulator.account import Account


def service(account: Account) -> ModelledService:
    """EC2 of an account."""
    built = (
        instances.OPERATIONS
        | volumes.OPERATIONS
        | templates.OPERATIONS
        | networks.OPERATIONS
        | types.OPERATIONS
    )
    operations = {name: _unless_dry(operation) for name, operation in built.items()}
    return ModelledService("ec2", account, Ec2Form(), operations)


def _unless_dry(operation: Operation) -> Operation:
    """The operation, before which a dry run ends."""

    def run(call: Call) -> Answer:
        if call.parameters.get("DryRun"):
            raise ApiError(
                "DryRunOperation", "Request would have succeeded, but DryRun flag is set."
            )
        return operation(call)

    return run
