"""The commands around everything else: simulator, doctor, policy check."""

from __future__ import annotations

from argparse import ArgumentTypeError, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from drs_tui.cli.arguments.shared import (
    Commands,
    add_command,
    add_json,
    command_list,
    speed,
)
from drs_tui.cli.arguments.simulated import SCENARIO_HELP, SEED_HELP, scenario_list, seed

if TYPE_CHECKING:
    from drs_tui.config import Settings

DEFAULT_PORT = 8099


def add_commands(commands: Commands) -> None:
    """Add them to the command line."""
    _add_simulator(commands)
    parser = add_command(
        commands,
        "doctor",
        _doctor,
        summary="paths, versions, store, driver, terminal and AWS identity in use",
        details="Changes nothing and starts no driver. Exit code 5 if the store cannot be used.",
        example="drs-tui doctor --store dynamodb:drs-tui",
    )
    add_json(parser, "each line")
    _add_policy(commands)


_POLICY = """\
Root can lay down in /etc/drs-tui/policy.yaml what runs on this machine may do
at most, whatever a plan or an option says. Each key may be left out:

  accounts: ["123456789012"]            # where runs may launch
  regions: [us-east-1, eu-central-1]
  stores: ["dynamodb:drills?region=eu-central-1"]
  change: "CHG[0-9]{7}"                 # what the whole of --change matches
  change_window:                        # for drills; a recovery may at any time
    zone: Europe/Berlin
    hours:
      - {days: [sat, sun], from: "08:00", until: "20:00"}
      - {days: [tue], from: "22:00", until: "02:00"}
  least_approvers: 2                    # before anything launches
  recovery: forbidden
  local_commands: forbidden
  isolation: {vpcs: [vpc-0a1b2c3d4e5f60718]}

It is read when a run begins and before each of its waves. One that others than
root could have written, or that makes no sense, lets nothing launch. `demo` and
`run --simulate`, which reach no AWS, are not held to it."""


def _add_policy(commands: Commands) -> None:
    summary = "the site's policy: check"
    policy = command_list(
        commands.add_parser("policy", help=summary, description=f"{summary.capitalize()}."),
        "commands",
    )
    parser = add_command(
        policy,
        "check",
        _check_policy,
        summary="whether a policy file can be used, and what it says",
        details=_POLICY,
        example="drs-tui policy check policy.yaml",
    )
    parser.add_argument("file", metavar="FILE", type=Path, help="a policy, wherever it is")


_SIMULATOR = """\
Speaks the wire protocols of DRS, and of the parts of STS, EC2, IAM, SSM and Service Quotas that a
drill needs, on one port, until Ctrl-C or SIGTERM. It takes any credentials; the Region is the
one that a request is signed for. Every answer carries the header x-drs-simulator.

  export AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any AWS_DEFAULT_REGION=us-east-1
  export AWS_ENDPOINT_URL=http://127.0.0.1:8099
  aws drs describe-source-servers

Jobs take as long as recorded ones, divided by --speed; the clock is the machine's own. The
same seed, calls and moments are answered the same. With --state, jobs, instances, settings and
the faults that have struck outlive it; the file goes with its scenario.

Each line of the call log has: at, service, operation, body, attempt (the SDK's count), status
(0: lost before it took effect), error, job_id, and fault, which is what the scenario did to it.

A scenario FILE says which servers there are, how long things take, and what goes wrong when:

  summary: the third server of a rack of Windows machines fails
  fleet:
    - {name: "rack-{n:02}", count: 8, platform: windows, tags: {Application: rack}}
  faults:
    - {kind: launch-failure, servers: [rack-03], count: 1}
    - {kind: throttle, operations: ["Describe*"], probability: 0.2, retry_after: 5s}
    - {kind: outage, regions: [us-east-1], from: 10m, until: 12m}

--schema prints all that may stand in one, for people and for editors."""


def _add_simulator(commands: Commands) -> None:
    parser = add_command(
        commands,
        "simulator",
        _simulator,
        summary="a simulated DRS alone, for any client",
        details=f"{_SIMULATOR}\n\n{scenario_list()}",
        example="drs-tui simulator --speed 600 --call-log calls.jsonl",
    )
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        help="address to listen on (default: 127.0.0.1, this machine alone)",
    )
    parser.add_argument(
        "--port",
        metavar="N",
        type=_port,
        default=DEFAULT_PORT,
        help=f"port to listen on, 0 for any that is free (default: {DEFAULT_PORT})",
    )
    parser.add_argument(
        "--speed",
        metavar="N",
        type=speed,
        default=1.0,
        help="jobs take 1/N of the time that AWS takes (default: 1)",
    )
    parser.add_argument("--scenario", metavar="NAME|FILE", default="calm", help=SCENARIO_HELP)
    parser.add_argument("--seed", metavar="N", type=seed, default=0, help=SEED_HELP)
    parser.add_argument(
        "--state",
        metavar="FILE",
        type=Path,
        help="keep jobs and instances there between starts (default: they are forgotten)",
    )
    parser.add_argument(
        "--call-log",
        metavar="FILE",
        type=Path,
        help="append a JSON line for each request (default: none)",
    )
    parser.add_argument(
        "--schema",
        action="store_true",
        help="print the JSON schema of scenario files, and end",
    )


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise ArgumentTypeError(f"a port is a whole number from 0 to 65535, not {text!r}")
    return int(text)


def _simulator(args: Namespace, _settings: Settings) -> int:
    from drs_tui.cli.simulated import print_schema, serve_simulator
    from drs_tui.simulator.server import SimulatorSettings

    if args.schema:
        return print_schema()
    return serve_simulator(
        SimulatorSettings(
            host=args.host,
            port=args.port,
            scenario=args.scenario,
            seed=args.seed,
            state=args.state,
            call_log=args.call_log,
        ),
        args.speed,
    )


def _check_policy(args: Namespace, _settings: Settings) -> int:
    from drs_tui.cli.policy import check

    return check(args.file)


def _doctor(args: Namespace, settings: Settings) -> int:
    from drs_tui.cli.doctor import doctor

    return doctor(settings, as_json=args.json)
