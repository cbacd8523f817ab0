"""Whether the account has room for a launch: DRS's quotas, and addresses where it goes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from drs_tui.model.checks.places import places
from drs_tui.model.machines import Networks, Subnet
from drs_tui.model.plan import MAX_SERVERS_PER_WAVE, Wave
from drs_tui.model.readiness import NOT_ASKED, Facts, Finding, Launching, Unread, Verdict

JOB_SIZE_QUOTA = "L-B827C881"
"""Service Quotas' code for the servers in one job, against which no waiting helps."""

QUOTA_CODE = "ServiceQuotaExceededException"
"""The error by which DRS refuses what a quota has no room for."""

_CODES = {
    "concurrent_jobs": "L-D88FAC3A",
    "servers_in_a_job": JOB_SIZE_QUOTA,
    "servers_in_all_jobs": "L-05AFA8C6",
}
"""Service Quotas' codes for what DRS limits (AWS General Reference)."""


@dataclass(frozen=True, slots=True)
class Limits:
    """DRS's quotas of an account and Region; the defaults are those that AWS documents."""

    concurrent_jobs: int = 20
    servers_in_a_job: int = MAX_SERVERS_PER_WAVE
    servers_in_all_jobs: int = 500
    source: str = "as AWS documents them"
    """Where they are from."""


def limits_of(quotas: Mapping[str, float] | Unread) -> Limits:
    """The limits by what Service Quotas said; where it didn't, as documented."""
    if isinstance(quotas, Unread):
        return Limits(source=f"as AWS documents them; Service Quotas does not tell: {quotas.words}")
    told = {name: int(quotas[code]) for name, code in _CODES.items() if code in quotas}
    if len(told) < len(_CODES):
        return Limits(**told, source="partly as AWS documents them")
    return Limits(**told, source="by Service Quotas")


@dataclass(frozen=True, slots=True)
class Shortage:
    """Why a job has to wait: a quota that others use up until one of their jobs ends."""

    quota: str
    """Which: `jobs`, `servers in jobs`; or `turn`, while others come first."""

    words: str


def check_sizes(waves: Sequence[Wave], facts: Facts) -> list[Finding]:
    """Check whether each of `waves` fits into a job at all, whatever else runs."""
    limits = limits_of(facts.quotas)
    most = min(limits.servers_in_a_job, limits.servers_in_all_jobs)
    return [
        _quota(
            Verdict.BLOCKS,
            wave.name,
            f"{len(wave.servers)} servers, and DRS takes {most} in one job ({limits.source})",
            "split the wave",
        )
        for wave in waves
        if len(wave.servers) > most
    ]


def shortage(servers: int, facts: Facts) -> Shortage | None:
    """What a job of so many servers has to wait for now; None: there is room."""
    limits = limits_of(facts.quotas)
    uses = _uses(facts, [launch for launch in facts.launching if not launch.waits], limits)
    for use, more in zip(uses, (1, servers), strict=True):
        if use.used + more > use.limit:
            return Shortage(use.thing, use.words)
    uses = _uses(facts, facts.launching, limits)
    if any(use.used + more > use.limit for use, more in zip(uses, (1, servers), strict=True)):
        waiting = sum(launch.waits for launch in facts.launching)
        return Shortage("turn", f"{waiting} held back before it come{'s' * (waiting == 1)} first")
    return None


def check_headroom(waves: Sequence[Wave], facts: Facts) -> list[Finding]:
    """Check how many of `waves` can run at once, one job each, beside all that runs or begins.

    What finds no room is held back until there is: that takes time, and stops nothing.
    """
    limits = limits_of(facts.quotas)
    jobs, servers = _uses(facts, facts.launching, limits)
    found = check_sizes(waves, facts)
    found += _over(jobs, limits, waves, lambda _: 1)
    found += _over(servers, limits, waves, lambda wave: len(wave.servers))
    if isinstance(facts.executions, Unread):
        words = f"what DRS's own recovery plans launch is not known: {facts.executions.words}"
        remedy = "let the caller list them (`drs-tui iam-policy` has the policy), or look in DRS"
        found.append(_quota(Verdict.UNKNOWN, "native plans", words, remedy))
    if not found:
        words = (
            f"{jobs.limit - jobs.used} of {jobs.limit} jobs and "
            f"{servers.limit - servers.used} of {servers.limit} servers in jobs "
            f"are free ({limits.source})"
        )
        found.append(_quota(Verdict.PASSES, "jobs", words))
    return found


def _to_come(facts: Facts) -> list[int]:
    """The servers of the largest job that each execution of a native plan may begin yet."""
    executions = () if isinstance(facts.executions, Unread) else facts.executions
    return [max(map(len, each.to_launch)) for each in executions if each.to_launch]


@dataclass(frozen=True, slots=True)
class _Use:
    thing: str
    used: int
    limit: int
    to_come: int
    """How much of it native plans are still to take up."""

    @property
    def words(self) -> str:
        counted = "DRS jobs run" if self.thing == "jobs" else "servers are in DRS jobs"
        native = f", {self.to_come} of them once DRS's own recovery plans go on"
        return f"{self.used} of {self.limit} {counted}{native if self.to_come else ''}"


