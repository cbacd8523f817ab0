"""Plans: the files of the plan folders, whether each is ready, and how its runs ended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from textual import work
from textual.app import ComposeResult
from textual.message import Message

from drs_tui.audit.store import StoreError
from drs_tui.tui.actions import Where, bindings
from drs_tui.tui.cells import Row
from drs_tui.tui.filters import Fields
from drs_tui.tui.keys import offer
from drs_tui.tui.plan_folders import read_folders, see_folders
from drs_tui.tui.reads import ReadError
from drs_tui.tui.rows.plans import (
    PLAN_COLUMNS,
    PLAN_SORTS,
    TREND_RUNS,
    PlanFile,
    Readiness,
    plan_fields,
    plan_row,
)
from drs_tui.tui.screens.listing import ListScreen
from drs_tui.tui.session import Session
from drs_tui.tui.text import Line, line

FRESH_SECONDS = 60.0
"""Real seconds for which what was found of the plans' servers is not asked for again."""


class PlansScreen(ListScreen[PlanFile]):
    """The plans there are."""

    TAB = "Plans"
    PLACES = (Where.PLANS, Where.APP)
    COLUMNS = PLAN_COLUMNS
    SORTS = PLAN_SORTS
    BINDINGS = bindings(Where.PLANS)

    class Seen(Message):
        """It is known which files there are."""

    class Loaded(Message):
        """The plan folders were read."""

        def __init__(self, files: Sequence[PlanFile], trouble: str) -> None:
            """Carry the files, and why the last results are missing if they are."""
            super().__init__()
            self.files = files
            self.trouble = trouble

    class Checked(Message):
        """The plans were held against the source servers."""

        def __init__(self, found: Mapping[str, Readiness], trouble: str) -> None:
            """Carry what was found by plan, and why it is missing for those that are not there."""
            super().__init__()
            self.found = found
            self.trouble = trouble

    def __init__(self, session: Session) -> None:
        """Begin without plans."""
        super().__init__(session)
        self._files: dict[str, PlanFile] = {}
        self._readiness: Mapping[str, Readiness] = {}
        self._checked_at: float | None = None
        self._store_trouble = ""
        self._aws_trouble = ""
        self._is_read = False
        self._is_asking = False
        self._seeing: asyncio.Task[list[PlanFile]] | None = None
        self._when_read: tuple[str, Callable[[], object]] | None = None
        """What was to be done with which file that was not read yet."""

    def compose(self) -> ComposeResult:
        """The parts, and meanwhile a look at which plans there are: to be there when they are."""
        look = asyncio.to_thread(see_folders, self.session.settings.plan_folders)
        self._seeing = asyncio.create_task(look, name="see plans")
        yield from super().compose()

    def on_screen_resume(self) -> None:
        """Read the folders again: files and results may have changed."""
        self._load()

    def action_reload(self) -> None:
        """Read the plan folders, and ask DRS about the servers again."""
        self._checked_at = None
        self._load()

    @work(name="read plans", exclusive=True)
    async def _load(self) -> None:
        folders = self.session.settings.plan_folders
        if not self._is_read and self._seeing is not None:
            await asyncio.shield(self._seeing)
            self.post_message(self.Seen())
            await self.session.plans_wanted.wait()
        files = await asyncio.to_thread(read_folders, folders)
        self.post_message(self.Loaded(files, ""))
        try:
            found = [await self._with_runs(file) for file in files]
            self.post_message(self.Loaded(found, ""))
        except StoreError as error:
            self.post_message(self.Loaded(files, f"how plans ended last is not known: {error}"))
        await self._check(files)

    async def _with_runs(self, file: PlanFile) -> PlanFile:
        if file.plan is None:
            return file
        pasts = await (await self.session.history()).of_plan(file.plan.name, TREND_RUNS)
        return replace(file, runs=tuple(pasts))

    async def _check(self, files: Sequence[PlanFile]) -> None:
        now = self.session.clock.monotonic()
        if self._checked_at is not None and now - self._checked_at < FRESH_SECONDS:
            return
        self._checked_at = now
        plans = [file.plan for file in files if file.plan is not None]
        found: dict[str, Readiness] = {}
        trouble = ""
        for plan, report in zip(
            plans, await self.session.reads.outlooks(plans, self.session.modes[0]), strict=True
        ):
            if isinstance(report, ReadError):
                trouble = trouble or str(report)
            else:
                found[plan.name] = Readiness(report, is_full=False)
        self.post_message(self.Checked(found, trouble))

    def on_plans_screen_seen(self, event: Seen) -> None:
        """Show which plans there are, unless they stand there already."""
        event.stop()
        self.show()
        self.call_after_refresh(self.session.plans_seen.set)

    def on_plans_screen_loaded(self, event: Loaded) -> None:
        """Show the plans."""
        event.stop()
        known = {path: file.runs for path, file in self._files.items()}
        self._files = {
            str(file.path): replace(
                file, runs=known.get(str(file.path)) if file.runs is None else file.runs
            )
            for file in event.files
        }
        self._store_trouble = event.trouble
        self._is_read = True
        self.show()
        wanted, self._when_read = self._when_read, None
        if wanted is not None and wanted[0] == self.selected:
            wanted[1]()

    def on_plans_screen_checked(self, event: Checked) -> None:
        """Show which are ready."""
        event.stop()
        self._readiness, self._aws_trouble = event.found, event.trouble
        self.show()

    # Showing ------------------------------------------------------------------------------------

    def show(self) -> None:
        """Show the plans, and below them what went wrong or what to do first."""
        if not self._is_read and self._seeing is not None and self._seeing.done():
            self._files = {str(file.path): file for file in self._seeing.result()}
        self.notice = self._below()
        super().show()

    def _below(self) -> list[Line]:
        if not self._is_read:
            return [line(("Reading plans…", "dim"))]
        if self._is_asking:
            return [line(("Asking DRS for its source servers…", "dim"))]
        aws = self._aws_trouble or self.session.surroundings.trouble
        troubles = [trouble for trouble in (aws, self._store_trouble) if trouble]
        lines = [part for trouble in troubles for part in self.wrapped_trouble(trouble)]
        return lines if self._files else [*self._nothing(), *lines]

    def _nothing(self) -> list[Line]:
        folders = ", ".join(map(str, self.session.settings.plan_folders)) or "no folder"
        said = [line(f"There is no plan in {folders}.")]
        if new := offer("new_plan", "makes one of the servers that DRS replicates"):
            said.append(new)
        return [*said, line(("`drs-tui demo` shows examples on a simulated account", "dim"))]

    def items(self) -> Mapping[str, PlanFile]:
        """The files by path, with what is known of each."""
        return {path: self._with_readiness(file) for path, file in self._files.items()}

    def _with_readiness(self, file: PlanFile) -> PlanFile:
        if file.plan is None:
            return file
        name = file.plan.name
        preflight = self.session.preflights.get(name)
        full = Readiness(preflight, is_full=True) if preflight is not None else None
        return replace(file, readiness=full or self._readiness.get(name))

    def row(self, item: PlanFile) -> Row:
        """A row a file."""
        return plan_row(item)

    def fields(self, item: PlanFile) -> Fields:
        """Readiness and last result."""
        return plan_fields(item)

    # Actions ------------------------------------------------------------------------------------

    def action_open(self) -> None:
        """Check the plan under the cursor, or say what is wrong with its file."""
        file = self.item
        if file is None or self._must_wait(file, self.action_open):
            return
        if file.plan is None:
            self.action_details()
        else:
            from drs_tui.tui.screens.preflight import PreflightScreen

            self.app.push_screen(PreflightScreen(self.session, file.path, file.plan))

    def action_details(self) -> None:
        """What the file says, or what is wrong with it."""
        from drs_tui.tui.dialogs.reading import Reading

        file = self.item
        if file is None or self._must_wait(file, self.action_details):
            return
        if file.plan is None:
            body = [line((problem, "bad")) for problem in file.problems]
            self.app.push_screen(Reading(f"{file.path.name} cannot be used", body))
        else:
            try:
                text = file.path.read_text(encoding="utf-8", errors="replace")
            except OSError as error:
                words = f"{file.path} cannot be read: {error.strerror}"
                self.notify(words, severity="error", markup=False)
                return
            self.app.push_screen(Reading(str(file.path), [line(row) for row in text.splitlines()]))

    def _must_wait(self, file: PlanFile, act: Callable[[], object]) -> bool:
        """Whether a file is still to be read; if so, `act` follows as soon as it is."""
        if file.is_read:
            return False
        self._when_read = (str(file.path), act)
        self.session.plans_wanted.set()
        return True

    @work(name="new plan", group="new plan", exclusive=True)
    async def action_new_plan(self) -> None:
        """Make a plan of the servers that DRS replicates."""
        from drs_tui.plans import own_folder
        from drs_tui.tui.dialogs.new_plan import NewPlan

        folder = own_folder(self.session.settings.plan_folders)
        if folder is None:
            words = "No plan folder of your own is set: set DRS_TUI_PLANS."
            self.notify(words, severity="error", markup=False)
            return
        self._is_asking = True
        self.show()
        try:
            servers = (await self.session.reads.servers()).servers
        except ReadError as error:
            self.notify(str(error), title="No plan was made", severity="error", markup=False)
            return
        finally:
            self._is_asking = False
            self.show()
        around = self.session.surroundings
        written = await self.app.push_screen_wait(
            NewPlan(servers, around.account, around.region, folder)
        )
        if written is not None:
            self.notify(str(written), title="Plan written: look it over", markup=False)
            self.action_reload()
