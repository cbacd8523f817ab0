"""Whether drill instances stay in the networks that the plan names: what launches, what runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from drs_tui.model.checks.places import Place, places
from drs_tui.model.machines import Ec2Instance, LaunchSettings
from drs_tui.model.plan import Isolation, Mode, Plan, PlanServer
from drs_tui.model.readiness import NOT_ASKED, Facts, Finding, Unread, Verdict

CHECK = "isolation"


def check_isolation_said(plan: Plan, mode: Mode, *, simulated: bool) -> list[Finding]:
    """See that a drill says where its instances may live, or why that does not matter."""
    isolation = plan.isolation
    if mode is Mode.RECOVERY or isolation.is_said or (simulated and not isolation.waived):
        return []
    if isolation.waived:
        words = (
            f"where drill instances come to is not checked, as the plan says: {isolation.waived}"
        )
        return [Finding(Verdict.PASSES, CHECK, plan.name, words)]
    return [
        Finding(
            Verdict.BLOCKS,
            CHECK,
            plan.name,
            "the plan does not say where drill instances may live: they could reach production",
            "write `isolation: {vpcs: [vpc-…]}` into the plan, or "
            "`isolation: {waived: why they need no network of their own}`",
        )
    ]


def check_network(
    planned: PlanServer, name: str, facts: Facts, mode: Mode, isolation: Isolation
) -> list[Finding]:
    """Hold where one server's drill instance would come to against the plan's networks."""
    settings = facts.settings.get(planned.id or "", NOT_ASKED)
    if mode is Mode.RECOVERY or not isolation.is_said or isinstance(settings, Unread):
        return []
    if settings.into_instance_id:
        # That machine has its interfaces already: they are looked at once it runs.
        return []
    networks = facts.networks
    if isinstance(networks, Unread):
        return [_blocked(name, f"where it would launch to is not known: {networks.words}")]
    template = networks.templates.get(settings.template_id)
    if template is None:
        words = f"EC2 has no default version of its launch template {settings.template_id}"
        return [_blocked(name, words.rstrip())]
    made = list(places(template, networks))
    outside = [words for place in made for words in _outside(place, isolation)]
    found = [_blocked(name, "; ".join(dict.fromkeys(outside)))] if outside else []
    return [*found, *_what_reaches_out(name, settings, made)]


def outside_of(instance: Ec2Instance, isolation: Isolation) -> list[str]:
    """How the real interfaces of a drill instance break the plan's isolation."""
    if not instance.interfaces:
        return ["EC2 shows no network interface of it"]
    found: list[str] = []
    for interface in instance.interfaces:
        found += _network_outside(interface.subnet_id, interface.vpc_id, isolation)
        found += _groups_outside(interface.security_group_ids, isolation)
    return list(dict.fromkeys(found))


def _outside(place: Place, isolation: Isolation) -> Iterator[str]:
    if not place.subnets:
        yield (
            f"its launch template names {place.subnet_id}, which EC2 does not know"
            if place.subnet_id
            else "its launch template names no subnet, and the Region has no default VPC"
        )
    elif isolation.vpcs or isolation.subnets:
        for subnet in place.subnets:
            why = "" if place.subnet_id else ", as its launch template names no subnet"
            for words in _network_outside(subnet.id, subnet.vpc_id, isolation):
                yield f"{words}{why}"
    yield from _groups_outside(place.security_group_ids, isolation)


def _network_outside(subnet_id: str, vpc_id: str, isolation: Isolation) -> Iterator[str]:
    if isolation.vpcs and vpc_id not in isolation.vpcs:
        yield f"{vpc_id or 'an unknown VPC'} is not among the plan's VPCs"
    if isolation.subnets and subnet_id not in isolation.subnets:
        yield f"{subnet_id or 'an unknown subnet'} is not among the plan's subnets"


def _groups_outside(group_ids: Iterable[str], isolation: Isolation) -> Iterator[str]:
    if not isolation.security_groups:
        return
    for group_id in list(group_ids) or [""]:
        if group_id not in isolation.security_groups:
            named = group_id or "the VPC's default security group"
            yield f"{named} is not among the plan's security groups"


def _what_reaches_out(
    name: str, settings: LaunchSettings, made: Iterable[Place]
) -> Iterator[Finding]:
    """What an isolated network does not keep in by itself."""
    made = list(made)
    fixed = [address for place in made for address in place.fixed_addresses]
    if settings.copies_private_ip is not False or fixed:
        named = f" ({', '.join(fixed)})" if fixed else ""
        yield _reaches(
            "private IP",
            name,
            settings.copies_private_ip is None and not fixed,
            f"it comes up with its source's private IP address{named}: whoever asks for that "
            "address here meets the drill, or production",
        )
    if any(place.has_public_address for place in made):
        words = (
            "it comes up with a public IP address, or may: the drill can be reached from outside"
        )
        yield _reaches("public IP", name, False, words)
    if settings.has_post_launch_actions is not False:
        yield _reaches(
            "post-launch",
            name,
            settings.has_post_launch_actions is None,
            "its post-launch actions run in the drill too, whatever they reach",
        )


def _reaches(check: str, name: str, is_unknown: bool, words: str) -> Finding:
    if is_unknown:
        words = f"AWS does not say whether {words}"
    verdict = Verdict.UNKNOWN if is_unknown else Verdict.WARNS
    return Finding(
        verdict, check, name, words, "change its launch settings, or acknowledge that this is meant"
    )


def _blocked(name: str, words: str) -> Finding:
    return Finding(
        Verdict.BLOCKS,
        CHECK,
        name,
        f"a drill instance would not stay where the plan has it: {words}",
        "mend the default version of the server's launch template, or the plan's isolation",
    )
