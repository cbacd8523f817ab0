"""Something to read: help, details, errors in full."""

from __future__ import annotations

import json
from collections.abc import Sequence

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll

from drs_tui.tui.actions import Action, Effect, Where, actions_of
from drs_tui.tui.dialogs.dialog import Dialog
from drs_tui.tui.keys import keys_in_use
from drs_tui.tui.text import Line, line
from drs_tui.tui.widgets.prose import Prose


class Reading(Dialog[None]):
    """Lines in a box that scrolls."""

    BINDINGS = [
        Binding("q,enter,d,question_mark", "dismiss(None)", "Close"),
        Binding("j", "scroll('down')", show=False),
        Binding("k", "scroll('up')", show=False),
        Binding("g", "scroll('home')", show=False),
        Binding("G", "scroll('end')", show=False),
        Binding("ctrl+d", "scroll('page_down')", show=False),
        Binding("ctrl+u", "scroll('page_up')", show=False),
    ]

    def __init__(self, title: str, body: Sequence[Line]) -> None:
        """Show `body` under `title`."""
        super().__init__()
        self._title = title
        self._body = body

    def compose(self) -> ComposeResult:
        """Title, text, how to close."""
        with Vertical(classes="dialog wide"):
            yield Prose([line((self._title, "strong"))], classes="dialog-title")
            with VerticalScroll(classes="dialog-body"):
                yield Prose(self._body, classes="reading")
            yield Prose([line(("esc close   ↑↓ scroll", "dim"), *self.more_keys())])

    def more_keys(self) -> Line:
        """What else there is to press."""
        return ()

    def show(self, body: Sequence[Line]) -> None:
        """Show this text instead."""
        self.query_one(".reading", Prose).update_lines(body)

    def action_scroll(self, where: str) -> None:
        """Scroll the text."""
        body = self.query_one(".dialog-body", VerticalScroll)
        match where:
            case "down":
                body.scroll_down(animate=False)
            case "up":
                body.scroll_up(animate=False)
            case "page_down":
                body.scroll_page_down(animate=False)
            case "page_up":
                body.scroll_page_up(animate=False)
            case "home":
                body.scroll_home(animate=False)
            case _:
                body.scroll_end(animate=False)


def as_json(title: str, answer: object) -> Reading:
    """What AWS answered."""
    # What is parsed only when somebody looks at it is no dict yet.
    text = json.dumps(answer, indent=2, ensure_ascii=False, default=dict)
    return Reading(title, [line(part) for part in text.splitlines()])


def help_lines(places: Sequence[Where]) -> list[Line]:
    """The keys of some places, from the one table of actions."""
    lines: list[Line] = []
    asks = False
    for place in places:
        actions = [action for action in actions_of(place) if keys_in_use().has(action.call)]
        asks = asks or any(action.effect is Effect.DANGEROUS for action in actions)
        answers = [action for action in actions if action.name == "choose"]
        others = [action for action in actions if action.name != "choose"]
        heading = "Everywhere" if place is Where.APP else f"In {place.value}"
        for title, group in ((heading, others), ("When an answer is wanted", answers)):
            if group:
                lines += [line((title, "work")), *map(_help_line, group), ()]
    return [*lines, line(("! ", "warn"), ("asks first", "dim"))] if asks else lines


def _help_line(action: Action) -> Line:
    keys = " ".join(keys_in_use().all_shown(action.call))
    asks = "!" if action.effect is Effect.DANGEROUS else " "
    return line((f"{asks} ", "warn"), (f"{keys:<11} ", "strong"), action.help)
