"""Two drills at once in one window: the calls it makes, and going from one to the other."""

from __future__ import annotations

from drs_tui.plans import example_folder
from tests.terminal.conftest import Desk
from tests.terminal.window import Window

SPEED = "60"
"""The second drill has to last until the strip shows it, on a busy machine too."""
ASKS = "Wave application waits for your approval"


def test_a_gate_calls_and_is_found_from_another_drill_and_answered_by_its_key_alone(
    desk: Desk,
) -> None:
    window = desk.open("demo", "--speed", SPEED)
    written = listened_to(window)
    window.until_shows("three-tier", "rehearsal")
    start(window, "rehearsal")
    window.until_shows(ASKS)
    window.until(
        lambda: f"\x07\x1b]9;drs-tui: rehearsal: ◆ {ASKS}\x07".encode() in b"".join(written)
    )

    window.press("enter", " ", "\x1b[6~", "\t")
    window.press("1")
    window.until_shows("1 Plans", "rehearsal ◆ waiting for you")
    start(window, "three-tier")
    window.until_shows("Order system", "rehearsal ◆ waiting for you", "[three-tier]")

    window.press("0")
    window.until_shows("Billing, rehearsed with the team", ASKS)
    window.press("a")
    window.until_shows("Launch wave application?", "> Cancel <")
    window.press("right")
    window.until_shows("> Approve <")
    window.press("enter")
    window.until_shows("Freeze the batch scheduler")


def start(window: Window, plan: str) -> None:
    plans = sorted(path.stem for path in example_folder().glob("*.yaml"))
    window.press("g", *"j" * plans.index(plan), "enter")
    # One text: the list, half painted over, says of other plans that they are ready.
    window.until_shows(f"Preflight of {plan}  ✓ ready")
    window.press("s")
    window.until_shows(f"Start a drill of {plan}?")
    window.press("right", "enter")
    window.until_shows("DRILL", "p Pause")


def listened_to(window: Window) -> list[bytes]:
    """Everything that is written to the terminal from now on."""
    written: list[bytes] = []
    feed = window.screen.feed

    def heard(data: bytes) -> None:
        written.append(data)
        feed(data)

    window.screen.feed = heard  # type: ignore[method-assign]
    return written
