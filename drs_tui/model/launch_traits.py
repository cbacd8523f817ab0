"""What of launch settings decides what a launch makes, in a form that can be compared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from drs_tui.model.events import Json
from drs_tui.model.machines import LaunchSettings, LaunchTemplate
from drs_tui.model.readiness import Facts, Unread

Traits = Mapping[str, str]
"""Words for each setting, by its name for people; what could not be read is absent."""

TEMPLATE = "launch template's data"
"""The name of the digest of all that a server's launch template says."""


def traits_of(facts: Facts) -> dict[str, Traits]:
    """How each server is launched, by its id; those of which nothing was read are absent."""
    templates = {} if isinstance(facts.networks, Unread) else facts.networks.templates
    return {
        server_id: {**_of_settings(settings), **_of_template(templates.get(settings.template_id))}
        for server_id, settings in facts.settings.items()
        if not isinstance(settings, Unread)
    }


def _of_settings(settings: LaunchSettings) -> dict[str, str]:
    said = {
        "launches into": settings.into_instance_id or "a new instance",
        "private address copied": _yes_no(settings.copies_private_ip),
        "tags copied": _yes_no(settings.copies_tags),
        "post-launch actions": _yes_no(settings.has_post_launch_actions),
        "disposition": settings.disposition,
        "right-sizing": settings.right_sizing,
        "recovery mode": settings.recovery_mode,
    }
    return {name: words for name, words in said.items() if words}


def _yes_no(flag: bool | None) -> str:
    return "" if flag is None else "yes" if flag else "no"


def _of_template(template: LaunchTemplate | None) -> dict[str, str]:
    if template is None:
        return {}
    named = {group for each in template.interfaces for group in each.security_group_ids}
    groups = sorted(named | set(template.security_group_ids))
    subnets = [each.subnet_id for each in template.interfaces if each.subnet_id]
    return {
        "instance type": template.instance_type or "not said",
        "subnet": ", ".join(subnets) or "the default VPC's",
        "security groups": ", ".join(groups) or "the default VPC's",
        TEMPLATE: template.digest,
    }


def traits_to_data(traits: Mapping[str, Traits]) -> list[Json]:
    """As event data: each combination once, with its servers, as most have the same."""
    alike: dict[tuple[tuple[str, str], ...], list[Json]] = defaultdict(list)
    for server_id, each in traits.items():
        alike[tuple(sorted(each.items()))].append(server_id)
    return [{"settings": dict(each), "servers": servers} for each, servers in alike.items()]


def traits_from_data(data: Sequence[Mapping[str, Json]]) -> Mapping[str, Traits]:
    """As event data has it; what can't be read is left out."""
    return MappingProxyType(dict(_read(data)))


def _read(data: Sequence[Mapping[str, Json]]) -> Iterator[tuple[str, Traits]]:
    for group in data:
        settings, servers = group.get("settings"), group.get("servers")
        if isinstance(settings, Mapping) and isinstance(servers, list | tuple):
            traits = {name: words for name, words in settings.items() if isinstance(words, str)}
            yield from ((server, traits) for server in servers if isinstance(server, str))
