"""What takes a driver and its simulator long to read, read before the drivers are forked."""

from __future__ import annotations

from contextlib import ExitStack

import aiobotocore.session  # noqa: F401  imported for those that are forked
import aiohttp.web  # noqa: F401

import drs_tui.driver.headless
import drs_tui.simulator.server  # noqa: F401
from drs_tui.aws.session import service_models
from drs_tui.simulator.scenarios import find_scenario
from drs_tui.simulator.service_models import service_model
from tests.sdk import worked_out_once

find_scenario("calm")
for _service in ("drs", "ec2", "sts", "ssm"):
    service_model(_service)
    for _kind in ("service-2", "endpoint-rule-set-1"):
        service_models().load_service_model(_service, _kind)
for _name in ("partitions", "endpoints", "sdk-default-configuration"):
    service_models().load_data(_name)

_for_good = ExitStack()
_for_good.enter_context(worked_out_once())
