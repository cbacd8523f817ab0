"""The line at the top of every screen: where one is, as whom, in which mode, how fresh it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from drs_tui.model.principals import short_actor
from drs_tui.model.times import format_duration
from drs_tui.tui.keys import offered
from drs_tui.tui.text import Line, Span, Tone, cut, width_of

if TYPE_CHECKING:
    from drs_tui.audit.store import Away
    from drs_tui.tui.beat import Beat, PlaceBeat


@dataclass(frozen=True, slots=True)
class Status:
    """What the line tells."""

    modes: tuple[str, ...] = ()
    """LIVE, SIMULATED, CUSTOM ENDPOINT, REPLAY, WATCHING, READ-ONLY, RECOVERY ARMED."""

    account: str = ""
    region: str = ""
    identity: str = ""
    store: str = ""
    beat: Beat | None = None
    """None where nothing is polled."""

    away: Away | None = None
    """The audit store, while the driver here cannot reach it."""

    credentials_left: float | None = None
    """Seconds until the credentials end, where they are not renewed and it is known."""

    trouble: str = ""


def status_line(status: Status, width: int) -> Line:
    """The line in exactly `width` cells; what matters least goes first when room is short."""
    account = f" {status.account or 'account unknown'}"
    where = f"{account} {status.region}".rstrip()
    left: list[Span] = []
    for mode in status.modes:
        left += [Span(f" {mode} ", "alarm" if mode in _ALARMS else "badge"), Span(" ")]
    # The account is always seen in full: what is in the way, or how fresh it is, gives room.
    spare = width - width_of(left) - width_of((Span(account),)) - 1
    right = _fresh(status, max(0, spare))
    right = tuple(Span(cut(span.text, max(0, spare)), span.tone) for span in right)
    room = width - width_of(left) - width_of(right) - 1
    optional = [short_actor(status.identity), status.store]
    shown = where
    for part in optional:
        if part and len(shown) + len(part) + 3 <= room:
            shown += f" · {part}"
    left.append(Span(cut(shown, room), "plain"))
    gap = max(1, width - width_of(left) - width_of(right))
    return (*left, Span(" " * gap), *right)


_SOON_SECONDS, _AT_ONCE_SECONDS = 15 * 60, 5 * 60
"""How long before their end credentials are spoken of, and more loudly."""

_ALARMS = ("LIVE", "RECOVERY ARMED")


def _fresh(status: Status, room: int) -> Line:
    if status.trouble:
        return (Span(f"▲ {cut(status.trouble, 40)} ", "bad"),)
    left = status.credentials_left
    if left is not None and left <= _SOON_SECONDS:
        so = f"end in {format_duration(left)}" if left > 0 else "have ended"
        return (
            Span(f"▲ credentials {so}{_renewal()} ", "bad" if left <= _AT_ONCE_SECONDS else "warn"),
        )
    away = status.away
    if away is not None:
        so = "detached" if away.is_detached else "launches wait"
        return (Span(f"▲ store away {format_duration(away.seconds)} · {so} ", "bad"),)
    beat = status.beat
    if beat is None or not beat.is_driven:
        return ()
    if beat.trouble:
        how = _renewal() if _lacks_credentials(beat.trouble) else ""
        return (Span(f"▲ {cut(beat.trouble, 40 - len(how))}{how} ", "bad"),)
    if beat.places:
        return _places(beat.places, f"{status.account} {status.region}", room)
    if beat.polled_seconds is None:
        return ()
    age = format_duration(beat.polled_seconds)
    tone: Tone = "warn" if beat.is_stale else "dim"
    return (Span(f"▲ stale, polled {age} ago " if beat.is_stale else f"polled {age} ago ", tone),)


def _lacks_credentials(trouble: str) -> bool:
    return any(word in trouble for word in ("credentials", "ExpiredToken", "RequestExpired"))


def _renewal() -> str:
    """The key that renews credentials, where there is one."""
    return f": {words}" if (words := offered("renew", "renew")) else ""


def _places(places: Sequence[PlaceBeat], shown: str, room: int) -> Line:
    """How fresh what is known of each place is, the oldest first, as far as there is room.

    The one place that is `shown` beside it needs no name.
    """
    oldest = sorted(places, key=_concern)
    regions = [place.words.rpartition(" ")[2] for place in places]
    spans: list[Span] = []
    for left, place in zip(range(len(oldest), 0, -1), oldest, strict=True):
        region = place.words.rpartition(" ")[2]
        name = region if regions.count(region) == 1 else place.words
        span = _place("" if place.words == shown else name, place)
        more = f"+{left} more "
        if spans and width_of(spans) + len(span.text) + (len(more) if left > 1 else 0) > room:
            return (*spans, Span(more, "dim"))
        spans.append(span)
    return tuple(spans)


def _concern(place: PlaceBeat) -> tuple[bool, bool, float]:
    return (not place.is_old, not place.is_stale, -(place.polled_seconds or 0.0))


def _place(name: str, place: PlaceBeat) -> Span:
    """One place: fresh, stale as soon as a look failed, and a warning once that lasts."""
    name = f"{name} " if name else ""
    if place.polled_seconds is None:
        if place.trouble:
            return Span(f"▲ {name}{cut(place.trouble, 40)} ", "bad")
        return Span(f"{name}not polled yet ", "dim")
    age = format_duration(place.polled_seconds)
    if place.trouble and place.is_old:
        return Span(f"▲ {name}no answer for {age}: {cut(place.trouble, 30)} ", "bad")
    if place.is_stale:
        return Span(f"▲ {name}stale, polled {age} ago ", "warn")
    return Span(f"{name}{age} ago " if name else f"polled {age} ago ", "dim")
