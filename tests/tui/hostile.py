"""Text that would do harm if a terminal, a markup language or a layout took it for its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from drs_tui.model.observed import SourceServer
from drs_tui.model.plan import Plan
from tests.tui.sample import Story, server_id, three_tier
from tests.tui.sample import inventory as calm_inventory

EVIL = {
    "markup": "[bold red]red[/bold red] [link=x]y[/] [@click=app.quit]",
    "unclosed markup": "[[[red",
    "clears the screen": "\x1b[2J\x1b[Hgone",
    "sets the title": "\x1b]0;owned\x07",
    "fills the clipboard": "\x1b]52;c;b3duZWQ=\x1b\\",
    "C1 controls": "\x9b2J\x9d0;owned\x9c",
    "moves the cursor": "a\rb\bc\nd\te\x0bf\x0cg\x7fh",
    "asks the terminal": "\x1b[6n\x1b[c\x05",
    "right to left": "\u202eesrever\u202c \u2067x\u2069 \u200f",
    "zero width": "a\u200bb\u200cc\u200dd\ufeffe\u2060f",
    "variation selectors": "❤\ufe0f☺\ufe0e",
    "accents": "e" + "\u0301" * 300,
    "wide": "漢字かな交じり文" * 12,
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈" * 8,
    "lone surrogate": "a\ud800b",
    "long": "x" * 10_000,
    "long words": "lorem ipsum " * 900,
    "nothing": "",
}
"""What each would do, and the text."""

STEERING = ("\x1b]0;", "\x1b]52", "\x1b[2J\x1b[Hgone", "\x1b[6n", "\x9b", "\x9d", "\x05", "\u202e")
"""What must never come through."""


def everything() -> str:
    """All of it in one text."""
    return " ".join(EVIL.values())


def plan() -> Plan:
    """A plan whose words are all evil; its ids are not, they are checked."""
    evil = list(EVIL.values())
    calm = three_tier()
    waves = []
    for number, wave in enumerate(calm.waves):
        servers = tuple(
            replace(server, name=evil[(number * 2 + place) % len(evil)] + str(place))
            for place, server in enumerate(wave.servers)
        )
        waves.append(replace(wave, servers=servers))
    return replace(calm, waves=tuple(waves), title=everything())


def story(*texts: str) -> Story:
    """A run in which everything that can be said is one of two texts; all that is evil if none."""
    one, other = texts or (everything(), everything())
    evil = plan()
    if texts:
        waves = tuple(
            replace(
                wave,
                servers=tuple(
                    replace(server, name=texts[place % 2])
                    for place, server in enumerate(wave.servers)
                ),
            )
            for wave in evil.waves
        )
        evil = replace(evil, waves=waves, title=other)
    told = Story(evil)
    told.tell(1, "run.noted", one, text=other)
    job = told.launch("database")
    told.come_up("database", job, ["orders-db-1"])
    told.log(3, job, one, "orders-db-2", rawError=other, conversionServerID=one)
    told.fail(job, "orders-db-2", one)
    told.tell(0, "job.observed", job_id=job, status=other, initiated_by=one)
    told.end("database", job, "partial", other)
    told.tell(1, one, other, words=one)
    return told


def inventory(text: str | None = None) -> list[SourceServer]:
    """Source servers that describe themselves in evil words, or this text."""
    evil = list(EVIL.values())
    found = []
    for number, server in enumerate(calm_inventory()):
        said = text if text is not None else evil[number % len(evil)]
        found.append(
            replace(
                server,
                name=said,
                hostname=said,
                os=said,
                tags={said: said, "Role": said},
                replication_state=said,
                last_launch_result=said,
                last_launch_type=said,
            )
        )
    return found


def write_plans(folder: Path) -> Path:
    """A folder with a plan whose title is as evil as a plan's may be, and one that is no plan."""
    folder.mkdir(exist_ok=True)
    title = "[red]x[/red] [[ " + "漢字" * 20 + "x" * 2_000
    (folder / "evil.yaml").write_text(
        f'name: evil\ntitle: "{title}"\n'
        f"waves:\n  - name: only\n    servers: [{server_id('orders-db-1')}]\n"
    )
    (folder / "[red]\x1b[2J\u202e.yaml").write_text("name: [oops\n")
    return folder
