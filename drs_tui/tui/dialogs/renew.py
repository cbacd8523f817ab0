"""Renewing credentials: what the driver acts as, until when, and a field that shows nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Button, Input

from drs_tui.driver.renewals import Held, end_words
from drs_tui.model.keys import LONGEST_TEXT, Keys, KeysError, read_keys
from drs_tui.tui.dialogs.dialog import Question
from drs_tui.tui.dialogs.fields import AnswerButton, Field, Options
from drs_tui.tui.text import Line, Tone, line
from drs_tui.tui.widgets.prose import Prose

_WHAT_FOLLOWS = (
    "STS is asked whose they are, and another account's are refused. They stay in the driver's "
    "memory. Look again: read anew what it has them from, as after `aws sso login`."
)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What somebody wants a driver to sign with."""

    profile: str
    """Which of its credentials are replaced."""

    keys: Keys | None = field(default=None, repr=False)
    """None: it looks again at what it has them from."""


class SecretField(Field):
    """A field that takes all lines of what is pasted, and never shows or copies any of it."""

    def __init__(self, hint: str, name: str) -> None:
        """Say by `hint` what belongs in it; `name` is its id."""
        super().__init__(hint, name, LONGEST_TEXT)
        self.password = True

    class Pasted(Message):
        """Something was pasted."""

    def _on_paste(self, event: events.Paste) -> None:
        # Textual's own takes the first line alone.
        event.prevent_default()
        event.stop()
        self.value = ""
        self.insert_text_at_cursor(event.text.replace("\r\n", "\n").replace("\r", "\n"))
        self.post_message(self.Pasted())

    async def action_submit(self) -> None:
        """Take enter for the end of a line, as in what a terminal without paste marks types."""
        self.insert_text_at_cursor("\n")

    def action_copy(self) -> None:
        """Copy nothing."""

    def action_cut(self) -> None:
        """Cut nothing."""


class RenewDialog(Question[Chosen | None]):
    """Asks for credentials, or whether to look again; its result is what was chosen."""

    AUTO_FOCUS = "#keys"
    BINDINGS = [
        Binding("up", "app.focus_previous", show=False),
        Binding("down", "app.focus_next", show=False),
    ]

    def __init__(self, held: Sequence[Held], waiting: Sequence[str], now: datetime) -> None:
        """Ask about what the driver signs with, as of `now`, real time.

        `waiting` are the waves that lack credentials, and are launched once there are some.
        """
        super().__init__()
        self._held = sorted(held, key=lambda each: each.renews and not each.trouble)
        self._waiting = waiting
        self._now = now
        self._keys: Keys | None = None

    def compose(self) -> ComposeResult:
        """What there is, what follows, the field, what is wrong with it, buttons."""
        with Vertical(classes="dialog dangerous"):
            yield Prose([line(("Renew credentials", "strong"))], classes="dialog-title")
            with VerticalScroll(classes="dialog-body", can_focus=False):
                yield Prose(self._lines())
            yield from self._choice()
            yield SecretField("paste them here; nothing of it is shown", "keys")
            yield Prose(self._read(""), classes="read")
            with Horizontal(classes="dialog-buttons"):
                yield AnswerButton("Cancel", "cancel")
                yield AnswerButton("Look again", "again", "primary")
                yield AnswerButton("Renew", "renew", "error", disabled=True)

    def _lines(self) -> list[Line]:
        lines: list[Line] = []
        for held in self._held:
            lines.append(line((f"{held.name}: ", "strong"), f"from {held.from_words}"))
            ending: Tone = "plain" if held.renews and not held.trouble else "warn"
            lines.append(line("  ", (held.end_words(self._now), ending)))
            lines += [line(f"  {place.words}") for place in held.places]
        if self._waiting:
            waves = ", ".join(self._waiting)
            lines.append(line(("Checked again and launched then: ", "warn"), waves))
        lines.append(line((_WHAT_FOLLOWS, "dim")))
        return lines

    def _choice(self) -> Iterable[Widget]:
        if len(self._held) > 1:
            options = [(each.profile, each.name) for each in self._held]
            yield Options("Renew", options, "which")

    def _read(self, text: str) -> list[Line]:
        """What a text has in it, or what is wrong with it; none of it but the access key."""
        self._keys = None
        if not text.strip():
            return [line(("AWS_… lines, the JSON of the AWS CLI, or a block for its file", "dim"))]
        try:
            keys = read_keys(text)
        except KeysError as error:
            return [line((f"▲ {error}", "bad"))]
        if keys.ends_at is not None and keys.ends_at <= self._now:
            return [line((f"▲ {keys.short}: {end_words(keys.ends_at, self._now)}", "bad"))]
        self._keys = keys
        ends = end_words(keys.ends_at, self._now) if keys.token else "they have no end"
        return [line((f"✓ {keys.short}: ", "good"), ends)]

    def on_input_changed(self, event: Input.Changed) -> None:
        """Say what is in it so far."""
        event.stop()
        self.query_one(".read", Prose).update_lines(self._read(event.value))
        self.query_one("#renew", Button).disabled = self._keys is None

    def on_secret_field_pasted(self, event: SecretField.Pasted) -> None:
        """Go on to the button once there is what it takes."""
        event.stop()
        if self._keys is not None:
            self.query_one("#renew", Button).focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """End with what was chosen."""
        event.stop()
        which = self.query(Options)
        profile = which.first().value if which else self._held[0].profile
        match event.button.id:
            case "renew" if self._keys is not None:
                self.dismiss(Chosen(profile, self._keys))
            case "again":
                self.dismiss(Chosen(profile))
            case _:
                self.dismiss(None)
