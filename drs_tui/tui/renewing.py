"""Renewing credentials from wherever one is in the app."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import work

from drs_tui.driver.orders import DriverError, NoDriver
from drs_tui.model.counts import counted
from drs_tui.tui.reads import ReadError
from drs_tui.tui.text import line
from drs_tui.tui.typing_ahead import TypingAhead

if TYPE_CHECKING:
    from drs_tui.driver.renewals import Renewed
    from drs_tui.tui.dialogs.renew import Chosen
    from drs_tui.tui.session import Session


class Renewing(TypingAhead):
    """The part of the app that has the driver sign with other credentials."""

    session: Session

    def action_renew(self) -> None:
        """Ask for credentials: for the run that is shown, else for what is started next."""
        from drs_tui.tui.screens.run import RunScreen

        screen = self.screen
        run_id, holder, waiting = "", "", list[str]()
        if isinstance(screen, RunScreen) and screen.run_id is not None:
            run, beat = screen.run_state, screen.source.beat()
            if beat.is_driven or run is None or run.outcome is None:
                run_id, holder = screen.run_id, beat.holder
                waiting = [w.wave for w in run.wanted if w.lacks_credentials] if run else []
        self._renew(run_id, holder, waiting)

    @work(name="renew credentials", group="renew", exclusive=True)
    async def _renew(self, run_id: str, holder: str, waiting: Sequence[str]) -> None:
        # Here, since the first picture waits for nothing that a run's screen is made of.
        from drs_tui.driver.renewals import NotDrivenHere, Renewal, elsewhere_words
        from drs_tui.tui.dialogs.renew import RenewDialog

        session, driver = self.session, self.session.driver
        try:
            held = await driver.credentials(run_id, holder)
        except (NoDriver, NotDrivenHere) as error:
            words = elsewhere_words(run_id, holder) if run_id else ""
            self._say("Credentials", f"{error}.", words)
            return
        except DriverError as error:
            self._say("Credentials", str(error))
            return
        now = session.clock.now()
        chosen = await self.push_screen_wait(RenewDialog(held, waiting, now))
        if chosen is None:
            return
        account = session.surroundings.account if not run_id else ""
        order = Renewal(run_id, session.requester, chosen.keys, chosen.profile, account)
        self.notify("STS is asked whose they are…", title="Renew credentials")
        try:
            renewed = await driver.renew(order, holder)
        except DriverError as error:
            self._say("Nothing was renewed", str(error))
            return
        self.notify(_words(renewed), title="Credentials renewed", timeout=10)
        await self._read_with(chosen)

    async def _read_with(self, chosen: Chosen) -> None:
        """Have the app's own reads sign with them too, where they had the same until now."""
        try:
            await self.session.reads.renew(chosen.profile, chosen.keys)
        except ReadError as error:
            self.notify(str(error), severity="error")
        self.look_for_caller()

    def look_for_caller(self) -> None:
        """Find out anew who calls, and until when."""
        raise NotImplementedError

    def _say(self, title: str, *paragraphs: str) -> None:
        from drs_tui.tui.dialogs.reading import Reading

        self.push_screen(Reading(title, [line(each) for each in paragraphs if each]))


def _words(renewed: Renewed) -> str:
    runs = len(renewed.runs)
    on = f"{counted(runs, 'run')} go{'es' * (runs == 1)} on" if runs else "for what comes"
    return f"{on}: {renewed.words}"
