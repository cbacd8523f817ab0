"""What a site's policy has to say about a run, before it begins and before each of its waves."""

from __future__ import annotations

import re
from collections.abc import Iterator

from drs_tui.model.endpoints import without_user
from drs_tui.model.launch_checks import runs_here
from drs_tui.model.plan import CommandStep, Mode, Plan, Wave
from drs_tui.model.policy import Policy, Site
from drs_tui.model.readiness import Finding, Verdict
from drs_tui.model.state.run import Run
from drs_tui.model.steps import runs_in

_CHECK = "policy"
_NO_COMMANDS = "the policy forbids local commands"
_NO_ONE_HERE = "only whoever runs this machine can change the policy"


def check_policy(site: Site, plan: Plan, mode: Mode, account: str, region: str) -> list[Finding]:
    """Hold a run that is to begin against the policy; nothing where the site has none."""
    if site.trouble:
        return [_unreadable(site)]
    policy = site.policy
    if policy is None:
        return []
    found = [
        *_place(policy, account, region),
        *_run(policy, site, plan, mode),
        *_gates(policy, plan),
    ]
    if not found:
        found.append(Finding(Verdict.PASSES, _CHECK, "site", f"{policy.path} allows it"))
    if policy.change and site.change is None:
        words = f"the start asks for a change ticket of the form {policy.change}"
        found.append(Finding(Verdict.PASSES, _CHECK, "change", words))
    return found


def check_policy_of_wave(site: Site, run: Run, name: str) -> list[Finding]:
    """Hold the next launch of a run against the policy as it stands now."""
    if site.trouble:
        return [_unreadable(site)]
    policy = site.policy
    if policy is None:
        return []
    return [
        *_place(policy, run.target_of(name).account, run.target_of(name).region),
        *_run(policy, site, run.plan, run.mode),
        *_approvers(policy, run, name),
    ]


def local_commands_forbidden(site: Site) -> str:
    """Why the policy as it stands lets no command be started here; empty if it does."""
    if site.trouble:
        return _unreadable(site).reason
    return _NO_COMMANDS if site.policy is not None and not site.policy.allows_commands else ""


def is_about_the_place(finding: Finding) -> bool:
    """Whether it stands in the way that the account or the Region is another."""
    return finding.verdict is Verdict.BLOCKS and (finding.check, finding.thing) in _PLACES


_PLACES = ((_CHECK, "account"), (_CHECK, "region"))


def _blocks(thing: str, reason: str, remedy: str) -> Finding:
    return Finding(Verdict.BLOCKS, _CHECK, thing, reason, remedy)


def _unreadable(site: Site) -> Finding:
    return _blocks("site", f"the site's policy cannot be told: {site.trouble}", _NO_ONE_HERE)


def _place(policy: Policy, account: str, region: str) -> Iterator[Finding]:
    if policy.accounts and account not in policy.accounts:
        allowed = ", ".join(policy.accounts)
        yield _blocks(
            "account",
            f"the policy allows account {allowed}, not {account}",
            f"choose another profile and plan; {_NO_ONE_HERE}",
        )
    if policy.regions and region not in policy.regions:
        allowed = ", ".join(policy.regions)
        yield _blocks(
            "region",
            f"the policy allows {allowed}, not {region}",
            f"choose another Region and plan; {_NO_ONE_HERE}",
        )


def _run(policy: Policy, site: Site, plan: Plan, mode: Mode) -> Iterator[Finding]:
    if policy.stores and _store(site.store) not in map(_store, policy.stores):
        yield _blocks(
            "store",
            f"the policy wants runs recorded in {' or '.join(policy.stores)}, not "
            f"{without_user(site.store)}",
            f"say --store '{policy.stores[0]}'",
        )
    if policy.change and site.change is not None and not re.fullmatch(policy.change, site.change):
        found = f"{site.change!r} is not" if site.change else "none is given"
        yield _blocks(
            "change",
            f"the policy asks for a change ticket of the form {policy.change}: {found}",
            "say --change ID, or write it into the field Change when you start",
        )
    if mode is Mode.RECOVERY and not policy.allows_recovery:
        yield _blocks("recovery", "the policy forbids real recoveries here", _NO_ONE_HERE)
    if mode is Mode.DRILL:
        yield from _drill(policy, site, plan)
    if not policy.allows_commands:
        yield from (
            _blocks(
                f"wave {wave.name}",
                f"{_NO_COMMANDS}, and the plan has one at this wave",
                "take it out; a step can be a manual one, a check be made `from: ssm`",
            )
            for wave in plan.waves
            if _runs_commands(wave, mode)
        )


def _runs_commands(wave: Wave, mode: Mode) -> bool:
    """Whether something of a wave is a command on the machine of its driver, in this mode."""
    steps = (*wave.before, *wave.afterwards)
    ours = any(isinstance(step, CommandStep) and runs_in(step, mode) for step in steps)
    return ours or any(map(runs_here, wave.checks or ()))


def _drill(policy: Policy, site: Site, plan: Plan) -> Iterator[Finding]:
    """What is asked of a drill alone: a disaster keeps no hours, and has its own networks."""
    window = policy.change_window
    if window is not None and not window.is_open(site.at):
        yield _blocks(
            "window",
            f"the policy lets drills launch at {window}, and it is {window.told(site.at)}",
            "wait for the change window",
        )
    beyond = policy.beyond(plan.isolation)
    if beyond:
        yield _blocks(
            "isolation",
            f"the plan lets drill instances live in {', '.join(beyond)}, and the policy does not",
            "name only networks under isolation that the policy lists",
        )
    elif policy.tightened(plan) != plan:
        yield _blocks(
            "isolation",
            "the policy lists networks for drill instances, and the run was begun without",
            "begin the run anew, so that its launch settings are held against them",
        )


def _store(address: str) -> tuple[str, frozenset[str]]:
    """An address without regard to the order of its settings."""
    place, _, settings = address.partition("?")
    return place, frozenset(filter(None, settings.split("&")))


# Approvals --------------------------------------------------------------------------------------


def _gates(policy: Policy, plan: Plan) -> Iterator[Finding]:
    """Each wave needs a gate for enough people, its own or that of one that it waits for."""
    least = policy.least_approvers
    for wave in plan.waves:
        asked = max((w.gate.approvals for w in _before(plan, wave) if w.gate), default=0)
        if asked < least:
            has = f"its gates ask for {asked}" if asked else "no gate stands before it"
            yield _blocks(
                f"wave {wave.name}",
                f"the policy lets nothing launch before {least} people have approved: {has}",
                f"write gate: {{prompt: …, approvals: {least}}} before it, or before one that it "
                "waits for",
            )


def _approvers(policy: Policy, run: Run, name: str) -> Iterator[Finding]:
    """Count who has approved: a gate can have been skipped with its wave."""
    least = policy.least_approvers
    if not least:
        return
    names = [wave.name for wave in _before(run.plan, run.plan.wave(name))]
    people = {who for wave in names for who in run.waves[wave].approvals}
    if len(people) < least:
        yield _blocks(
            f"wave {name}",
            f"the policy lets nothing launch before {least} people have approved, and "
            f"{len(people)} have",
            "begin a run of a plan whose gate asks for that many",
        )


def _before(plan: Plan, wave: Wave) -> list[Wave]:
    """The wave and all that it waits for, directly or not."""
    found = {wave.name: wave}
    waiting = [wave]
    while waiting:
        for name in waiting.pop().after:
            if name not in found:
                found[name] = plan.wave(name)
                waiting.append(found[name])
    return list(found.values())
