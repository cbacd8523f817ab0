"""Whether a simulated machine would answer over the network, which it can't be asked for real.

No service of AWS's: clients that check what was launched ask here instead of connecting to an
address that is nobody's, or somebody else's. At their sources all machines stand and answer.
"""

from __future__ import annotations

import json
from datetime import datetime
from urllib.parse import parse_qs

from drs_tui.simulator.account import Account
from drs_tui.simulator.message import Response
from drs_tui.simulator.neighbours.ec2.machines import Machine, machines
from drs_tui.simulator.neighbours.modelled import Call

PATH = "/simulated/probe"


def answer(account: Account, query: str, now: datetime) -> Response:
    """Answer `account=…&region=…&address=…&about=…`, the last in words: `answers` and `words`.

    The account may be left out, as the access key of a request need not name one.
    """
    asked = {name: values[0] for name, values in parse_qs(query).items()}
    account = account.of_key(asked.get("account", ""))
    region, address = asked.get("region", ""), asked.get("address", "")
    answers, words = _probed(account, region, address, asked.get("about", ""), now)
    body = json.dumps({"answers": answers, "words": words}).encode()
    parameters = {"region": region, "address": address, "about": asked.get("about", "")}
    headers = {"Content-Type": "application/json"}
    return Response(200, headers, body, operation="SimulatedProbe", parameters=parameters)


def _probed(
    account: Account, region_name: str, address: str, about: str, now: datetime
) -> tuple[bool, str]:
    region = account.regions.get(region_name)
    if region is None:
        return False, f"nothing was ever launched in {region_name}"
    for server in region.servers():
        if server.address == address:
            # In production nothing has failed: it answers as ever.
            return True, f"{server.name} answers, in production"
    for machine in machines(Call(account, region_name, now, {})):
        if machine.address == address and machine.state(now) != "terminated":
            return _answers(machine, about, now)
    return False, f"no machine has the address {address}"


def _answers(machine: Machine, about: str, now: datetime) -> tuple[bool, str]:
    state = machine.state(now)
    if state != "running":
        return False, f"{machine.name} is {state}"
    if machine.instance_ok_at is None or now < machine.instance_ok_at:
        return False, f"{machine.name} has not booted"
    if machine.serves_at is None or now < machine.serves_at:
        return False, f"{machine.name} has booted, and nothing answers for {about}"
    return True, f"{machine.name} answers for {about}"
