"""The AWS services beside DRS that a drill, a preflight or a check asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from drs_tui.simulator.neighbours import ec2, iam, quotas, ssm, sts

if TYPE_CHECKING:
    from drs_tui.simulator.account import Account
    from drs_tui.simulator.message import Service


def services(account: Account) -> Mapping[str, Service]:
    """The services beside DRS, by signing name."""
    return {
        "ec2": ec2.service(account),
        "iam": iam.service(account),
        "servicequotas": quotas.service(account),
        "ssm": ssm.service(account),
        "sts": sts.service(account),
    }
