"""Preflight: a plan held against what AWS says, as a checklist; a drill starts from here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from textual import work
from textual.message import Message
from textual.widget import Widget

from drs_tui.driver.orders import DriverError, StartBlocked, StartOrder
from drs_tui.model.counts import counted
from drs_tui.model.plan import Mode, Plan
from drs_tui.model.readiness import Finding, Progress, Report, Verdict, by_severity
from drs_tui.tui.actions import Where, bindings
from drs_tui.tui.dialogs.reading import Reading
from drs_tui.tui.dialogs.start import Start, StartDialog
from drs_tui.tui.keys import offer
from drs_tui.tui.reads import ReadError
from drs_tui.tui.rows.details import finding_lines
from drs_tui.tui.rows.lists import (
    FINDING_COLUMNS,
    PLAN_WAVE_COLUMNS,
    finding_row,
    plan_wave_row,
)
from drs_tui.tui.screens.base import DrsScreen, OpenRun
from drs_tui.tui.screens.listing import Notice, Tabs
from drs_tui.tui.session import Session
from drs_tui.tui.text import Line, Tone, line, wrapped
from drs_tui.tui.widgets.line_table import LineTable
from drs_tui.tui.widgets.lines import Panel
from drs_tui.tui.widgets.server_table import contains

if TYPE_CHECKING:
    from drs_tui.aws.survey import Survey


class PlanWaves(LineTable):
    """The waves of the plan."""

    def __init__(self) -> None:
        """Begin without waves."""
        super().__init__(PLAN_WAVE_COLUMNS, heading=False, cursor=False)


class Checklist(LineTable):
    """What was found."""

    def __init__(self) -> None:
        """Begin without findings."""
        super().__init__(FINDING_COLUMNS)


class Remedy(Panel):
    """The finding under the cursor in full, with what to do."""


class PreflightScreen(DrsScreen):
    """Whether a plan can be drilled now."""

    PLACES = (Where.PREFLIGHT, Where.APP)
    BINDINGS = bindings(Where.PREFLIGHT)
    AUTO_FOCUS = "Checklist"

    class Surveyed(Message):
        """AWS was asked."""

        def __init__(self, surveys: Mapping[Mode, Survey]) -> None:
            """Carry what it said of the plan in each mode in which it may be started."""
            super().__init__()
            self.surveys = surveys

    class Progressed(Message):
        """Something takes its time."""

        def __init__(self, words: str, *, failed: bool = False) -> None:
            """Say what."""
            super().__init__()
            self.words = words
            self.failed = failed

    class Found(Message):
        """Something stands in the way, as is known before all is."""

        def __init__(self, finding: Finding) -> None:
            """Carry it."""
            super().__init__()
            self.finding = finding

    class Blocked(Message):
        """The driver found something in the way of a start."""

        def __init__(self, words: str, mode: Mode, report: Report) -> None:
            """Carry what it found, and of what."""
            super().__init__()
            self.words = words
            self.mode = mode
            self.report = report

    def __init__(self, session: Session, path: Path, plan: Plan) -> None:
        """Check `plan`, which stands in the file at `path`."""
        super().__init__(session)
        self._path = path
        self._plan = plan
        self._surveys: dict[Mode, Survey] = {}
        self._early: list[Finding] = []
        """What stands in the way, while the rest is still being asked."""

        self._said: Line = ()
        self._starting = False

    def parts(self) -> Iterable[Widget]:
        """The plan, its waves, the checklist, the finding under the cursor."""
        yield Tabs()
        yield PlanWaves()
        yield Checklist()
        yield Remedy()
        yield Notice()

    def on_mount(self) -> None:
        """Check at once."""
        self.action_check()

    def action_check(self) -> None:
        """Ask AWS."""
        self._surveys = {}
        self._early = []
        self._said = line(("Asking AWS…", "dim"))
        self.show()
        self._survey()

    @work(name="preflight", exclusive=True)
    async def _survey(self) -> None:
        progress = Progress(
            asks=lambda words: self.post_message(self.Progressed(f"{words}…")),
            finds=lambda finding: self.post_message(self.Found(finding)),
        )
        try:
            ask = self.session.reads.survey
            surveys = {mode: await ask(self._plan, mode, progress) for mode in self.session.modes}
            endpoints = await self.session.reads.endpoints()
        except ReadError as error:
            self.post_message(self.Progressed(str(error), failed=True))
        else:
            for mode, found in surveys.items():
                changes = await (await self.session.history()).changes(
                    found, evidence=endpoints.is_evidence
                )
                report = Report((*changes, *found.report.findings))
                surveys[mode] = replace(found, report=report)
            self.post_message(self.Surveyed(surveys))

    def on_preflight_screen_progressed(self, event: Progressed) -> None:
        """Say what is going on."""
        event.stop()
        self._starting = self._starting and not event.failed
        failed = line(("✗ ", "bad"), event.words)
        self._said = failed if event.failed else line((event.words, "dim"))
        self.show()
        self.refresh_bindings()

    def on_preflight_screen_found(self, event: Found) -> None:
        """Show what is known to block before all is known."""
        event.stop()
        self._early.append(event.finding)
        self.show()

    def on_preflight_screen_surveyed(self, event: Surveyed) -> None:
        """Show what was found."""
        event.stop()
        self._surveys = dict(event.surveys)
        shown = self._surveys[self.session.modes[0]]
        self.session.preflights[shown.plan.name] = shown.report
        self._said = ()
        self.show()
        self.refresh_bindings()

    def on_preflight_screen_blocked(self, event: Blocked) -> None:
        """Show what the driver found since."""
        event.stop()
        self._starting = False
        self._surveys[event.mode] = replace(self._surveys[event.mode], report=event.report)
        self._said = line(("✗ ", "bad"), event.words)
        self.show()
        self.refresh_bindings()

    # Showing ------------------------------------------------------------------------------------

    def _findings(self) -> list[Finding]:
        """All that was found; of what is found of several modes, the gravest's words."""
        if not self._surveys:
            return by_severity(self._early)
        found: dict[tuple[str, Verdict], Finding] = {}
        for survey in self._surveys.values():
            for finding in survey.report.findings:
                found.setdefault((finding.key, finding.verdict), finding)
        return by_severity(list(found.values()))

    @property
    def _report(self) -> Report | None:
        """What was found of the gravest that may be started."""
        survey = self._surveys.get(self.session.modes[0])
        return survey.report if survey is not None else None

    def _is_free(self, mode: Mode) -> bool:
        """Whether nothing stands in the way of a start in this mode but ids to be typed."""
        survey = self._surveys.get(mode)
        return survey is not None and all(finding.ends for finding in survey.report.blocks)

    def _ends(self, mode: Mode) -> bool:
        """Whether a start in this mode takes the ids of instances that it ends."""
        survey = self._surveys.get(mode)
        return survey is not None and any(finding.ends for finding in survey.report.blocks)

    def show(self) -> None:
        """Show plan, checklist and how to start."""
        super().show()
        mode = self.session.modes[0]
        plan = self._surveys[mode].plan if mode in self._surveys else self._plan
        kind = " for a REAL RECOVERY" if mode is Mode.RECOVERY else ""
        self.query_one(Tabs).show(
            [
                line(
                    " ",
                    (f"Preflight of {plan.name}{kind}", "strong"),
                    "  ",
                    self._verdict(),
                    f"  {plan.title}",
                )
            ]
        )
        waves = [plan_wave_row(number, wave) for number, wave in enumerate(plan.waves, 1)]
        self.query_one(PlanWaves).show(waves)
        rows = [finding_row(index, finding) for index, finding in enumerate(self._findings())]
        self.query_one(Checklist).show([row for row in rows if contains(row, self.wanted)])
        self._show_remedy()
        self.query_one(Notice).show(self._notice())

    def _verdict(self) -> tuple[str, Tone]:
        report = self._report
        if report is None and self._early:
            return f"✗ blocked by {len(self._early)} so far", "bad"
        if report is None:
            return "", "dim"
        if report.blocks:
            return f"✗ blocked by {len(report.blocks)}", "bad"
        if report.warnings:
            return f"▲ ready, with {counted(len(report.warnings), 'warning')}", "warn"
        return "✓ ready", "good"

    def _notice(self) -> list[Line]:
        if self._said:
            tone = self._said[0].tone
            text = "".join(span.text for span in self._said)
            return [line((part, tone)) for part in wrapped(text, max(20, self.size.width - 4))]
        if self._report is None:
            return []
        free = [mode for mode in self.session.modes if self._is_free(mode)]
        if not free:
            return [line("It cannot be started as things are. ", *offer("check", "check again"))]
        if self.session.settings.read_only:
            return [line(("Read-only: nothing can be started from here.", "dim"))]
        ways = {
            Mode.DRILL: offer("start", "start a drill: you are asked before anything is launched"),
            Mode.RECOVERY: line(
                *offer("recover", "start a"),
                (" REAL RECOVERY", "bad"),
                ": type its name",
                " and what it ends" if self._ends(Mode.RECOVERY) else "",
            ),
        }
        blocked = [mode for mode in self.session.modes if mode not in free]
        return [
            *(way for mode, way in ways.items() if mode in free),
            *(
                line((f"A {mode.value} cannot be started as things are.", "warn"))
                for mode in blocked
            ),
        ]

    def _selected(self) -> Finding | None:
        key = self.query_one(Checklist).selected
        index = int(key.partition(":")[0]) if key else -1
        findings = self._findings()
        return findings[index] if 0 <= index < len(findings) else None

    def _show_remedy(self) -> None:
        finding = self._selected()
        width = max(20, self.size.width - 4)
        lines: list[Line] = []
        if finding is not None and finding.verdict is not Verdict.PASSES:
            lines += [line(text) for text in wrapped(f"{finding.thing}: {finding.reason}", width)]
            lines += [line((text, "work")) for text in wrapped(f"→ {finding.remedy}", width)]
        self.query_one(Remedy).show(lines)

    def on_line_table_cursor_moved(self, event: LineTable.CursorMoved) -> None:
        """Show the finding under the cursor in full."""
        event.stop()
        self._show_remedy()

    # Actions ------------------------------------------------------------------------------------

    def allows(self, action: str, parameters: tuple[object, ...]) -> bool:
        """Nothing starts before preflight let it, or twice."""
        if action == "recover" and not self.session.settings.recovery:
            return False
        if action in ("start", "recover"):
            mode = Mode.DRILL if action == "start" else Mode.RECOVERY
            return self._is_free(mode) and not self._starting
        return super().allows(action, parameters)

    def action_details(self) -> None:
        """The finding under the cursor in full."""
        finding = self._selected()
        if finding is not None:
            self.app.push_screen(Reading(finding.check, finding_lines(finding)))

    def action_start(self) -> None:
        """Ask whether to start a drill."""
        self._ask_to_start(Mode.DRILL)

    def action_recover(self) -> None:
        """Ask whether to start a real recovery."""
        self._ask_to_start(Mode.RECOVERY)

    def _ask_to_start(self, mode: Mode) -> None:
        survey = self._surveys[mode]
        where = survey.where
        dialog = StartDialog(survey.plan, survey.report, where, mode)
        self.app.push_screen(dialog, self._start)

    def _start(self, start: Start | None) -> None:
        if start is None or self._starting:
            return
        self._starting = True
        self._said = line((f"Starting the {start.mode.value}…", "dim"))
        self.show()
        self.refresh_bindings()
        self._order(start)

    @work(name="start a run", group="start")
    async def _order(self, start: Start) -> None:
        order = StartOrder(
            plan_path=self._path,
            by=self.session.requester,
            mode=start.mode,
            cleanup_policy=start.cleanup_policy,
            reason=start.reason,
            change=start.change,
            acknowledged=start.acknowledged,
            end_instances=start.end_instances,
        )
        try:
            run_id = await self.session.driver.start(order)
        except StartBlocked as blocked:
            self.post_message(self.Blocked(str(blocked), start.mode, blocked.report))
        except DriverError as error:
            self.post_message(self.Progressed(str(error), failed=True))
        else:
            self.post_message(OpenRun(run_id))
