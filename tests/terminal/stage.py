"""`python -m tests.terminal.stage FOLDER SCENE`: the app on a terminal, on a story told to it.

Screens, keys and store are real; AWS and the driver are not, so that nothing moves by itself.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from drs_tui.audit.sqlite import open_sqlite
from drs_tui.audit.store import Away, Lease, Pulse
from drs_tui.aws.survey import Survey
from drs_tui.config_reading import Flags, read_settings
from drs_tui.driver.orders import Standing
from drs_tui.model.observed import RecoveryInstance
from drs_tui.model.plan import Mode, Plan
from drs_tui.model.readiness import Finding, Progress, Report, Verdict
from drs_tui.model.run import fold
from drs_tui.tui.app import DrsTui
from drs_tui.tui.billing import Landscape
from drs_tui.tui.reads import Inventory
from tests.terminal.window import Window
from tests.tui import hostile
from tests.tui.conftest import drive
from tests.tui.sample import (
    PLANS,
    RUN_ID,
    FakeDriver,
    FakeReads,
    Story,
    failing,
    inventory,
    seal_all,
    stored,
    succeeding,
    under_way,
    waiting,
)


@dataclass(frozen=True)
class Scene:
    """What there is to see."""

    story: Callable[[], Story]
    is_driven: bool = True
    is_held: bool = False
    """Whether the user's own driver says that it drives the run."""

    is_away: bool = False
    """Whether the audit store is out of reach of the driver."""

    may_recover: bool = False


SCENES = {
    "armed": Scene(succeeding, may_recover=True),
    "away": Scene(waiting, is_away=True),
    "failing": Scene(failing),
    "held": Scene(waiting, is_held=True),
    "hostile": Scene(hostile.story),
    "succeeding": Scene(succeeding),
    "under_way": Scene(under_way),
    "undriven": Scene(under_way, is_driven=False),
    "waiting": Scene(waiting),
}


class Reads(FakeReads):
    """An AWS whose answers differ from each other: one sees that it was asked again."""

    def __init__(self, story: Story, *, is_hostile: bool) -> None:
        """Answer with what the story launched."""
        super().__init__(hostile.inventory() if is_hostile else inventory())
        run = fold(seal_all(story.drafts))
        assert run is not None
        self.instances = [
            RecoveryInstance(i.id, i.server_id, ec2_state="RUNNING", is_drill=True, job_id=i.job_id)
            for i in run.instances.values()
        ]
        self._answers = 0

    async def servers(self) -> Inventory:
        """The servers, a second later each time."""
        found = await super().servers()
        return replace(found, as_of=found.as_of + self._later())

    async def landscape(self, recorded: Sequence[str]) -> Landscape:
        """The instances, a second later each time."""
        found = await super().landscape(recorded)
        return replace(found, as_of=found.as_of + self._later())

    async def survey(self, plan: Plan, mode: Mode, progress: Progress) -> Survey:
        """The report, with how often it was asked for."""
        found = await super().survey(plan, mode, progress)
        count = int(self._later().total_seconds())
        asked = Finding(Verdict.PASSES, "answers", "DRS", f"answer {count}")
        return replace(found, report=Report((*found.report.findings, asked)))

    def _later(self) -> timedelta:
        self._answers += 1
        return timedelta(seconds=self._answers)


async def _tell(folder: Path, scene: Scene) -> None:
    store = await open_sqlite(folder / "runs.db")
    events = await stored(store, scene.story())
    if scene.is_driven:
        await drive(store, events[-1].at)
    await store.close()


def _app(folder: Path, scene: Scene) -> DrsTui:
    is_hostile = scene.story is hostile.story
    if is_hostile:
        hostile.write_plans(folder / "plans")
    else:
        shutil.copytree(PLANS, folder / "plans")
    settings = read_settings(
        Flags(store=f"sqlite:{folder / 'runs.db'}", endpoint_url="http://127.0.0.1:9"),
        {"DRS_TUI_PLANS": str(folder / "plans")},
    )
    driver = FakeDriver()
    driver.active = (RUN_ID,) if scene.is_held else ()
    story = scene.story()
    if scene.is_away:
        pulse = Pulse(story.at, 100, story.at)
        away = Away(72, "6 events not in the audit store yet", False)
        driver.stands = Standing(Lease(RUN_ID, "maria@host:1:abc", 1, 1, 30, pulse), "", away)
    return DrsTui(
        replace(settings, recovery=scene.may_recover),
        lambda: open_sqlite(folder / "runs.db"),
        driver,
        open_run=RUN_ID,
        reads=Reads(story, is_hostile=is_hostile),
    )


@contextmanager
def stage(
    folder: Path, scene: str, size: tuple[int, int] = (80, 24), **environment: str
) -> Iterator[Window]:
    """A window on the app, which shows the run of a scene."""
    folder.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "tests.terminal.stage", str(folder), scene]
    here = str(Path(__file__).parents[2])
    window = Window(command, {**os.environ, "PYTHONPATH": here, **environment}, size)
    try:
        window.until_shows("DRILL", "? Help")
        yield window
    finally:
        window.close()


if __name__ == "__main__":
    place, shown = Path(sys.argv[1]), SCENES[sys.argv[2]]
    asyncio.run(_tell(place, shown))
    sys.exit(_app(place, shown).run())
