"""How the targets of a stored run are reached: as they were, not as settings say now."""

from __future__ import annotations

from drs_tui.aws.connection import Connection
from drs_tui.config import Settings
from drs_tui.driver.orders import DriverError
from drs_tui.model.endpoints import EMBEDDED
from drs_tui.model.plan import Target
from drs_tui.model.state.run import Run
from drs_tui.model.state.targets import RunTarget


def stored_connection(
    run: Run, target: RunTarget, settings: Settings, embedded_url: str
) -> Connection:
    """How a target of a stored run is reached by a process with these settings.

    `embedded_url` is where its own simulator listens, empty without one.

    Raises:
        DriverError: the run was on a simulator inside its driver, and here is none.
    """
    named = Target(target.named_account or None, role_arn=target.role_arn or None)
    if run.endpoint_url == EMBEDDED and embedded_url:
        here = Connection(region=target.region, endpoint_url=embedded_url)
        return here.to_account(named.named_account)
    if run.endpoint_url == EMBEDDED:
        raise DriverError(
            f"{run.run_id} was run on a simulator inside its driver: go on with `drs-tui demo`"
        )
    # A profile of its own is another way in than the one that the settings may replace.
    chosen = settings.profile if target.profile == run.profile else None
    connection = Connection(
        region=target.region,
        profile=chosen or target.profile,
        role_arn=named.role_arn,
        endpoint_url=run.endpoint_url or None,
        endpoints=dict(settings.endpoints),
    )
    return connection.to_account(named.named_account)
