"""Every key that a screen shows does what it says, whatever screen, whatever size.

What the keys of a screen are is read off the screen: a key that nothing here expects fails.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from drs_tui.audit.sqlite import open_sqlite
from tests.terminal.stage import stage
from tests.terminal.window import Window
from tests.tui.sample import PLANS, RUN_ID

SIZES = [(80, 24), (200, 50)]

Effect = Callable[[Window, str], None]
"""Presses a key, sees what it does, and takes that back."""


def opens(*texts: str) -> Effect:
    """It brings up these texts; esc takes them away."""

    def see(window: Window, key: str) -> None:
        window.press(key)
        window.until_shows(*texts)
        window.press("escape")
        # A key directly behind the escape would be another one, together with it.
        window.until_stays(lambda: not all(text in window.screen for text in texts))

    return see


def changes(pattern: str) -> Effect:
    """What the pattern finds on the screen is another thing afterwards."""

    def found(window: Window) -> list[str]:
        return re.findall(pattern, "\n".join(window.screen.lines))

    def see(window: Window, key: str) -> None:
        before = found(window)
        assert before, f"nothing like {pattern}"
        window.press(key)
        window.until(lambda: found(window) not in ([], before))

    return see


def turns(text: str) -> Effect:
    """It turns something on, and off again."""

    def see(window: Window, key: str) -> None:
        window.press(key)
        window.until_shows(text)
        window.press(key)
        window.until_hides(text)

    return see


def between(one: str, other: str) -> Effect:
    """It goes from one text to another, and back."""

    def see(window: Window, key: str) -> None:
        for gone, comes in ((one, other), (other, one)):
            window.until_shows(gone)
            window.press(key)
            window.until_shows(comes)
            window.until_hides(gone)

    return see


def asks(folder: Path, kind: str) -> Effect:
    """It leaves one more request of a kind for the driver."""

    async def asked() -> int:
        store = await open_sqlite(folder / "runs.db")
        requests = await store.requests(RUN_ID)
        await store.close()
        return len([request for request in requests if request.kind == kind])

    def see(window: Window, key: str) -> None:
        before = asyncio.run(asked())
        window.press(key)
        window.until(lambda: asyncio.run(asked()) == before + 1)

    return see


def scrolls_away(top: str) -> Effect:
    """One arrow scrolls the top line away, the other one back."""

    def see(window: Window, _keys: str) -> None:
        window.press("down", "down")
        window.until_hides(top)
        window.press("up", "up")
        window.until_shows(top)

    return see


def goes(to: str, *back: str) -> Effect:
    """It goes elsewhere, from where other keys come back."""

    def see(window: Window, key: str) -> None:
        window.press(key)
        window.until_shows(to)
        window.press(*back)

    return see


def quits(_window: Window, _key: str) -> None:
    """It is pressed at the very end."""


FILTER = opens("show only what contains")
READS = opens("esc close")


def everywhere(place: str) -> dict[str, Effect]:
    return {"Help": opens(f"In {place}", "esc close"), "Quit": quits, "Filter": FILTER}


def keys_shown(window: Window) -> dict[str, str]:
    """The keys of the key line, by what they are called."""
    window.until(lambda: "? Help" in window.screen.lines[-1])
    parts = re.split(r" {2,}", window.screen.lines[-1].strip())
    return {title: key for key, _, title in (part.partition(" ") for part in parts)}


def press_each(window: Window, effects: Mapping[str, Effect], *home: str) -> None:
    """Press every key that is shown, at every size; each effect is seen at one of them."""
    seen: set[str] = set()
    for size in SIZES:
        if size != SIZES[0]:
            window.resize(*size)
        window.until_shows(*home)
        # Until: the line of another screen or size may still stand there.
        window.until(lambda: keys_shown(window).keys() <= effects.keys())
        if size == SIZES[-1]:
            window.until(lambda: effects.keys() - seen <= keys_shown(window).keys())
        for title, key in keys_shown(window).items():
            if title in keys_shown(window):
                effects[title](window, key)
                window.until_shows(*home, "? Help")
                seen.add(title)
    window.resize(*SIZES[0])
    window.until_shows(*home)


def until_offered(window: Window, title: str) -> None:
    window.until(lambda: title in keys_shown(window))


def leave(window: Window) -> None:
    """The last key there is to press."""
    window.press("q")
    assert window.until_ended() == 0


def test_on_the_plans_and_in_their_preflight(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    count = 0

    def reloads(window: Window, key: str) -> None:
        nonlocal count
        count += 1
        text = (PLANS / "three-tier.yaml").read_text().replace("three-tier", f"fresh-{count}", 1)
        (folder / "plans" / f"fresh-{count}.yaml").write_text(text)
        window.press(key)
        window.until_shows(f"fresh-{count}")

    plans = {
        **everywhere("plans"),
        "Open": opens("Preflight of"),
        "New plan": opens("A plan of 6 source servers"),
        "Reload": reloads,
        "Details": READS,
        "Sort": changes(r"Plan.*Last run.*"),
    }
    preflight = {
        **everywhere("preflight"),
        "Start": opens("Start a drill of"),
        "Recover": opens("REAL RECOVERY: this is not a drill"),
        "Check again": changes(r"answer \d+"),
        "Details": READS,
    }
    with stage(folder, "armed") as window:
        window.press("1")
        press_each(window, plans, "1 Plans", "rehearsal", "warning")
        window.press("enter")
        press_each(window, preflight, "Preflight of", "ready, with 1 warning")
        leave(window)


def test_on_the_runs_the_servers_and_the_instances(tmp_path: Path) -> None:
    runs = {
        **everywhere("runs"),
        "Open": opens("DRILL", "orders-db-1"),
        "Active or all": turns("only those under way"),
        "This plan": turns("only three-tier"),
        "Outcome": opens("only succeeded"),
        "Replay": opens("REPLAY"),
        "Sort": changes(r"Started.*Took.*"),
    }
    servers = {
        **everywhere("servers"),
        "Reload": changes(r"as of \S+"),
        "Details": opens("Host name", "esc close"),
        "Sort": changes(r"Server.*Lag.*"),
        "Raw": READS,
    }
    instances = {
        **everywhere("instances"),
        "Open": goes("Order system", "4"),
        "Reload": changes(r"as of \S+"),
        "Clean up": opens("Clean up?", "Terminates 6 instances"),
        "Terminate one": opens("Terminate orders-", "Terminates 1 instance"),
        "Details": READS,
        "Sort": changes(r"Server.*Kind.*"),
        "Raw": READS,
    }
    with stage(tmp_path / "s", "succeeding") as window:
        window.press("2")
        press_each(window, runs, "2 Runs", "1 run", "three-tier")
        window.press("3")
        press_each(window, servers, "3 Servers", "6 servers", "orders-db-1")
        window.press("4")
        press_each(window, instances, "4 Instances", "6 instances", "clean-up due")
        leave(window)


def test_on_a_run_that_waits_and_in_its_replay(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    shared = {
        "Details": opens("Source server", "esc close"),
        "Log/timeline": between("Events, ", "Timeline "),
        "Help": opens("In a run", "esc close"),
        "Quit": quits,
        "Filter": FILTER,
    }
    run = {
        **shared,
        "Pause/resume": asks(folder, "pause"),
        "Cancel": opens("Cancel the run?"),
        "Note": opens("It goes into the record of the run."),
    }
    replay = {
        **shared,
        "Play": between("‖ paused", "▶ playing"),
        "Jump to": opens("Jump to which moment?"),
    }
    with stage(folder, "waiting") as window:
        press_each(window, run, "[a] launch the wave", "orders-db-1")
        window.press("escape")
        window.until_shows("1 run")
        window.press("R")
        window.until_shows("▶ playing")
        window.press(" ", "home")
        press_each(window, replay, "‖ paused", "orders-db-1")
        leave(window)


def test_on_a_run_that_ended_or_that_nobody_drives_or_without_its_store(tmp_path: Path) -> None:
    scenes = {
        "succeeding": ("Clean up", opens("Terminates 6 drill instances"), "[t] clean up"),
        "undriven": ("Drive", opens("Drive this run?"), "[D] drive it from here"),
        "away": ("Go on detached", opens("launches its waves with its record"), "1 of 2 questions"),
    }
    for scene, (title, effect, home) in scenes.items():
        with stage(tmp_path / scene, scene, SIZES[1]) as window:
            window.until_shows(home)
            until_offered(window, title)
            effect(window, keys_shown(window)[title])


def test_in_what_is_read_over_a_screen(tmp_path: Path) -> None:
    with stage(tmp_path / "s", "waiting") as window:
        window.press("3")
        window.until_shows("6 servers")
        for key, top in (("?", "In servers"), ("d", "Source server   ")):
            effects: dict[str, Effect] = {
                "↑↓ scroll": scrolls_away(top),
                "y as AWS wrote it": opens("GetLaunchConfiguration"),
                "esc close": quits,
            }
            window.press(key)
            window.until_shows(top, "esc close")
            [hint] = [line for line in window.screen.lines if "esc close" in line]
            for part in re.split(r" {2,}", hint.strip(" │")):
                effects[part](window, part.partition(" ")[0])
                window.until_shows("esc close")
            window.press("escape")
            window.until_hides("esc close")


def test_leaving_is_asked_once_from_anywhere_and_ctrl_c_says_how(tmp_path: Path) -> None:
    with stage(tmp_path / "s", "held") as window:
        window.press("n")
        window.until_shows("It goes into the record of the run.")
        window.press("\x03")
        window.until_shows("ctrl+q leaves")
        window.press("\x11")
        window.until_shows("1 run is under way")
        window.press("escape")
        window.until_hides("1 run is under way")
        window.until_shows("It goes into the record of the run.")
        window.press("\x11")
        window.until_shows("1 run is under way")
        window.press("\x11")
        assert window.until_ended() == 0
