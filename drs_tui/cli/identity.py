"""Who calls the command line: in AWS as far as it can be asked, and on this machine."""

from __future__ import annotations

import asyncio
import logging
import os

from drs_tui.audit.requests import requester
from drs_tui.aws.connection import Aws, connection_to
from drs_tui.aws.errors import AwsError
from drs_tui.config import Settings
from drs_tui.model.plan import Target
from drs_tui.model.principals import Requester

ANSWER_SECONDS = 10.0
"""How long STS may take before somebody is known by this machine alone, in real time."""

_log = logging.getLogger(__name__)


async def caller(settings: Settings) -> Requester:
    """Whoever runs this process; without an ARN where AWS does not tell, which the record shows."""
    try:
        async with (
            asyncio.timeout(ANSWER_SECONDS),
            Aws(connection_to(Target(), settings.reach)) as aws,
        ):
            return requester(os.environ, await aws.sts.caller_identity())
    except (AwsError, TimeoutError) as error:
        _log.warning("AWS does not tell whose credentials these are: %s", error)
        return requester(os.environ)
