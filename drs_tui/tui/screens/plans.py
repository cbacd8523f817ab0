"""Plans: the files of the plan folders, what is wrong with a bad one, how each ended last."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from textual import work
from textual.message import Message

from drs_tui.audit.store import RunStore, StoreError
from drs_tui.tui.actions import Where, bindings
from drs_tui.tui.cells import Row
from drs_tui.tui.dialogs.reading import Reading
from drs_tui.tui.rows.lists import PLAN_COLUMNS, PlanFile, plan_row
from drs_tui.tui.screens.listing import ListScreen
from drs_tui.tui.screens.preflight import PreflightScreen
from drs_tui.tui.session import Session
from drs_tui.tui.text import line


class PlansScreen(ListScreen):
    """The plans there are."""

    TAB = "Plans"
    PLACES = (Where.PLANS, Where.APP)
    COLUMNS = PLAN_COLUMNS
    BINDINGS = bindings(Where.PLANS)

    class Loaded(Message):
        """The plan folders were read."""

        def __init__(self, files: Sequence[PlanFile], trouble: str) -> None:
            """Carry the files, and why the last results are missing if they are."""
            super().__init__()
            self.files = files
            self.trouble = trouble

    def __init__(self, session: Session) -> None:
        """Begin without plans."""
        super().__init__(session)
        self._files: dict[str, PlanFile] = {}
        self.notice = [line(("Reading plans…", "dim"))]

    def on_screen_resume(self) -> None:
        """Read the folders again: files and results may have changed."""
        self.action_reload()

    def action_reload(self) -> None:
        """Read the plan folders."""
        self._load()

    @work(name="read plans", exclusive=True)
    async def _load(self) -> None:
        files = await asyncio.to_thread(read_folders, self.session.settings.plan_folders)
        self.post_message(self.Loaded(files, ""))
        try:
            store = await self.session.store()
            found = [await _with_last(store, file) for file in files]
            self.post_message(self.Loaded(found, ""))
        except StoreError as error:
            self.post_message(self.Loaded(files, str(error)))

    def on_plans_screen_loaded(self, event: Loaded) -> None:
        """Show the plans."""
        event.stop()
        self._files = {str(file.path): file for file in event.files}
        self.notice = [line(("▲ ", "warn"), event.trouble)] if event.trouble else []
        if not self._files:
            folders = ", ".join(map(str, self.session.settings.plan_folders)) or "no folder"
            self.notice += [
                line(f"There is no plan in {folders}."),
                line(("Write one, or open the examples with `drs-tui demo`.", "dim")),
            ]
        self.show()

    def rows(self) -> list[Row]:
        """A row a file."""
        return [plan_row(file) for file in self._files.values()]

    def action_open(self) -> None:
        """Check the plan under the cursor, or say what is wrong with its file."""
        file = self._files.get(self.selected or "")
        if file is None:
            return
        if file.plan is None:
            self.action_details()
        else:
            self.app.push_screen(PreflightScreen(self.session, file.path, file.plan))

    def action_details(self) -> None:
        """What the file says, or what is wrong with it."""
        file = self._files.get(self.selected or "")
        if file is None:
            return
        if file.plan is None:
            body = [line((problem, "bad")) for problem in file.problems]
            self.app.push_screen(Reading(f"{file.path.name} cannot be used", body))
        else:
            text = file.path.read_text(encoding="utf-8", errors="replace")
            self.app.push_screen(Reading(str(file.path), [line(row) for row in text.splitlines()]))


def read_folders(folders: Sequence[Path]) -> list[PlanFile]:
    """Every plan file, with its plan or its problems; run it in a thread.

    A plan that an earlier folder holds just the same is shown once.
    """
    from drs_tui.plans import PlanError, plan_files, read_plan

    found: list[PlanFile] = []
    for folder in folders:
        try:
            paths = plan_files(folder)
        except PlanError as error:
            found.append(PlanFile(folder, None, tuple(map(str, error.problems))))
            continue
        for path in paths:
            try:
                plan = read_plan(path)
            except PlanError as error:
                found.append(PlanFile(path, None, tuple(map(str, error.problems))))
                continue
            if all(file.plan != plan for file in found):
                found.append(PlanFile(path, plan))
    return found


async def _with_last(store: RunStore, file: PlanFile) -> PlanFile:
    if file.plan is None:
        return file
    page = await store.list(plan_id=file.plan.name, limit=1)
    return replace(file, last=page.headers[0] if page.headers else None)
