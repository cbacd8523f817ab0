"""What a local command is told: of the run, of what it is started for, and of the run's AWS."""

from __future__ import annotations

import os
from collections.abc import Mapping

from drs_tui.aws.connection import Connection
from drs_tui.model.keys import Keys
from drs_tui.model.machines import Ec2Instance
from drs_tui.model.state.run import Run
from drs_tui.model.state.servers import ServerState
from drs_tui.model.state.waves import WaveState
from drs_tui.model.steps import When


def step_environment(run: Run, wave: WaveState, when: When) -> dict[str, str]:
    """What a step is told of the run and its wave; ids are parted by spaces."""
    servers = run.of_wave(wave.name)
    return {
        **_of_wave(run, wave.name),
        "DRS_TUI_PLAN": run.plan.name,
        "DRS_TUI_SIMULATED": "true" if run.simulated else "false",
        "DRS_TUI_WHEN": when.value,
        "DRS_TUI_SERVERS": " ".join(server.id for server in servers),
        "DRS_TUI_INSTANCES": " ".join(s.instance_id for s in servers if s.instance_id),
    }


def check_environment(run: Run, server: ServerState, instance: Ec2Instance) -> dict[str, str]:
    """What a check is told of the run, a server, and where its recovery instance is."""
    return {
        **_of_wave(run, server.wave),
        "DRS_TUI_SERVER": server.id,
        "DRS_TUI_NAME": server.name,
        "DRS_TUI_INSTANCE": instance.id,
        "DRS_TUI_ADDRESS": instance.private_address,
    }


def _of_wave(run: Run, wave: str) -> dict[str, str]:
    target = run.target_of(wave)
    return {
        "DRS_TUI_RUN": run.run_id,
        "DRS_TUI_MODE": run.mode.value,
        "DRS_TUI_ACCOUNT": target.account,
        "DRS_TUI_REGION": target.region,
        "DRS_TUI_CHANGE": run.change,
        "DRS_TUI_WAVE": wave,
    }


def aws_environment(
    connection: Connection, region: str, renewed: Keys | None = None
) -> Mapping[str, str]:
    """How a command reaches the AWS of its run: a simulator with credentials that are none.

    With those that its driver was given since it was started, if it was (`renewed`).
    """
    given = {"AWS_REGION": region, "AWS_DEFAULT_REGION": region}
    if connection.is_loopback:
        return given | {
            "AWS_ENDPOINT_URL": connection.endpoint_of("ssm") or "",
            "AWS_ACCESS_KEY_ID": connection.simulated_account or "simulated",
            "AWS_SECRET_ACCESS_KEY": "simulated",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }
    if connection.profile:
        given["AWS_PROFILE"] = connection.profile
    if renewed is not None:
        given |= {
            "AWS_ACCESS_KEY_ID": renewed.access_key,
            "AWS_SECRET_ACCESS_KEY": renewed.secret_key,
            **({"AWS_SESSION_TOKEN": renewed.token} if renewed.token else {}),
        }
    return given