def _uses(facts: Facts, launching: Sequence[Launching], limits: Limits) -> tuple[_Use, _Use]:
    """The jobs and the servers in them that run or come first, those of native plans too."""
    running = [job for job in facts.jobs if not job.is_ended]
    native = _to_come(facts)
    servers = sum(len(job.servers) for job in running) + sum(native)
    servers += sum(launch.servers for launch in launching)
    jobs = len(running) + len(launching) + len(native)
    return (
        _Use("jobs", jobs, limits.concurrent_jobs, len(native)),
        _Use("servers in jobs", servers, limits.servers_in_all_jobs, sum(native)),
    )


def _over(
    use: _Use, limits: Limits, waves: Sequence[Wave], size: Callable[[Wave], int]
) -> list[Finding]:
    """What is found if waves that can run side by side have no room to."""
    together = side_by_side(waves, size)
    wanted = sum(map(size, together))
    if use.used + wanted <= use.limit:
        return []
    names = ", ".join(wave.name for wave in together)
    who = f"the waves {names} can run at once and" if len(together) > 1 else f"wave {names}"
    words = (
        f"{who} would add {wanted} while {use.words} ({limits.source}): what finds no room is "
        "held back until a job ends"
    )
    remedy = "acknowledge that it takes longer, or have the quota raised"
    return [_quota(Verdict.WARNS, use.thing, words, remedy)]


def side_by_side(waves: Sequence[Wave], size: Callable[[Wave], int]) -> list[Wave]:
    """Waves of which none waits for another, even by way of others: the largest such set found.

    Begun from each wave in turn, with the largest others added as long as they fit: every set is
    one that can happen.
    """
    by_name = {wave.name: wave for wave in waves}
    before: dict[str, set[str]] = {}

    def ancestors(name: str) -> set[str]:
        if name not in before:
            before[name] = set()
            for other in by_name[name].after:
                if other in by_name:
                    before[name] |= {other, *ancestors(other)}
        return before[name]

    def ordered(one: Wave, other: Wave) -> bool:
        return one.name in ancestors(other.name) or other.name in ancestors(one.name)

    best: list[Wave] = []
    by_size = sorted(waves, key=size, reverse=True)
    for first in waves:
        chosen = [first]
        for wave in by_size:
            if wave is not first and not any(ordered(wave, each) for each in chosen):
                chosen.append(wave)
        if sum(map(size, chosen)) > sum(map(size, best)):
            best = chosen
    return best


# Addresses --------------------------------------------------------------------------------------


def check_addresses(waves: Sequence[Wave], facts: Facts) -> list[Finding]:
    """Check whether the subnets have addresses for all that `waves` launch."""
    networks = facts.networks
    if isinstance(networks, Unread):
        words = f"whether their subnets have addresses left is not known: {networks.words}"
        return [Finding(Verdict.UNKNOWN, "addresses", "subnets", words, "look at them in EC2")]
    wanted = _addresses_wanted(waves, facts, networks)
    back = _addresses_given_back(waves, facts)
    found = []
    for subnets, count in wanted.items():
        known = [subnet.free_addresses for subnet in subnets]
        free = sum(each for each in known if each is not None)
        free += sum(back[subnet.id] for subnet in subnets)
        if count <= free or None in known:
            continue
        named = ", ".join(subnet.id for subnet in subnets)
        found.append(
            Finding(
                Verdict.BLOCKS,
                "addresses",
                named,
                f"{count} private IP addresses are needed there, and {free} are left",
                "make room in the subnet, or launch into a larger one",
            )
        )
    return found


def _addresses_wanted(
    waves: Sequence[Wave], facts: Facts, networks: Networks
) -> Counter[tuple[Subnet, ...]]:
    """How many interfaces come into each subnet, or into one of several."""
    wanted: Counter[tuple[Subnet, ...]] = Counter()
    for wave in waves:
        for server in wave.servers:
            settings = facts.settings.get(server.id or "", NOT_ASKED)
            if isinstance(settings, Unread) or settings.into_instance_id:
                continue
            template = networks.templates.get(settings.template_id)
            if template is not None:
                wanted.update(place.subnets for place in places(template, networks))
    del wanted[()]
    return wanted


def _addresses_given_back(waves: Sequence[Wave], facts: Facts) -> Counter[str]:
    """How many interfaces of earlier instances the launches remove from each subnet."""
    ids = {server.id for wave in waves for server in wave.servers}
    machines = () if isinstance(facts.machines, Unread) else facts.machines
    return Counter(
        interface.subnet_id
        for machine in machines
        if machine.server_id in ids and not machine.is_gone
        for interface in machine.interfaces
    )


def _quota(verdict: Verdict, thing: str, words: str, remedy: str = "") -> Finding:
    return Finding(verdict, "quota", thing, words, remedy)
