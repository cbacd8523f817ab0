"""Making a request of a run's driver: what is asked, and who asks it."""

from __future__ import annotations

import os
import pwd
import socket
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from drs_tui.audit.store import Request
from drs_tui.model.principals import Requester

if TYPE_CHECKING:
    from drs_tui.model.events import Json
    from drs_tui.model.observed import CallerIdentity


def new_request(
    run_id: str, requester: Requester, kind: str, data: Mapping[str, Json], at: datetime
) -> Request:
    """A request as of `at`, real time."""
    from ulid import ULID  # brings in pydantic, which the app's first screen does without

    about: dict[str, Json] = {**data, "by": requester.to_data()}
    return Request(str(ULID()), run_id, at, requester.name, kind, about)


def requester(environ: Mapping[str, str], caller: CallerIdentity | None = None) -> Requester:
    """Who asks from this process: `caller` is what AWS says, None where it was not asked.

    The operating system's user is the process's own, whatever LOGNAME says.
    """
    client = environ.get("SSH_CONNECTION", "").split()
    return Requester(
        arn=caller.arn if caller else "",
        user_id=caller.user_id if caller else "",
        os_user=os_user(),
        host=socket.gethostname(),
        ssh_from=client[0] if client else "",
    )


def os_user() -> str:
    """The name of the user whose process this is; their number where they have none."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # no name for this uid, as in some containers
        return str(os.getuid())
