"""What the sentences of the log are made of, and how they name what they are about."""

from __future__ import annotations

from collections.abc import Mapping

from drs_tui.model.events import Event, text_of
from drs_tui.model.principals import short_actor
from drs_tui.tui.text import Tone

Names = Mapping[str, str]
"""Server names by source server id."""

Said = tuple[str, Tone, str]
"""A sign, its tone, and the sentence."""


def who(event: Event) -> str:
    """Whoever did it."""
    return short_actor(event.actor)


def the_wave(event: Event) -> str:
    """The wave that an event is about."""
    return f"wave {text_of(event.data, 'wave') or '?'}"


def the_server(event: Event, names: Names) -> str:
    """The source server that an event is about."""
    server = text_of(event.data, "server")
    return names.get(server, server) or "a server"
