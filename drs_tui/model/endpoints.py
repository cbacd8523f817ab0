"""Where the services of AWS are called, and whether what they say can be evidence of a drill."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

EMBEDDED = "embedded"
"""What `run.created` records as its endpoint when the simulator is in the driver itself."""

NOT_EVIDENCE = "NOT EVIDENCE"
"""Stands on everything that is told of a run in which it was not AWS that answered."""

_USER = re.compile(r"//[^/?#&]*(@|%40)")


@dataclass(frozen=True, slots=True)
class Endpoints:
    """What the services that are used are called at."""

    urls: Mapping[str, str] = field(default_factory=dict)
    """By the SDK's name of the service; without a user or a password."""

    custom: tuple[str, ...] = ()
    """The services called elsewhere than at AWS's own hosts or a VPC endpoint."""

    simulated: bool = False
    """Whether what answers calls itself a simulator."""

    @property
    def is_evidence(self) -> bool:
        """Whether AWS answers, as far as can be told."""
        return not (self.simulated or self.custom)

    @property
    def stamp(self) -> str:
        """Why what is told of it is no evidence, in words that begin so; empty when it is."""
        return stamp(self.urls, self.custom, simulated=self.simulated)


def all_of(places: Sequence[Endpoints]) -> Endpoints:
    """What is called in several places; an address of the first stands for those of its service."""
    urls = {name: url for place in reversed(places) for name, url in place.urls.items()}
    custom = dict.fromkeys(name for place in places for name in place.custom)
    return Endpoints(urls, tuple(custom), any(place.simulated for place in places))


def stamp(urls: Mapping[str, str], custom: tuple[str, ...], *, simulated: bool) -> str:
    """NOT EVIDENCE and why, where a simulator answers or services are called at `custom` places."""
    if simulated:
        return f"{NOT_EVIDENCE}: it is a simulator that answered, not AWS"
    if not custom:
        return ""
    places = ", ".join(f"{name} at {urls.get(name, 'an endpoint not told')}" for name in custom)
    return f"{NOT_EVIDENCE}: a custom endpoint answered, not AWS's own: {places}"


def without_user(address: str) -> str:
    """A URL, or the address of a store that has one in it, without a user and a password."""
    return _USER.sub("//", address)
