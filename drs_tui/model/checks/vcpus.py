"""Whether EC2's quota of vCPUs has room for what a plan launches, beside all that runs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from drs_tui.model.plan import Mode, Wave
from drs_tui.model.readiness import NOT_ASKED, Facts, Finding, Unread, Verdict

VCPU_QUOTA = "L-1216C47A"
"""Service Quotas' code for the vCPUs of running standard On-Demand instances of EC2."""

_STANDARD = frozenset({"a", "c", "d", "h", "i", "im", "is", "m", "r", "t", "z"})
"""The families that share that quota (EC2 user guide, On-Demand Instance quotas)."""


@dataclass(frozen=True, slots=True)
class Vcpus:
    """What AWS says of the vCPUs of an account and Region."""

    quota: float | Unread
    """Those that may run at the same time, of the standard families."""

    running: Mapping[str, int] | Unread
    """How many On-Demand instances run, by their type."""

    of_type: Mapping[str, int] | Unread
    """The vCPUs of each type that EC2 knows, of those asked for."""


def type_of(server_id: str, facts: Facts) -> str:
    """The instance type that a launch of a server takes; empty where nobody says.

    DRS writes the type that it recommends into the launch template before it launches, unless
    right-sizing is off or follows the source instance (DRS user guide, right sizing).
    """
    settings = facts.settings.get(server_id, NOT_ASKED)
    networks = facts.networks
    if isinstance(settings, Unread) or settings.into_instance_id:
        return ""
    template = (
        None if isinstance(networks, Unread) else networks.templates.get(settings.template_id)
    )
    written = template.instance_type if template is not None else ""
    server = facts.servers.get(server_id)
    recommended = server.recommended_type if server is not None else ""
    return recommended or written if settings.right_sizing == "BASIC" else written


def check_vcpus(waves: Sequence[Wave], facts: Facts, vcpus: Vcpus, mode: Mode) -> list[Finding]:
    """Check whether all that `waves` launch can run at the same time, until it is cleaned up."""
    counts = Counter(type_of(server_id, facts) for server_id in _server_ids(waves))
    told = _Told(vcpus)
    wanted, strange = told.sum_of(counts)
    unknown = [words for words in (*told.unread, _strange(strange)) if words]
    limit = None if isinstance(vcpus.quota, Unread) else int(vcpus.quota)
    used = 0
    if not isinstance(vcpus.running, Unread):
        used, _ = told.sum_of(vcpus.running)
        used -= told.sum_of(_given_back(waves, facts))[0]
    room = "" if limit is None else f"{max(limit - used, 0)} of {limit} are free"
    found = []
    if limit is not None and used + wanted > limit:
        # A drill must not take what production may need; a disaster takes what there is.
        found.append(
            Finding(
                Verdict.WARNS if mode is Mode.RECOVERY else Verdict.BLOCKS,
                "vCPUs",
                "EC2",
                f"{wanted} vCPUs of standard On-Demand instances are needed at the same time, and "
                f"{room}: the launches above that fail after minutes",
                "have the quota raised, launch smaller types, or plan for fewer servers",
            )
        )
    if unknown:
        found.append(
            Finding(
                Verdict.UNKNOWN,
                "vCPU count",
                "EC2",
                f"whether EC2 has the vCPUs is not known: {'; '.join(unknown)}",
                "let the caller read them (`drs-tui iam-policy` has the policy), or look at "
                "Service Quotas",
            )
        )
    if not found:
        words = f"{wanted} vCPUs of standard On-Demand instances are needed, and {room}"
        found.append(Finding(Verdict.PASSES, "vCPUs", "EC2", words))
    return found


class _Told:
    """Sums of vCPUs, as far as AWS told."""

    def __init__(self, vcpus: Vcpus) -> None:
        self._of_type = {} if isinstance(vcpus.of_type, Unread) else vcpus.of_type
        self.unread = [
            f"{what}: {told.words}"
            for what, told in (
                ("its quota", vcpus.quota),
                ("what runs", vcpus.running),
                ("the vCPUs of its types", vcpus.of_type),
            )
            if isinstance(told, Unread)
        ]

    def sum_of(self, counts: Mapping[str, int]) -> tuple[int, Counter[str]]:
        """The vCPUs of so many instances of each type, and the types that can't be counted."""
        total, strange = 0, Counter[str]()
        for name, count in counts.items():
            if _is_standard(name) and name in self._of_type:
                total += self._of_type[name] * count
            else:
                strange[name] += count
        return total, strange


def _server_ids(waves: Sequence[Wave]) -> Iterator[str]:
    return (server.id for wave in waves for server in wave.servers if server.id)


def _given_back(waves: Sequence[Wave], facts: Facts) -> Counter[str]:
    """The earlier instances that these launches remove."""
    ids = set(_server_ids(waves))
    machines = () if isinstance(facts.machines, Unread) else facts.machines
    running = (each for each in machines if each.state in ("pending", "running"))
    return Counter(each.type for each in running if each.server_id in ids)


def _is_standard(name: str) -> bool:
    family = re.match(r"[a-z]+", name)
    return family is not None and family[0] in _STANDARD


def _strange(types: Mapping[str, int]) -> str:
    """What is said of servers whose vCPUs were not counted; empty: there is none."""
    told = [
        f"{count} of {'a quota of their own' if not _is_standard(name) else 'unknown size'}: {name}"
        for name, count in sorted(types.items())
        if name
    ]
    if types.get(""):
        told.append(f"{types['']} of no type that launch settings tell")
    return f"servers not counted ({', '.join(told)})" if told else ""
